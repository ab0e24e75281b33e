/**
 * One change of what is up, as a pure function like a service's life: bring these up with all that they need, or down
 * with all that needs them. Independent ones move side by side; a failure holds up only what depends on it (spec 5.7).
 */
import type { Graph } from './graph.ts';

/** Why a service did not come up, or its `down` did not go well. */
export type ChangeFailure =
  | { type: 'exited'; code: number }
  | { type: 'crashed'; signal: number }
  | { type: 'timedOut' }
  /** A longrun: `finish` said so, or `run` cannot be started. */
  | { type: 'cannotStart'; why: string };

export type Change = Readonly<{
  graph: Graph;
  direction: 'up' | 'down';
  /** What is up at this moment, of all services. */
  up: ReadonlySet<string>;
  /** Not begun yet, in order of names. */
  waiting: ReadonlySet<string>;
  moving: ReadonlySet<string>;
  failed: ReadonlyMap<string, ChangeFailure>;
  /** Nothing new is begun; ends when what is moving has stopped. */
  over: 'aborted' | 'timed out' | undefined;
}>;

export type ChangeEvent =
  | { type: 'moved'; name: string }
  | { type: 'failed'; name: string; failure: ChangeFailure }
  | { type: 'aborted' }
  | { type: 'deadlinePassed' };

export type ChangeEffect =
  /** Start it or stop it, as the change's direction says. */
  | { type: 'move'; name: string; limit: number | undefined }
  | { type: 'abort'; name: string }
  | { type: 'moved'; name: string }
  | { type: 'failed'; name: string; failure: ChangeFailure }
  | { type: 'end'; outcome: ChangeOutcome };

export type ChangeOutcome = Readonly<{
  /** Everything that was asked for is so. */
  ok: boolean;
  timedOut: boolean;
  failed: ReadonlyMap<string, ChangeFailure>;
  /** Left alone, because something they depend on failed, or the change was broken off. */
  skipped: readonly string[];
}>;

export type ChangeStep = { change: Change; effects: ChangeEffect[] };

export type ChangeRequest = Readonly<{
  direction: 'up' | 'down';
  /** Services or bundles. */
  names: readonly string[];
  /** Down: essential ones, too. */
  force?: boolean;
}>;

/** Services that the request would move, in order of names. */
export function affected(graph: Graph, up: ReadonlySet<string>, { direction, names, force = false }: ChangeRequest): string[] {
  const closure = graph.closure(graph.expand(names), direction === 'up' ? 'needs' : 'neededBy');
  const moves = direction === 'up' ? (name: string) => !up.has(name) : (name: string) => up.has(name) && (force || graph.node(name)?.essential !== true);
  return [...closure].filter(moves).sort();
}

export function beginChange(graph: Graph, up: ReadonlySet<string>, request: ChangeRequest): ChangeStep {
  const waiting = new Set(affected(graph, up, request));
  return proceed({ graph, direction: request.direction, up, waiting, moving: new Set(), failed: new Map(), over: undefined });
}

export function changeStep(change: Change, event: ChangeEvent): ChangeStep {
  switch (event.type) {
    case 'moved': return change.moving.has(event.name) ? moved(change, event.name) : stay(change);
    case 'failed': return change.moving.has(event.name) ? failed(change, event.name, event.failure) : stay(change);
    case 'aborted': return breakOff(change, 'aborted');
    case 'deadlinePassed': return breakOff(change, 'timed out');
  }
}

const stay = (change: Change): ChangeStep => ({ change, effects: [] });

function moved(change: Change, name: string): ChangeStep {
  const up = new Set(change.up);
  if (change.direction === 'up') up.add(name);
  else up.delete(name);
  return withFirst({ type: 'moved', name }, proceed({ ...change, up, moving: without(change.moving, name) }));
}

/** What fails to go down properly is down all the same: everything must be able to end. */
function failed(change: Change, name: string, failure: ChangeFailure): ChangeStep {
  const up = change.direction === 'down' ? without(change.up, name) : change.up;
  const next: Change = { ...change, up, moving: without(change.moving, name), failed: new Map([...change.failed, [name, failure]]) };
  return withFirst({ type: 'failed', name, failure }, proceed(next));
}

function breakOff(change: Change, over: NonNullable<Change['over']>): ChangeStep {
  if (change.over !== undefined || isEnded(change)) return stay(change);
  const { change: next, effects } = proceed({ ...change, over });
  return { change: next, effects: [...[...change.moving].map((name): ChangeEffect => ({ type: 'abort', name })), ...effects] };
}

const isEnded = ({ waiting, moving }: Change): boolean => waiting.size === 0 && moving.size === 0;

/** Begins whatever can be begun; ends when nothing moves and nothing can be begun any more. */
function proceed(change: Change): ChangeStep {
  const ready = change.over === undefined ? [...change.waiting].filter((name) => mayMove(change, name)) : [];
  const moving = new Set([...change.moving, ...ready]);
  const waiting = new Set([...change.waiting].filter((name) => !moving.has(name)));
  const next = { ...change, waiting, moving };
  const effects = ready.map((name): ChangeEffect => {
    const node = change.graph.node(name);
    return { type: 'move', name, limit: change.direction === 'up' ? node?.timeoutUp : node?.timeoutDown };
  });
  if (moving.size > 0) return { change: next, effects };
  const outcome = {
    ok: change.failed.size === 0 && waiting.size === 0 && change.over === undefined,
    timedOut: change.over === 'timed out',
    failed: change.failed,
    skipped: [...waiting],
  };
  return { change: { ...next, waiting: new Set() }, effects: [...effects, { type: 'end', outcome }] };
}

function mayMove({ graph, direction, up }: Change, name: string): boolean {
  return direction === 'up'
    ? [...graph.needsOf(name)].every((need) => up.has(need))
    : ![...graph.neededBy(name)].some((dependent) => up.has(dependent));
}

function without(set: ReadonlySet<string>, name: string): ReadonlySet<string> {
  const rest = new Set(set);
  rest.delete(name);
  return rest;
}

const withFirst = (first: ChangeEffect, { change, effects }: ChangeStep): ChangeStep => ({ change, effects: [first, ...effects] });
