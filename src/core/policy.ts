/**
 * What a `service.yaml` says that s6's files cannot, once read and checked. `PLAIN` is what a directory without one means.
 * All durations are milliseconds.
 */
import type { Compression, LogFormat } from './logs.ts';

export type Policy = Readonly<{
  description: string | undefined;
  /** A longrun is kept alive; a oneshot runs to completion and is then `done`, until its `down` has been run. */
  kind: 'longrun' | 'oneshot';
  /** Hard: not started until each is ready, or done; stopped before any of them is. */
  needs: readonly Need[];
  /** Soft: started, too, and waited for until it is ready or its first try has failed. */
  wants: readonly string[];
  /** Order only: waited for if it is to be started anyway. */
  after: readonly string[];
  restart: RestartPolicy;
  /** Exit codes, and names of signals with their SIG, that count as success. */
  successes: readonly (number | string)[];
  /** undefined: the container's restart rule (contract section 10). */
  backoff: Backoff | undefined;
  giveUp: GiveUp | undefined;
  /** The container ends, with this service's code, when it has ended for good. */
  critical: boolean;
  stop: StopPlan | undefined;
  reload: ReloadPlan | undefined;
  /** How it says that it is ready, other than by `notification-fd`; undefined: it does not. */
  ready: Readiness | undefined;
  /** Until it has to be ready, counted from its start; undefined: no limit. */
  readyWithin: number | undefined;
  health: Health | undefined;
  /** The `up` and `down` of a oneshot; undefined: `up` is what `run` would be. */
  up: Argv | undefined;
  down: Argv | undefined;
  launch: Launch;
  schedule: Schedule | undefined;
  watch: Watch | undefined;
  /** undefined: what the setting N6_LOGS says. */
  logs: Logs | undefined;
  /** It is there, and what is wrong keeps it from being started: one sentence for each mistake. Empty: nothing is wrong. */
  faults: readonly string[];
}>;

/** What is started: the program first. A command that was written as one text is `/bin/sh -c TEXT`. */
export type Argv = readonly string[];

/** `restart`: when the other one goes down, for whatever reason, this one is restarted after it is ready again. */
export type Need = Readonly<{ name: string; restart: boolean }>;

export const RESTART_POLICIES = ['always', 'on-failure', 'never'] as const;
export type RestartPolicy = (typeof RESTART_POLICIES)[number];

/** The first restart is at once; the n-th after it waits `initial * factor^(n-1)`, at most `max`, give or take `jitter` (0 to 1) of it. */
export type Backoff = Readonly<{
  initial: number;
  factor: number;
  max: number;
  jitter: number;
  /** A life of this length clears the count. */
  resetAfter: number;
}>;

/** `within` undefined: failures in a row, without a life of `resetAfter` between them. */
export type GiveUp = Readonly<{ after: number; within: number | undefined; then: 'fail' | 'shutdown' }>;

export type StopPlan = Readonly<{
  /** Sent one after another until it has ended, SIGKILL when the last one's time is over. `within` undefined: for ever. */
  steps: readonly Readonly<{ signal: string; within: number | undefined }>[];
  /** Run before the first signal, for at most `commandWithin`. */
  command: Argv | undefined;
  commandWithin: number;
  /** Signals go to the process group. */
  group: boolean;
}>;

export type ReloadPlan = Readonly<{
  /** Exactly one of the three. */
  signal: string | undefined;
  command: Argv | undefined;
  /** Absent: it is no HAProxy, or is not treated as one. */
  haproxy?: HaproxyReload | undefined;
  /** Has to succeed before anything is done. */
  check: Argv | undefined;
  /** Has to succeed afterwards; `notify`: RELOADING=1 and then READY=1. */
  verify: Argv | 'notify' | undefined;
  /** For each of the three. */
  within: number;
}>;

/** A HAProxy that is reloaded through the socket of its master, which tells what has come of it. */
export type HaproxyReload = Readonly<{
  /** Absolute path: `haproxy -W -S PATH`. */
  master: string;
  /** Absolute path of its configuration, whose servers it must have afterwards; undefined: nobody looks. */
  config: string | undefined;
  /** `runtime`: where only servers have changed, they are changed in place, by the runtime API. */
  servers: 'reload' | 'runtime';
}>;

export type Readiness =
  | Readonly<{ by: 'fd'; descriptor: number }>
  | Readonly<{ by: 'notify' }>
  /** A line of its output, standard output and error, that this regular expression finds something in. */
  | Readonly<{ by: 'log'; pattern: string }>
  | (Probe & Timing);

