/** Gives a service a command and, if asked, waits until it has come true. */
import { COMMANDS, type CommandName } from '../core/commands.ts';
import type { Status } from '../core/status.ts';
import type { Backend, PublicEvent } from './backend.ts';
import type { Answers, CommandOutcome } from './protocol.ts';
import type { CommandWish } from './requests.ts';

/** undefined: no such service. An aborted wait ends with `timed out`. */
export async function carryOut(
  backend: Backend, name: string, command: CommandName, wish: CommandWish, abort: AbortSignal,
): Promise<Answers['command'] | undefined> {
  const before = backend.status(name);
  if (before === undefined) return undefined;
  const deadline = wish.timeout === undefined ? Infinity : performance.now() + wish.timeout;
  // Has to listen before the command is given: what it waits for can happen while it is being given.
  const listener = wish.wait && isAlive(before) ? listen(backend, before, command, deadline, abort) : undefined;
  try {
    if (!backend.command(name, command, wish.signal)) return undefined;
    const { goal } = COMMANDS[command];
    if (goal === undefined && !reaches(command, before)) return answer(backend, name, 'not running');
    if (!wish.wait || (goal === undefined && listener === undefined)) return answer(backend, name, 'sent');
    const heard = await listener?.heard;
    if (goal === undefined || heard?.outcome === 'timed out') return answer(backend, name, heard?.outcome ?? 'sent', heard?.detail);
    if (backend.status(name) === undefined) return answer(backend, name, 'removed');
    const left = deadline === Infinity ? undefined : Math.max(0, deadline - performance.now());
    return answer(backend, name, await backend.waitFor(name, goal, left, abort));
  } finally {
    listener?.forget();
  }
}

function answer(backend: Backend, name: string, outcome: CommandOutcome, detail?: string): Answers['command'] {
  return { service: backend.status(name) ?? null, outcome, ...(detail === undefined ? {} : { detail }) };
}

type Heard = Readonly<{ outcome: 'reached' | 'failed' | 'removed' | 'timed out'; detail?: string }>;

/**
 * What the events tell of a command, beside the goal that it leads to; undefined: nothing. `heard` gives `timed out` when
 * the deadline or the abort came first.
 */
function listen(
  backend: Backend, before: Status, command: CommandName, deadline: number, abort: AbortSignal,
): { heard: Promise<Heard>; forget(): void } | undefined {
  const hear = command === 'restart' ? endOfLife : command === 'reload' ? endOfReload : undefined;
  if (hear === undefined) return undefined;
  const { promise, resolve } = withResolver<Heard>();
  // The end of a reload that somebody asked for earlier says nothing about what was edited since.
  let earlier = command === 'reload' && backend.reloading(before.name);
  const unsubscribe = backend.subscribe((event) => {
    const heard = event.service === before.name ? hear(event, before) : undefined;
    if (heard === undefined) return;
    if (earlier && event.event === 'service-reloaded') earlier = false;
    else resolve(heard);
  });
  const giveUp = (): void => resolve({ outcome: 'timed out' });
  abort.addEventListener('abort', giveUp);
  if (abort.aborted) giveUp();
  const timer = deadline === Infinity ? undefined : setTimeout(giveUp, deadline - performance.now());
  return {
    heard: promise,
    forget() {
      clearTimeout(timer);
      abort.removeEventListener('abort', giveUp);
      unsubscribe();
    },
  };
}

/** The life that a restart ends: otherwise the old process, which is still up at the moment of the command, would be taken for the new one. */
function endOfLife(event: PublicEvent, { pid }: Status): Heard | undefined {
  const isOver = event.event === 'service-removed' || (event.event === 'service-exited' && event['pid'] === pid);
  return isOver ? { outcome: 'reached' } : undefined;
}

/** A reload has come to its end, or its process has. */
function endOfReload(event: PublicEvent): Heard | undefined {
  switch (event.event) {
    case 'service-reloaded': return event['ok'] === false ? { outcome: 'failed', detail: reloadFailure(event) } : { outcome: 'reached' };
    case 'service-exited': return { outcome: 'failed', detail: 'it ended while it was being reloaded' };
    case 'service-removed': return { outcome: 'removed' };
    default: return undefined;
  }
}

const reloadFailure = ({ step, detail }: PublicEvent): string => [step, detail].filter((part) => typeof part === 'string' && part !== '').join(': ');

/** `run` has a process: only then does Status count its uptime. */
const isAlive = ({ uptime }: Status): boolean => uptime !== null;

/** The core passes reload, pause and cont to a running process alone, and any other signal to one that is stopping, too. */
const reaches = (command: CommandName, before: Status): boolean => isAlive(before) && (command === 'kill' || before.state !== 'stopping');

/** Promise.withResolvers comes with Node 22. */
function withResolver<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
