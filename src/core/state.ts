/** What a service is at any moment: a value that is replaced, never changed. The data of a state lives in the state. */
import { startsByItself, type Definition } from './definition.ts';
import type { SpawnFailure } from './events.ts';
import type { Exit } from './exit.ts';
import type { RestartRule } from './restart.ts';

export type State =
  | { name: 'down' }
  /** Will be started at `until`; `failure` says so when the last start did not happen at all. */
  | { name: 'backingOff'; until: number; failure: SpawnFailure | undefined }
  | { name: 'spawning'; program: Program }
  | { name: 'running'; pid: number; ready: boolean; paused: boolean; health: 'healthy' | 'unhealthy' | undefined }
  /** `kills`: how many times SIGKILL has been sent. `step`: which signal of the stop plan was the last; -1: its command runs. */
  | { name: 'stopping'; pid: number; kills: number; step: number }
  /** `program`: what runs at the end of a life, or of what a oneshot has done. */
  | { name: 'finishing'; program: Exclude<Program, 'run'>; pid: number; kills: number }
  /** A oneshot has run to its end, with success. */
  | { name: 'done' }
  | { name: 'failed'; why: FailureReason };

/** What is started for a service. */
export type Program = 'run' | 'finish' | 'down';
/** Why a service will not be started again unless somebody asks. */
export type FailureReason = 'finish asked for it' | 'gave up' | 'not restarted' | 'wrong definition';

export type StateName = State['name'];
type StateOf<N extends StateName> = Extract<State, { name: N }>;

export type Death = Readonly<{ at: number; exit: Exit }>;

export type Service = Readonly<{
  definition: Definition;
  /** Read from an edited directory; becomes `definition` at the next start. */
  nextDefinition: Definition | undefined;
  rule: RestartRule;
  /** `once`: to be started at the next rest, and then not again. While running it has become `down`, as in s6-svc -o. */
  wanted: 'up' | 'once' | 'down';
  /** When `state.name` last changed, and when it was first set. */
  since: number;
  /** The life of the last `run`; all monotonic milliseconds, -Infinity or undefined before there was one. */
  startedAt: number;
  readyAt: number | undefined;
  diedAt: number;
  endedAt: number;
  lastExit: Exit | undefined;
  /** The next start was asked for by somebody: it does not wait and is not counted as a restart. */
  asked: boolean;
  /** Supervision ends with this life. */
  leaving: boolean;
  /** How often the service came back by itself. */
  restarts: number;
  /** The newest deaths, oldest first; at most `definition.tallySize`. */
  deaths: readonly Death[];
  state: State;
}>;
/** A service that is known to be in this state. */
export type In<N extends StateName> = Service & { state: StateOf<N> };

export const newService = (definition: Definition, rule: RestartRule, at: number): Service => ({
  definition,
  nextDefinition: undefined,
  rule,
  wanted: startsByItself(definition) ? 'up' : 'down',
  since: at,
  startedAt: -Infinity,
  readyAt: undefined,
  diedAt: -Infinity,
  endedAt: -Infinity,
  lastExit: undefined,
  asked: false,
  leaving: false,
  restarts: 0,
  deaths: [],
  state: { name: 'down' },
});
