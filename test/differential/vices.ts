/** Service directories with one vice each, and the sequences of steps that are tried on them. */
import type { Files } from '../help/machine.ts';

export type Vice = Readonly<{
  name: string;
  files: Files;
  /** `run` ends without being told to: for ever again, or until `finish` forbids it. */
  dies?: 'again' | 'until forbidden';
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
  { name: 'exits-at-once', files: { 'run!': '#!/bin/sh\nexit 1\n', 'finish!': FINISH }, dies: 'again' },
  { name: 'exits-soon', files: { 'run!': '#!/bin/sh\nsleep 0.2\nexit 3\n' }, dies: 'again' },
  {
    name: 'ignores-term', tells: true, deaf: 'rtpc',
    files: { 'run!': '#!/bin/sh\ntrap "" TERM\necho "started $$" >>got\nexec sleep 1000\n', 'timeout-kill': '200\n', 'finish!': FINISH },
  },
  { name: 'never-stops', tells: true, deaf: 'dDrtpc', files: { 'run!': '#!/bin/sh\ntrap "" TERM\necho "started $$" >>got\nexec sleep 1000\n' } },
  { name: 'finish-tells', files: { 'run!': SLEEPER, 'finish!': FINISH } },
  { name: 'finish-forbids', files: { 'run!': SLEEPER, 'finish!': `${FINISH}exit 125\n` } },
  {
    name: 'fails-for-good', dies: 'until forbidden',
    files: { 'run!': '#!/bin/sh\nexit 1\n', 'finish!': `${FINISH}exec s6-permafailon 1000 3 1 true\n` },
  },
  { name: 'finish-lasts', files: { 'run!': SLEEPER, 'finish!': `${FINISH}exec sleep 0.2\n` } },
  { name: 'finish-hangs', files: { 'run!': SLEEPER, 'finish!': `${FINISH}exec sleep 1000\n`, 'timeout-finish': '300\n' } },
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

/** One step: letters of s6-svc, or KILL: the death of the process by somebody else's KILL; `wait`: also for what it brings about. */
export type Step = Readonly<{ wait?: string; commands: readonly string[] }>;

const LETTERS = ['u', 'd', 'o', 'O', 'U', 'D', 'r', 't', 'k', 'h', 'p', 'c', 'Q', 'a', '1', '2'];
/** Several letters in one write. */
const WORDS = ['du', 'ud', 'ok', 'uO', 'od', 'Ok', 'pd', 'kp', 'pc', 'tu', 'ro', 'Du', 'UQ', 'uk'];
const WAITS = ['wu u', 'wU u', 'wd d', 'wD d', 'wD D', 'wr r', 'wR r', 'wu U', 'wd O'];
const DICE: readonly Step[] = [
  ...LETTERS.map((letter) => [letter]),
  // What brings a service back, and ends it, comes often: one that is down does nothing.
  ...['u', 'u', 'u', 'u', 'U', 'U', 'o', 'o', 'r', 'r', 'KILL', 'KILL', 'c'].map((letter) => [letter]),
  ...WORDS.map((word) => [word]),
  // The second when the first has ended a life: while `finish` runs, or before the next life.
  ...['u', 'd', 'o', 'O', 'Q', 'U', 'D', 't', 'p', 'du'].map((letter) => ['KILL', letter]),
].map((commands): Step => ({ commands })).concat(WAITS.map((word) => ({ wait: word.split(' ')[0]!, commands: [word.split(' ')[1]!] })));

export const spelled = ({ wait, commands }: Step): string => [...(wait === undefined ? [] : [`-${wait}`]), commands.join('>')].join(' ');

/** The same steps for the same seed and name, whatever else is tried. */
export function stepsOf(seed: number, vice: Vice, count: number): Step[] {
  let state = [...vice.name].reduce((sum, letter) => Math.imul(sum, 31) + letter.charCodeAt(0), seed);
  return Array.from({ length: count }, () => {
    // mulberry32
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return certain(DICE[((mixed ^ (mixed >>> 14)) >>> 0) % DICE.length]!, vice);
  });
}

/** How much a process does before the signal that follows its start is chance, in either world. What was ready comes back at once. */
function certain(step: Step, { deaf, dies, ready, tells }: Vice): Step {
  if (ready === true && step.commands.length > 1) return { commands: step.commands.slice(0, 1) };
  // docs/reference/s6-differences.md: what has been told to stop is not paused.
  const commands = step.commands.map((word) => (deaf?.includes('d') === true ? word.replace('p', 'c') : word));
  if (dies === undefined && ready !== true && tells !== true) return { ...step, commands };
  return { ...step, commands: commands.map((word) => (/^[uo][dkt]$/.test(word) ? word[0]! : word)) };
}
