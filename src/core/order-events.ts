/** The words of order.ts: where a service is, what happens to it, what is to be done. */
import type { Graph } from './graph.ts';

export type Direction = 'up' | 'down';

/** Why a service did not come up, or its `down` did not go well. */
export type ChangeFailure =
  | { type: 'exited'; code: number }
  | { type: 'crashed'; signal: number }
  | { type: 'timedOut' }
  /** A longrun: `finish` said so, or `run` cannot be started. */
  | { type: 'cannotStart'; why: string };

/** Where a service is. `fallen`: it was ready and is on its way back by itself. A oneshot that has been done is ready. */
export type Place = 'down' | 'rising' | 'ready' | 'fallen' | 'falling';

export type Standing = Readonly<{
  place: Place;
  /** What was asked for and is not so yet. `falling` with the goal `up`: it comes back. */
  goal: Direction | undefined;
  /** The goal outlives a failure of what it waits for. */
  lasting: boolean;
  /** Its first try has failed, or will not come soon: who only wants it does not wait. */
  stumbled: boolean;
  /** Of the last try to bring it up. */
  failure: ChangeFailure | undefined;
}>;

export const AT_REST: Standing = { place: 'down', goal: undefined, lasting: false, stumbled: false, failure: undefined };

/** What is asked when it is needed: nobody copies a thousand standings for one event. */
export type View = Readonly<{
  graph: Graph;
  at(name: string): Standing;
  /** It is not to be started yet, for a reason that is none of the graph's. Absent: nothing is held. */
  held?(name: string): boolean;
}>;

export type OrderEvent =
  /** `names`: already with all that has to go with them (`reach`). */
  | { type: 'asked'; direction: Direction; names: Iterable<string>; lasting: boolean }
  /** The move that was ordered has come to its end. */
  | { type: 'moved'; name: string }
  /** `stopping`: it did not come up, and its process is still there; `moved` follows. */
  | { type: 'failed'; name: string; failure: ChangeFailure; stopping: boolean }
  /** On its way up, its first try has failed. `failure`: no further one can help, as long as nobody mends something. */
  | { type: 'stumbled'; name: string; failure: ChangeFailure | undefined }
  /** By itself, or because somebody has asked it behind our back: it comes up, or is. */
  | { type: 'rose'; name: string; ready: boolean }
  | { type: 'fell'; name: string; to: 'fallen' | 'falling' | 'down' }
  /** Who asked for this does not wait any more. Lasting goals stay. */
  | { type: 'aborted'; direction: Direction; names: Iterable<string> }
  | { type: 'forgotten'; name: string }
  /** The view has another graph than before. `names`: all that have a goal. */
  | { type: 'redrawn'; names: Iterable<string> };

export type OrderEffect =
  | { type: 'move'; name: string; direction: Direction; limit: number | undefined }
  /** What moves is to be broken off. */
  | { type: 'abort'; name: string; direction: Direction }
  /** What was asked for is so, or will not be, as far as anybody can see now. */
  | { type: 'settled'; name: string; direction: Direction; result: 'done' | 'skipped' }
  | { type: 'settled'; name: string; direction: Direction; result: 'failed'; failure: ChangeFailure };
