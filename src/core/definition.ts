import { PLAIN, type Argv, type Policy } from './policy.ts';

/**
 * What a service directory says, once read and checked (spec/s6-compat 1.1). Never changes while the service runs;
 * a directory that was edited gives a new Definition, which the service takes at its next start.
 */
export type Definition = Readonly<{
  name: string;
  /** Absolute path of the directory; working directory of `run` and `finish`. */
  directory: string;
  /** A `down` file is there: not started until somebody asks. */
  startsDown: boolean;
  /** Descriptor on which `run` writes a newline once it is ready; `undefined`: it never says so. */
  notificationDescriptor: number | undefined;
  hasFinish: boolean;
  /** Signal name with its SIG, sent to stop the service. */
  stopSignal: string;
  reloadSignal: string;
  /** Milliseconds between the stop signal and SIGKILL; `undefined` waits for ever. */
  killAfter: number | undefined;
  /** SIGKILL goes to the process group of `run`, not to `run` alone. */
  killsGroup: boolean;
  /**
   * Descriptor on which `run` inherits the lock of `supervise/service-lock`: not started while any process of an earlier
   * life still has it.
   */
  lockDescriptor: number | undefined;
  /** `run` is process 1 of a PID namespace of its own (pid_namespaces(7)). */
  pidNamespace: boolean;
  /** Milliseconds a finish script may last before SIGKILL; `undefined` waits for ever. */
  finishWithin: number | undefined;
  /** How many deaths the death tally keeps, 0 to 4096. A record, not a limit. */
  tallySize: number;
  /**
   * Names of the pipes that `run` and `finish` write to and read from in place of n6's own standard output and of /dev/null.
   * Whoever names the same pipe shares it: several producers, one consumer (spec/s6-compat 3.3). n6 keeps it over restarts.
   */
  stdoutPipe: string | undefined;
  stdinPipe: string | undefined;
  /** What `service.yaml` says; `PLAIN` where there is none. */
  policy: Policy;
  /** Changes when any file of the directory that matters to a start has changed. */
  fingerprint: string;
}>;

/** Is it to be started without anybody asking: at boot, and when its directory comes? What has a schedule is started by that alone. */
export const startsByItself = ({ startsDown, policy }: Definition): boolean => !startsDown && policy.schedule === undefined;

/** Defaults of s6-supervise where a file is absent or cannot be understood (spec 1.1). */
export const DEFAULTS = {
  startsDown: false,
  notificationDescriptor: undefined,
  hasFinish: false,
  stopSignal: 'SIGTERM',
  reloadSignal: 'SIGHUP',
  killAfter: undefined,
  killsGroup: false,
  lockDescriptor: undefined,
  pidNamespace: false,
  finishWithin: 5000,
  tallySize: 100,
  stdoutPipe: undefined,
  stdinPipe: undefined,
  policy: PLAIN,
} as const satisfies Partial<Definition>;

/** What is kept alive, or the `up` of a oneshot: the program first. */
export const runArgv = ({ name, policy }: Definition): Argv => policy.up ?? policy.launch.command ?? ['./run', name];

/** It can say that it is ready, and is not until it has. */
export const announcesReadiness = ({ notificationDescriptor, policy }: Definition): boolean =>
  notificationDescriptor !== undefined || policy.ready !== undefined;
