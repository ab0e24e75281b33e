/** Carries out what core/change.ts decides: longruns through the supervisor, oneshots through whoever runs them. */
import {
  affected, beginChange, changeStep, type Change, type ChangeEffect, type ChangeEvent, type ChangeFailure, type ChangeOutcome, type ChangeRequest,
} from '../core/change.ts';
import { changeLines } from '../core/change-messages.ts';
import type { Exit } from '../core/exit.ts';
import type { Graph } from '../core/graph.ts';
import type { Line } from '../core/overlay-messages.ts';
import type { Service } from '../core/state.ts';
import { reached } from '../core/status.ts';
import { atRest } from './roster.ts';
import type { Run } from './runs.ts';
import type { Supervisor } from './supervisor.ts';

export type ChangesOptions = Readonly<{
  graph: Graph;
  supervisor: Supervisor;
  /** Runs the `up` or `down` of a oneshot; `done` is called once. */
  oneshot(name: string, direction: 'up' | 'down', done: (exit: Exit) => void): Run;
  say(lines: readonly Line[]): void;
}>;

export type Changes = Readonly<{
  graph: Graph;
  /** Carried out when those that were asked for before have ended. `timeout`: milliseconds for all of it. */
  change(request: ChangeRequest & { timeout?: number }): Promise<ChangeOutcome>;
  /** What would be moved, in order of names; nothing is. */
  affected(request: ChangeRequest): readonly string[];
  /** What a change of these names leaves out: of what is up, all that they do not need; of what is down, all that does not need them. */
  others(names: readonly string[], direction: 'up' | 'down'): readonly string[];
  /** Services that are up, in order of names. */
  up(): readonly string[];
  /** True while a change is being carried out or waits. */
  busy(): boolean;
  /** Breaks off the change that is being carried out; those that wait come next. */
  abort(): void;
}>;

export function createChanges({ graph, supervisor, oneshot, say }: ChangesOptions): Changes {
  let up: ReadonlySet<string> = new Set();
  let current: { give(event: ChangeEvent): void } | undefined;
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();

  function carryOut({ timeout, ...request }: ChangeRequest & { timeout?: number }): Promise<ChangeOutcome> {
    return new Promise((resolve) => {
      const moves = new Map<string, Run>();
      const queue: ChangeEvent[] = [];
      let change: Change | undefined;
      let draining = false;
      const timer = timeout === undefined ? undefined : setTimeout(() => give({ type: 'deadlinePassed' }), timeout);
      current = { give };

      /** One that causes others, such as a oneshot that ends at once, queues them. */
      function give(event: ChangeEvent): void {
        queue.push(event);
        if (draining || change === undefined) return;
        draining = true;
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) take(changeStep(change, next));
        draining = false;
      }

      function take({ change: next, effects }: ReturnType<typeof changeStep>): void {
        change = next;
        up = next.up;
        for (const effect of effects) perform(effect);
      }

      function perform(effect: ChangeEffect): void {
        const { direction } = request;
        switch (effect.type) {
          case 'move':
            say([changeLines.moving(effect.name, direction)]);
            moves.set(effect.name, move(effect.name, effect.limit));
            return;
          case 'abort': return moves.get(effect.name)?.abort();
          case 'moved': return say([changeLines.moved(effect.name, direction)]);
          case 'failed': return say([changeLines.failed(effect.name, direction, effect.failure)]);
          case 'end':
            if (timer !== undefined) clearTimeout(timer);
            current = undefined;
            if (effect.outcome.timedOut) say([changeLines.timedOut()]);
            return resolve(effect.outcome);
        }
      }

      function move(name: string, limit: number | undefined): Run {
        let over = false;
        const end = (event: ChangeEvent): void => {
          if (over) return;
          over = true;
          give(event);
        };
        const fail = (failure: ChangeFailure): void => end({ type: 'failed', name, failure });
        const moved = (): void => end({ type: 'moved', name });
        const { direction } = request;
        return graph.node(name)?.kind === 'longrun' ? moveLongrun(name, direction, limit, moved, fail) : moveOneshot(name, direction, limit, moved, fail);
      }

      draining = true;
      take(beginChange(graph, up, request));
      draining = false;
      // What has ended in the meantime.
      const [first] = queue.splice(0, 1);
      if (first !== undefined) give(first);
    });
  }

  function moveOneshot(name: string, direction: 'up' | 'down', limit: number | undefined, moved: () => void, fail: (failure: ChangeFailure) => void): Run {
    let late = false;
    let timer: NodeJS.Timeout | undefined;
    let over = false;
    const run = oneshot(name, direction, (exit) => {
      over = true;
      if (timer !== undefined) clearTimeout(timer);
      if (late) fail({ type: 'timedOut' });
      else if ('signal' in exit) fail({ type: 'crashed', signal: exit.number });
      else if (exit.code !== 0) fail({ type: 'exited', code: exit.code });
      else moved();
    });
    // Told when it has ended: what needs nothing of it any more must not run beside it.
    if (!over && limit !== undefined) {
      timer = setTimeout(() => {
        late = true;
        run.abort();
      }, limit);
    }
    return run;
  }

  /** Up counts when it is spawned, or ready where it can say so (spec 5.5, 5.8). */
  function moveLongrun(name: string, direction: 'up' | 'down', limit: number | undefined, moved: () => void, fail: (failure: ChangeFailure) => void): Run {
    let timer: NodeJS.Timeout | undefined;
    let over = false;
    const end = (act: () => void): void => {
      if (over) return;
      over = true;
      if (timer !== undefined) clearTimeout(timer);
      unwatch();
      act();
    };
    const giveUp = (failure: ChangeFailure) => (): void => {
      if (direction === 'up') supervisor.stop(name);
      fail(failure);
    };
    const look = (service: Service | undefined): void => {
      if (service === undefined) return end(direction === 'down' ? moved : giveUp({ type: 'cannotStart', why: 'its service directory has gone' }));
      if (direction === 'down') return atRest(service) ? end(moved) : undefined;
      const answer = reached('ready', service);
      if (answer === 'yes') end(moved);
      if (answer === 'failed') end(giveUp({ type: 'cannotStart', why: whyNotUp(service) }));
    };
    const unwatch = supervisor.watch((changed, service) => {
      if (changed === name) look(service);
    });
    if (direction === 'up') supervisor.give(name, { type: 'upWanted' });
    else supervisor.stop(name);
    look(supervisor.roster.get(name));
    if (!over && limit !== undefined) timer = setTimeout(() => end(giveUp({ type: 'timedOut' })), limit);
    return { abort: () => end(giveUp({ type: 'cannotStart', why: 'the change was broken off' })) };
  }

  return {
    graph,
    change(request) {
      waiting++;
      const result = last.then(() => carryOut(request)).finally(() => waiting--);
      last = result.catch(() => undefined);
      return result;
    },
    affected: (request) => affected(graph, up, request),
    others(names, direction) {
      const own = graph.closure(graph.expand(names), direction === 'up' ? 'needs' : 'neededBy');
      return graph.names().filter((name) => graph.node(name)!.kind !== 'bundle' && !own.has(name) && up.has(name) === (direction === 'up'));
    },
    up: () => [...up].sort(),
    busy: () => waiting > 0,
    abort: () => current?.give({ type: 'aborted' }),
  };
}

const whyNotUp = ({ state }: Service): string =>
  state.name === 'failed' ? 'its finish script said that it cannot run' : 'its run cannot be started';
