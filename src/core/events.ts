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
export type SpawnStep = 'lock' | 'namespace' | 'directory' | 'file' | 'mode' | 'hashbang' | 'interpreter' | 'descriptor' | 'process'
  /** What service.yaml asks for: an account that nobody knows, a tool that the image lacks, a file of variables, a secret. */
  | 'account' | 'tool' | 'environment' | 'secret' | 'rights';

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
  /** A health check, or the watchdog of sd_notify(3), has come to another result than before. */
  | { type: 'healthChanged'; at: number; pid: number; healthy: boolean; detail: string }
  /** sd_notify(3) MAINPID: from now on the service is another process, which n6 has as its child or will adopt. */
  | { type: 'mainPidTold'; at: number; pid: number; mainPid: number }
  /** sd_notify(3) STATUS, STOPPING or RELOADING: what it says of itself. */
  | { type: 'statusTold'; at: number; pid: number; text: string }
  /** The stop command has ended, or its time is over. */
  | { type: 'stopCommandEnded'; at: number; pid: number }
  /** `failure` undefined: it worked, as far as anybody looked. `how`: of a HAProxy, whether it had to be reloaded at all. */
  | { type: 'reloadEnded'; at: number; pid: number; failure: ReloadFailure | undefined; how?: 'nothing' | 'runtime' | 'reload' }
  | { type: 'exited'; at: number; pid: number; exit: Exit }
  | { type: 'deadlinePassed'; at: number };

export type ReloadFailure = Readonly<{ step: 'check' | 'reload' | 'verify'; detail: string }>;

export type EventType = Event['type'];
export type EventOf<T extends EventType> = Extract<Event, { type: T }>;
