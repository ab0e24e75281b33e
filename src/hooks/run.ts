import { setMaxListeners } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Exit } from '../core/exit.ts';
import type { Report } from '../core/messages.ts';
import type { SavedHook, SavedQueue, Saving } from '../core/persist/life.ts';
import { hookAdoptedText } from '../core/persist/messages.ts';
import { execute, goOn, type HookSystem } from './execute.ts';
import { findHooks } from './find.ts';
import { hookEnvironment, type HookEvent } from './variables.ts';

export type HookRunner = Readonly<{
  /** Runs what there is for the event, after what its service is still running, and returns at once; never throws. */
  give(event: HookEvent): void;
  /** Resolves when no hook runs and none waits. */
  idle(): Promise<void>;
  /** Forgets what waits, asks what runs to end (TERM, and KILL 5 s later), and resolves when it has. Later events are not taken. */
  stop(): Promise<void>;
  /** No hook is started until `thaw`; those that run go on, and events are taken. */
  freeze(): void;
  thaw(): void;
  save(saving: Pick<Saving, 'startTime'>): SavedQueue[];
  /** What an earlier life of this process had not finished. `endOf`: of a hook that it had started; undefined: it cannot be told any more. */
  adopt(saved: readonly SavedQueue[], endOf: (hook: SavedHook) => Promise<Exit> | undefined): void;
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

/** `left`: hooks of `current` that have not been started. */
type Queue = { waiting: HookEvent[]; lost: number; current: HookEvent | undefined; left: string[]; running: Omit<SavedHook, 'startTime'> | undefined };
const newQueue = (waiting: HookEvent[]): Queue => ({ waiting, lost: 0, current: undefined, left: [], running: undefined });

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
  let frozen: { over: Promise<void>; thaw(): void } | undefined;

  function give(event: HookEvent): void {
    if (stopping.signal.aborted || !directories.some((directory) => existsSync(path.join(directory, event.event)))) return;
    // No service is called '': a name has at least one character.
    const name = event.service ?? '';
    const queue = queues.get(name);
    if (queue !== undefined) return add(queue, event);
    open(name, newQueue([event]));
  }

  function open(name: string, queue: Queue, first?: Promise<void>): void {
    queues.set(name, queue);
    const work = (first === undefined ? drain(name, queue) : first.then(() => drain(name, queue))).finally(() => working.delete(work));
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
    // What an earlier life has begun; nothing as a rule.
    if (queue.current !== undefined) await runAll(queue, queue.current, () => queue.left);
    for (let event = queue.waiting.shift(); event !== undefined; event = queue.waiting.shift()) {
      if (queue.lost > 0) note(event, `${queue.lost} events came to no hook, because too many were waiting`);
      queue.lost = 0;
      queue.current = event;
      await runAll(queue, event, () => find(event));
    }
    // In the turn that found nothing waiting: an event that is given after it must make a new queue.
    queues.delete(name);
  }

  async function runAll(queue: Queue, event: HookEvent, hooks: () => string[]): Promise<void> {
    await runEach(queue, event, hooks).catch((error: unknown) => report({ type: 'unexpected', where: `the hooks of ${event.event}`, error: String(error) }));
    queue.current = undefined;
    queue.left = [];
    queue.running = undefined;
  }

  async function runEach(queue: Queue, event: HookEvent, hooks: () => string[]): Promise<void> {
    queue.left = hooks();
    while (queue.left.length > 0) {
      // libuv's fork stops the loop for milliseconds. One start in a turn of the loop, so that exits, signals and
      // clients are heard in between when a hundred services come up at once.
      await (turn = turn.then(() => new Promise((resolve) => setImmediate(resolve))));
      while (frozen !== undefined) await frozen.over;
      if (stopping.signal.aborted) return;
      const hook = queue.left.shift()!;
      await execute({
        hook, timeout, kernel, abort: stopping.signal,
        environment: hookEnvironment(event, environment()),
        input: `${JSON.stringify(event)}\n`,
        started: (pid, endBy) => void (queue.running = { hook, pid, endBy, failed: false }),
        failed: (reason) => fail(queue, hook, event, reason),
      });
      queue.running = undefined;
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

  function fail(queue: Queue, hook: string, event: HookEvent, reason: string): void {
    if (queue.running !== undefined) queue.running = { ...queue.running, failed: true };
    report({ type: 'hookFailed', hook, event: event.event, reason });
    if (event.event === 'hook-failed') return;
    hookFailed({ hook, cause: event.event, reason, ...(event.service === undefined ? {} : { service: event.service }) });
  }

  function note({ service }: HookEvent, text: string): void {
    report({ type: 'note', level: 'warn', text, ...(service === undefined ? {} : { service }) });
  }

  async function finish(queue: Queue, event: HookEvent, running: SavedHook, ended: Promise<Exit> | undefined): Promise<void> {
    if (ended === undefined) return;
    const { hook, pid, endBy } = running;
    report({ type: 'note', level: 'info', text: hookAdoptedText(hook, event.event, pid), ...(event.service === undefined ? {} : { service: event.service }) });
    const failed = (reason: string): void => (running.failed ? undefined : fail(queue, hook, event, reason));
    await goOn({ pid, endBy, ended, abort: stopping.signal, kernel, failed });
    queue.running = undefined;
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
      frozen?.thaw();
      return idle();
    },
    freeze() {
      if (frozen !== undefined) return;
      let thaw!: () => void;
      const over = new Promise<void>((resolve) => {
        thaw = resolve;
      });
      frozen = {
        over,
        thaw() {
          frozen = undefined;
          thaw();
        },
      };
    },
    thaw: () => frozen?.thaw(),
    save: ({ startTime }) => [...queues].map(([service, { waiting, lost, current, running, left }]) => ({
      service, waiting: waiting, lost, current: current, left,
      running: running === undefined ? undefined : { ...running, startTime: startTime(running.pid) ?? '' },
    })),
    adopt(saved, endOf) {
      for (const { service, waiting, lost, current, running, left } of saved) {
        const event = current as HookEvent | undefined;
        const queue: Queue = { waiting: [...waiting] as HookEvent[], lost, current: event, left: [...left], running };
        open(service, queue, event === undefined || running === undefined ? undefined : finish(queue, event, running, endOf(running)));
      }
    },
  };
}
