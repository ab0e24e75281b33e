import { setMaxListeners } from 'node:events';
import type { Exit } from '../core/exit.ts';
import type { HookRun } from '../core/hooks.ts';
import type { SavedHook } from '../core/persist/life.ts';
import { hookAdoptedText } from '../core/persist/messages.ts';
import { createCoalescer } from './coalesce.ts';
import { execute, goOn } from './execute.ts';
import { createHookOutputs } from './output.ts';
import type { HookRunner, HookRunnerOptions } from './runner.ts';
import { createHookResults } from './results.ts';
import { hookEnvironment, type HookEvent } from './variables.ts';

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
  const { places, environment, timeout, kernel, report, hookFailed } = options;
  const results = createHookResults();
  const outputs = createHookOutputs(kernel, options.printed);
  const bursts = createCoalescer(options.waits, () => kernel.now(), enqueue);
  const askers = new Map<HookEvent, (runs: readonly HookRun[]) => void>();
  const queues = new Map<string, Queue>();
  const working = new Set<Promise<void>>();
  const stopping = new AbortController();
  // One listener for each hook that runs; Node warns of a leak from the eleventh on.
  setMaxListeners(Infinity, stopping.signal);
  const told = new Set<string>();
  let turn: Promise<unknown> = Promise.resolve();
  let frozen: { over: Promise<void>; thaw(): void } | undefined;

  function give(event: HookEvent): void {
    if (event.event === 'service-removed') results.forget(event.service ?? '');
    if (!stopping.signal.aborted && places.has(event)) bursts.give(event);
  }

  function enqueue(event: HookEvent): void {
    // No service is called '': a name has at least one character.
    const name = event.service ?? '';
    const queue = queues.get(name);
    if (queue !== undefined) return add(queue, event);
    open(name, newQueue([event]));
  }

  function ask(event: HookEvent): Promise<readonly HookRun[]> | undefined {
    const name = event.service ?? '';
    if (queues.has(name) || stopping.signal.aborted) return undefined;
    return new Promise((resolve) => {
      askers.set(event, resolve);
      open(name, newQueue([event]));
    });
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
    const runs: HookRun[] = [];
    await runEach(queue, event, hooks, runs)
      .catch((error: unknown) => report({ type: 'unexpected', where: `the hooks of ${event.event}`, error: String(error) }));
    askers.get(event)?.(runs);
    askers.delete(event);
    queue.current = undefined;
    queue.left = [];
    queue.running = undefined;
  }

  async function runEach(queue: Queue, event: HookEvent, hooks: () => string[], runs: HookRun[]): Promise<void> {
    queue.left = hooks();
    while (queue.left.length > 0) {
      // libuv's fork stops the loop for milliseconds. One start in a turn of the loop, so that exits, signals and
      // clients are heard in between when a hundred services come up at once.
      await (turn = turn.then(() => new Promise((resolve) => setImmediate(resolve))));
      while (frozen !== undefined) await frozen.over;
      if (stopping.signal.aborted) return;
      const hook = queue.left.shift()!;
      const [began, at] = [kernel.now(), new Date(options.wall()).toISOString()];
      const about = { event: event.event, service: event.service ?? null, hook };
      let why = '';
      await execute({
        hook, timeout, kernel, abort: stopping.signal,
        environment: hookEnvironment(event, environment()),
        input: `${JSON.stringify(event)}\n`,
        output: outputs.open(about),
        started: (pid, endBy) => void (queue.running = { hook, pid, endBy, failed: false }),
        failed(reason) {
          why = reason;
          fail(queue, hook, event, reason);
        },
      });
      const run = { ...about, at, seconds: Math.round(kernel.now() - began) / 1000, ok: why === '', reason: why };
      results.add(run);
      runs.push(run);
      queue.running = undefined;
    }
  }

  function find(event: HookEvent): string[] {
    const { hooks, ignored } = places.find(event);
    for (const { path: file, reason } of ignored) {
      // Once for each file and reason: the same event may come a thousand times a day.
      if (told.has(`${file} ${reason}`)) continue;
      told.add(`${file} ${reason}`);
      report({ type: 'note', level: 'warn', text: `hook ${file} is not run on ${event.event}: ${reason}` });
    }
    return hooks;
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
    let why = running.failed ? 'it had failed already' : '';
    const failed = (reason: string): void => {
      why = reason;
      if (!running.failed) fail(queue, hook, event, reason);
    };
    await goOn({ pid, endBy, ended, abort: stopping.signal, kernel, failed });
    results.add({ event: event.event, service: event.service ?? null, hook, at: event.at, seconds: 0, ok: why === '', reason: why });
    queue.running = undefined;
  }

  async function idle(): Promise<void> {
    while (working.size > 0) await Promise.all(working);
  }

  return {
    give,
    ask,
    results,
    running: () => [...queues.values()].flatMap(({ running }) => (running === undefined ? [] : [running.hook])),
    idle,
    stop() {
      bursts.take();
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
    save({ startTime }) {
      for (const event of bursts.take()) enqueue(event);
      return [...queues].map(([service, { waiting, lost, current, running, left }]) => ({
      service, waiting: waiting, lost, current: current, left,
      running: running === undefined ? undefined : { ...running, startTime: startTime(running.pid) ?? '' },
    }));
    },
    saveMemory: ({ keep }) => ({ results: results.save(), printing: outputs.save(keep) }),
    adopt(saved, endOf, memory) {
      const known = memory as { results?: unknown; printing?: unknown } | undefined;
      results.adopt(known?.results);
      outputs.adopt(known?.printing);
      for (const { service, waiting, lost, current, running, left } of saved) {
        const event = current as HookEvent | undefined;
        const queue: Queue = { waiting: [...waiting] as HookEvent[], lost, current: event, left: [...left], running };
        open(service, queue, event === undefined || running === undefined ? undefined : finish(queue, event, running, endOf(running)));
      }
    },
  };
}
