/** Gives a service a command and, if asked, waits until it has come true. */
import { COMMANDS, type CommandName } from '../core/commands.ts';
import type { Status } from '../core/status.ts';
import type { Backend } from './backend.ts';
import type { Answers, CommandOutcome } from './protocol.ts';
import type { CommandWish } from './requests.ts';

/** undefined: no such service. An aborted wait ends with `timed out`. */
export async function carryOut(
  backend: Backend, name: string, command: CommandName, wish: CommandWish, abort: AbortSignal,
): Promise<Answers['command'] | undefined> {
  const before = backend.status(name);
  if (before === undefined) return undefined;
  const deadline = wish.timeout === undefined ? Infinity : performance.now() + wish.timeout;
  // Has to listen before the command is given: the old life can end while it is being given.
  const oldLife = command === 'restart' && wish.wait && isAlive(before) ? lifeOf(backend, before, deadline, abort) : undefined;
  try {
    if (!backend.command(name, command, wish.signal)) return undefined;
    const { goal } = COMMANDS[command];
    if (!wish.wait || goal === undefined) return answer(backend, name, goal === undefined && !reaches(command, before) ? 'not running' : 'sent');
    if (oldLife !== undefined && !(await oldLife.ended)) return answer(backend, name, 'timed out');
    if (backend.status(name) === undefined) return answer(backend, name, 'removed');
    const left = deadline === Infinity ? undefined : Math.max(0, deadline - performance.now());
    return answer(backend, name, await backend.waitFor(name, goal, left, abort));
  } finally {
    oldLife?.forget();
  }
}

function answer(backend: Backend, name: string, outcome: CommandOutcome): Answers['command'] {
  return { service: backend.status(name) ?? null, outcome };
}

/**
 * The life that a restart ends. Without waiting for its end, the old process, which is still up at the moment of the
 * command, would be taken for the new one. `ended` gives false when the deadline or the abort came first.
 */
function lifeOf(backend: Backend, { name, pid }: Status, deadline: number, abort: AbortSignal): { ended: Promise<boolean>; forget(): void } {
  const { promise, resolve } = withResolver<boolean>();
  const unsubscribe = backend.subscribe((event) => {
    if (event.service !== name) return;
    if (event.event === 'service-removed' || (event.event === 'service-exited' && event['pid'] === pid)) resolve(true);
  });
  const giveUp = (): void => resolve(false);
  abort.addEventListener('abort', giveUp);
  if (abort.aborted) giveUp();
  const timer = deadline === Infinity ? undefined : setTimeout(giveUp, deadline - performance.now());
  return {
    ended: promise,
    forget() {
      clearTimeout(timer);
      abort.removeEventListener('abort', giveUp);
      unsubscribe();
    },
  };
}

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
