/** Service directories with one vice each, and the sequences of steps that are tried on them. */
import type { Files } from '../help/machine.ts';

export type Vice = Readonly<{
  name: string;
  files: Files;
  /** `run` ends without being told to. */
  dies?: boolean;
  /** It is only to be judged when it has said that it is ready. */
  ready?: boolean;
  /** `run` tells in `got` that it has begun, and what it hears. */
  tells?: boolean;
  /** The commands that do not end a life that is not paused. */
  deaf?: string;
}>;

const SLEEPER = '#!/bin/sh\nexec sleep 1000\n';
/** Without its process group, which is another in each world. */
const FINISH = '#!/bin/sh\necho "$1 $2 $3" >>finished\n';

export const VICES: readonly Vice[] = [
  { name: 'plain', files: { 'run!': SLEEPER } },
  { name: 'exits-at-once', files: { 'run!': '#!/bin/sh\nexit 1\n', 'finish!': FINISH }, dies: true },
  { name: 'exits-soon', files: { 'run!': '#!/bin/sh\nsleep 0.2\nexit 3\n' }, dies: true },
  {
    name: 'ignores-term', ready: false, tells: true, deaf: 'rtpc',
    files: { 'run!': '#!/bin/sh\ntrap "" TERM\necho "started $$" >>got\nexec sleep 1000\n', 'timeout-kill': '200\n', 'finish!': FINISH },
  },
  { name: 'finish-tells', files: { 'run!': SLEEPER, 'finish!': FINISH } },
  { name: 'finish-forbids', files: { 'run!': SLEEPER, 'finish!': `${FINISH}exit 125\n` } },
  { name: 'finish-lasts', files: { 'run!': SLEEPER, 'finish!': `${FINISH}exec sleep 0.2\n` } },
  { name: 'ready-at-once', ready: true, files: { 'run!': '#!/bin/sh\necho >&3\nexec sleep 1000\n', 'notification-fd': '3\n' } },
  { name: 'ready-soon', ready: true, files: { 'run!': '#!/bin/sh\nsleep 0.2\necho >&3\nexec sleep 1000\n', 'notification-fd': '3\n' } },
  { name: 'never-ready', files: { 'run!': SLEEPER, 'notification-fd': '3\n', 'finish!': FINISH } },
  { name: 'stops-by-int', files: { 'run!': SLEEPER, 'down-signal': 'INT\n', 'finish!': FINISH } },
  { name: 'begins-down', files: { 'run!': SLEEPER, 'down': '', 'finish!': FINISH } },
  { name: 'short-memory', files: { 'run!': SLEEPER, 'max-death-tally': '3\n' } },
  {
    name: 'hears', tells: true, deaf: 'a12hpc',
    files: {
      'run!': '#!/bin/sh\nfor s in ALRM USR1 USR2 HUP; do trap "echo $s >>got" $s; done\necho "started $$" >>got\nwhile :; do sleep 0.05; done\n',
    },
  },
];

/** What `s6-svc -LETTERS` is called with; `KILL`: the death of the process by somebody else's KILL. */
const COMMANDS = ['u', 'd', 'o', 'O', 'U', 'D', 'r', 't', 'k', 'h', 'p', 'c', 'Q', 'a', '1', '2', 'KILL'];
/** A service that is down does nothing, and one that may go on is judged most. */
const WEIGHTS: Readonly<Record<string, number>> = { u: 5, U: 3, o: 3, r: 3, KILL: 3, c: 2 };
const DICE = COMMANDS.flatMap((command) => Array<string>(WEIGHTS[command] ?? 1).fill(command));

/** The same steps for the same seed and name, whatever else is tried. */
export function stepsOf(seed: number, name: string, count: number): string[] {
  let state = [...name].reduce((sum, letter) => Math.imul(sum, 31) + letter.charCodeAt(0), seed);
  return Array.from({ length: count }, () => {
    // mulberry32
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return DICE[((mixed ^ (mixed >>> 14)) >>> 0) % DICE.length]!;
  });
}
