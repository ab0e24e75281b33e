import type { Definition } from './definition.ts';
import type { Exit } from './exit.ts';

/** Why a start did not happen. Told by the kernel, which looked afterwards (posix_spawn(3) gives an errno and no step). */
export type SpawnFailure = Readonly<{
  /** Name of the errno, such as `ENOENT`. */
  code: string;
  step: SpawnStep;
  /** What the step was about: a path, an interpreter, a descriptor number. */
  subject: string;
  /** True when trying again soon cannot help (no such file), false when it may (no memory, too many processes). */
  hopeless: boolean;
  /** The same failure as at the last try, which has been told. */
  again?: boolean;
}>;
export type SpawnStep = 'lock' | 'namespace' | 'directory' | 'file' | 'mode' | 'hashbang' | 'interpreter' | 'descriptor' | 'process';

/** Something that happened to one service. Named in the past tense; `at` is milliseconds on the monotonic clock. */
export type Event =
  | { type: 'upWanted'; at: number }
  | { type: 'downWanted'; at: number }
  /** As `downWanted`, and what is stopping already is told again (s6-svc -d). */
  | { type: 'downInsisted'; at: number }
  /** n6 is to let go of the service after this life (s6-svc -x). */
  | { type: 'leaveWanted'; at: number }
  | { type: 'onceWanted'; at: number }
  | { type: 'restartWanted'; at: number }
  | { type: 'reloadWanted'; at: number }
  | { type: 'pauseWanted'; at: number }
  | { type: 'continueWanted'; at: number }
  | { type: 'signalWanted'; at: number; signal: string }
  | { type: 'redefined'; at: number; definition: Definition }
  | { type: 'spawned'; at: number; pid: number }
  | { type: 'spawnFailed'; at: number; failure: SpawnFailure }
  | { type: 'becameReady'; at: number; pid: number }
  | { type: 'exited'; at: number; pid: number; exit: Exit }
  | { type: 'deadlinePassed'; at: number };

export type EventType = Event['type'];
export type EventOf<T extends EventType> = Extract<Event, { type: T }>;
