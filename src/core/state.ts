/** What a service is at any moment: a value that is replaced, never changed. The data of a state lives in the state. */
import { startsByItself, type Definition } from './definition.ts';
import type { ReloadFailure, SpawnFailure } from './events.ts';
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
  /** `failure`: what was wrong with its last start, where that is why. */
  | { name: 'failed'; why: FailureReason; failure?: SpawnFailure };

/** What is started for a service. */
export type Program = 'run' | 'finish' | 'down';
/** Why a service will not be started again unless somebody asks. */
export type FailureReason = 'finish asked for it' | 'gave up' | 'not restarted' | 'wrong definition';

export type StateName = State['name'];
type StateOf<N extends StateName> = Extract<State, { name: N }>;

export type Death = Readonly<{ startedAt: number; at: number; exit: Exit }>;

export type Service = Readonly<{
  definition: Definition;
  /** Read from an edited directory; becomes `definition` at the next start. */
  nextDefinition: Definition | undefined;
  /** Read from an edited directory, and wrong: not taken as long as there is a life that can go on without it. */
  rejected: Definition | undefined;
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
  /** Process group of the last `run`: its pid when it was started, whatever its main process is now. */
  group: number;
  /** Why n6 itself ended the last life: a failure, whatever its exit code was. */
  condemned: string | undefined;
  /** What the last health check of this life found wrong. */
  ailment: string | undefined;
  /** What it says of itself in this life; empty: nothing. */
  said: string;
  /** `pid`: whom it was begun for. `again`: asked for once more since. */
  reloading: Readonly<{ pid: number; again: boolean }> | undefined;
  /** How the last reload went. */
  reload: Readonly<{ at: number; failure: ReloadFailure | undefined }> | undefined;
  /** Starts by itself in a row, the next one included, since somebody asked or it lived long enough; 0 without a policy that counts. */
  tries: number;
  /** When it failed, oldest first: what `give-up` still counts. */
  failures: readonly number[];
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
  rejected: undefined,
  rule,
  wanted: startsByItself(definition) ? 'up' : 'down',
  since: at,
  startedAt: -Infinity,
  readyAt: undefined,
  diedAt: -Infinity,
  endedAt: -Infinity,
  lastExit: undefined,
  group: 0,
  condemned: undefined,
  ailment: undefined,
  said: '',
  reloading: undefined,
  reload: undefined,
  tries: 0,
  failures: [],
  asked: false,
  leaving: false,
  restarts: 0,
  deaths: [],
  state: { name: 'down' },
});

/** What the directory said when it was looked at last, usable or not. */
export const latestDefinition = ({ rejected, nextDefinition, definition }: Service): Definition => rejected ?? nextDefinition ?? definition;