/** Something that is asked from outside, again and again. */
export type Probe =
  | Readonly<{ by: 'tcp'; host: string; port: number }>
  | Readonly<{ by: 'unix'; path: string }>
  /** 2xx and 3xx are success. */
  | Readonly<{ by: 'http'; url: string }>
  | Readonly<{ by: 'exec'; command: Argv }>;

export type Timing = Readonly<{
  /** From the end of one try to the next. */
  interval: number;
  /** For one try. */
  timeout: number;
}>;

export type Health = Readonly<{
  /** undefined: by its own heartbeat alone (`watchdog`). */
  probe: Probe | undefined;
  /** Between two WATCHDOG=1 (sd_notify(3)); undefined: none is expected. */
  watchdog: number | undefined;
  /** Failures in a row that make it unhealthy. */
  retries: number;
  /** After its start, in which a failure does not count. */
  startPeriod: number;
  onFailure: 'restart' | 'none';
}> & Timing;

/** Everything about the process itself. */
export type Launch = Readonly<{
  /** undefined: `./run`. */
  command: Argv | undefined;
  /** Absolute; undefined: the service directory. */
  cwd: string | undefined;
  env: Readonly<Record<string, string>>;
  /** Absolute paths, read at every start, in this order; `env` wins over them. */
  envFiles: readonly string[];
  /** Names whose value is in the file that NAME_FILE says, read at every start. */
  secrets: readonly string[];
  /** Names or numbers; undefined: as n6. */
  user: string | undefined;
  group: string | undefined;
  /** Supplementary ones; undefined: those of the user. */
  groups: readonly string[] | undefined;
  umask: number | undefined;
  /** By the names of prlimit(1), such as `nofile`. */
  limits: Readonly<Record<string, Limit>>;
  nice: number | undefined;
  ionice: Readonly<{ class: 'idle' | 'best-effort' | 'realtime'; level: number | undefined }> | undefined;
  oomScoreAdj: number | undefined;
}>;

export type Limit = Readonly<{ soft: number | 'unlimited'; hard: number | 'unlimited' }>;

export type Schedule = Readonly<{ cron: string; zone: string | undefined }> | Readonly<{ every: number }>;

/** Paths and globs, absolute. For development. */
export type Watch = Readonly<{ paths: readonly string[]; then: 'restart' | 'reload'; quiet: number }>;

/** What becomes of its output. All but `output` is for what n6 reads. */
export type Logs = Readonly<{
  /** `inherit`: it writes to the container's output itself; `capture`: n6 reads every line, and hands it on. */
  output: 'inherit' | 'discard' | 'capture';
  format: LogFormat;
  /** Before each line, after a time; undefined: nothing. A line of JSON has none. */
  prefix: string | undefined;
  /** Lines go to the container's output: those of standard output and of standard error each to their own. */
  container: boolean;
  files: LogFiles | undefined;
  /** Bytes of its newest lines that are kept in memory; undefined: what the setting N6_LOGS_MEMORY says. */
  memory: number | undefined;
  /** Nothing of it is ever thrown away: it waits for a reader who has stopped, and for a disk that is full, as long as that takes. */
  blocking: boolean;
}>;

/** A file that is written, `current`, and those that it has become: the oldest go when there are more than `count`. */
export type LogFiles = Readonly<{
  /** Absolute. */
  directory: string;
  /** Bytes after which a new one begins, with the next line. */
  size: number;
  /** Milliseconds from its first line until a new one begins, with the next line; undefined: by its size alone. */
  age: number | undefined;
  count: number;
  compress: Compression;
}>;

export const PLAIN_LAUNCH: Launch = {
  command: undefined, cwd: undefined, env: {}, envFiles: [], secrets: [], user: undefined, group: undefined, groups: undefined,
  umask: undefined, limits: {}, nice: undefined, ionice: undefined, oomScoreAdj: undefined,
};

export const PLAIN: Policy = {
  description: undefined, kind: 'longrun', needs: [], wants: [], after: [], restart: 'always', successes: [0], backoff: undefined,
  giveUp: undefined, critical: false, stop: undefined, reload: undefined, ready: undefined, readyWithin: undefined, health: undefined,
  up: undefined, down: undefined, launch: PLAIN_LAUNCH, schedule: undefined, watch: undefined,
  logs: undefined, faults: [],
};
