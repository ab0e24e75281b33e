import { setMaxListeners } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Report } from '../core/messages.ts';
import { execute, type HookSystem } from './execute.ts';
import { findHooks } from './find.ts';
import { hookEnvironment, type HookEvent } from './variables.ts';

export type HookRunner = Readonly<{
  /** Runs what there is for the event, after what its service is still running, and returns at once; never throws. */
  give(event: HookEvent): void;
  /** Resolves when no hook runs and none waits. */
  idle(): Promise<void>;
  /** Forgets what waits, asks what runs to end (TERM, and KILL 5 s later), and resolves when it has. Later events are not taken. */
  stop(): Promise<void>;
}>;

export type HookRunnerOptions = Readonly<{
  /** Each may hold EVENT/ directories; where two hold one for the same event, the hooks of the first are run first. */
  directories: readonly string[];
  /** The container environment; asked before every hook, so that later edits are seen. */
  environment(): Readonly<Record<string, string>>;
  /** Milliseconds a hook may run (N6_HOOK_TIMEOUT); 0: no limit. */
  timeout: number;
  kernel: HookSystem;
  report(report: Report): void;
  /** For the announcement `hook-failed`. Not called for a hook of `hook-failed`: it would be run by its own failure for ever. */
  hookFailed(failure: HookFailure): void;
}>;

export type HookFailure = Readonly<{ hook: string; cause: HookEvent['event']; reason: string; service?: string }>;

/** Events that may wait for the hooks of one service. */
export const LONGEST_QUEUE = 1000;

type Queue = { waiting: HookEvent[]; lost: number };

/**
 * Runs the hooks of lifecycle events (contract section 6): those of one event in lexical order, one at a time per service,
 * services beside each other; events that are about no service share a queue of their own.
 */
export function createHookRunner(options: HookRunnerOptions): HookRunner {
  const { directories, environment, timeout, kernel, report, hookFailed } = options;
  const queues = new Map<string, Queue>();
  const working = new Set<Promise<void>>();
  const stopping = new AbortController();
  // One listener for each hook that runs; Node warns of a leak from the eleventh on.
  setMaxListeners(Infinity, stopping.signal);
  const told = new Set<string>();
  let turn: Promise<unknown> = Promise.resolve();

  function give(event: HookEvent): void {
    if (stopping.signal.aborted || !directories.some((directory) => existsSync(path.join(directory, event.event)))) return;
    // No service is called '': a name has at least one character.
    const name = event.service ?? '';
    const queue = queues.get(name);
    if (queue !== undefined) return add(queue, event);
    const created: Queue = { waiting: [event], lost: 0 };
    queues.set(name, created);
    const work = drain(name, created).finally(() => working.delete(work));
    working.add(work);
  }

  function add(queue: Queue, event: HookEvent): void {
    if (queue.waiting.length < LONGEST_QUEUE) {
      queue.waiting.push(event);
      return;
    }
    queue.lost++;
    if (queue.lost > 1) return;
    note(event, `hooks fall behind: ${LONGEST_QUEUE} events wait, newer ones are lost; make the hooks faster or lower N6_HOOK_TIMEOUT`);
  }

  async function drain(name: string, queue: Queue): Promise<void> {
    for (let event = queue.waiting.shift(); event !== undefined; event = queue.waiting.shift()) {
      if (queue.lost > 0) note(event, `${queue.lost} events came to no hook, because too many were waiting`);
      queue.lost = 0;
      await runAll(event).catch((error: unknown) => report({ type: 'unexpected', where: `the hooks of ${event.event}`, error: String(error) }));
    }
    // In the turn that found nothing waiting: an event that is given after it must make a new queue.
    queues.delete(name);
  }

  async function runAll(event: HookEvent): Promise<void> {
    for (const hook of find(event)) {
      // libuv's fork stops the loop for milliseconds. One start in a turn of the loop, so that exits, signals and
      // clients are heard in between when a hundred services come up at once.
      await (turn = turn.then(() => new Promise((resolve) => setImmediate(resolve))));
      if (stopping.signal.aborted) return;
      await execute({
        hook, timeout, kernel, abort: stopping.signal,
        environment: hookEnvironment(event, environment()),
        input: `${JSON.stringify(event)}\n`,
        failed: (reason) => fail(hook, event, reason),
      });
    }
  }

  function find(event: HookEvent): string[] {
    const found = directories.map((directory) => findHooks(directory, event.event));
    for (const { path: file, reason } of found.flatMap(({ ignored }) => ignored)) {
      // Once for each file and reason: the same event may come a thousand times a day.
      if (told.has(`${file} ${reason}`)) continue;
      told.add(`${file} ${reason}`);
      report({ type: 'note', level: 'warn', text: `hook ${file} is not run on ${event.event}: ${reason}` });
    }
    return found.flatMap(({ hooks }) => hooks);
  }

  function fail(hook: string, event: HookEvent, reason: string): void {
    report({ type: 'hookFailed', hook, event: event.event, reason });
    if (event.event === 'hook-failed') return;
    hookFailed({ hook, cause: event.event, reason, ...(event.service === undefined ? {} : { service: event.service }) });
  }

  function note({ service }: HookEvent, text: string): void {
    report({ type: 'note', level: 'warn', text, ...(service === undefined ? {} : { service }) });
  }

  async function idle(): Promise<void> {
    while (working.size > 0) await Promise.all(working);
  }

  return {
    give,
    idle,
    stop() {
      for (const queue of queues.values()) queue.waiting.length = 0;
      stopping.abort();
      return idle();
    },
  };
}
