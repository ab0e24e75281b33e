/** What a service was started with: its definition and policy. Whoever adds a field there is led here by the compiler. */
import type { Definition } from '../definition.ts';
import { COMPRESSIONS, LOG_FORMATS } from '../logs.ts';
import {
  PLAIN, PLAIN_LAUNCH, RESTART_POLICIES, type Health, type Launch, type Logs, type Policy, type Probe, type Readiness, type Schedule, type Timing,
} from '../policy.ts';
import { either, flag, list, moment, natural, number, object, oneOf, optional, record, tagged, text, withDefaults, type Codec, type Fields } from './codec.ts';

const argv = list(text);
const timing: Fields<Timing> = { interval: number, timeout: number };

const PROBES = {
  tcp: object<Omit<Extract<Probe, { by: 'tcp' }>, 'by'>>({ host: text, port: number }),
  unix: object<Omit<Extract<Probe, { by: 'unix' }>, 'by'>>({ path: text }),
  http: object<Omit<Extract<Probe, { by: 'http' }>, 'by'>>({ url: text }),
  exec: object<Omit<Extract<Probe, { by: 'exec' }>, 'by'>>({ command: argv }),
} as const;
const probe: Codec<Probe> = tagged<'by', Probe>('by', PROBES);

/** With the timing beside the rest of it. */
const timed = <T extends object>(codec: Codec<T>): Codec<T & Timing> => (value, at) => ({ ...codec(value, at), ...object<Timing>(timing)(value, at) });

const readiness: Codec<Readiness> = tagged<'by', Readiness>('by', {
  fd: object({ descriptor: natural }),
  notify: object({}),
  log: object({ pattern: text }),
  tcp: timed(PROBES.tcp), unix: timed(PROBES.unix), http: timed(PROBES.http), exec: timed(PROBES.exec),
});

const health: Codec<Health> = object<Health>({
  ...timing, probe: optional(probe), watchdog: optional(number), retries: number, startPeriod: number, onFailure: oneOf('restart', 'none'),
});

const limit = either(number, oneOf('unlimited'));

const launch: Codec<Launch> = withDefaults<Launch>(PLAIN_LAUNCH, {
  command: optional(argv), cwd: optional(text), env: record(text), envFiles: list(text), secrets: list(text),
  user: optional(text), group: optional(text), groups: optional(list(text)), umask: optional(number),
  limits: record(object({ soft: limit, hard: limit })),
  nice: optional(number), ionice: optional(object({ class: oneOf('idle', 'best-effort', 'realtime'), level: optional(number) })),
  oomScoreAdj: optional(number),
});

const schedule: Codec<Schedule> = either(
  object<Extract<Schedule, { cron: string }>>({ cron: text, zone: optional(text) }),
  object<Extract<Schedule, { every: number }>>({ every: number }),
);

const logs: Codec<Logs> = object<Logs>({
  output: oneOf('inherit', 'discard', 'capture'),
  format: oneOf(...LOG_FORMATS),
  prefix: optional(text),
  container: flag,
  files: optional(object({ directory: text, size: number, age: optional(number), count: natural, compress: oneOf(...COMPRESSIONS) })),
  memory: optional(number),
  blocking: flag,
});

export const policyCodec: Codec<Policy> = withDefaults<Policy>(PLAIN, {
  description: optional(text),
  kind: oneOf('longrun', 'oneshot'),
  needs: list(object({ name: text, restart: flag })),
  wants: list(text),
  after: list(text),
  restart: oneOf(...RESTART_POLICIES),
  successes: list(either(number, text)),
  backoff: optional(object({ initial: number, factor: number, max: number, jitter: number, resetAfter: number })),
  giveUp: optional(object({ after: number, within: optional(number), then: oneOf('fail', 'shutdown') })),
  critical: flag,
  stop: optional(object({
    steps: list(object({ signal: text, within: optional(number) })), command: optional(argv), commandWithin: number, group: flag,
  })),
  reload: optional(object({
    signal: optional(text), command: optional(argv), check: optional(argv), verify: optional(either(oneOf('notify'), argv)), within: number,
    haproxy: optional(object({ master: text, config: optional(text), servers: oneOf('reload', 'runtime') })),
  })),
  ready: optional(readiness),
  readyWithin: optional(number),
  health: optional(health),
  up: optional(argv),
  down: optional(argv),
  launch,
  schedule: optional(schedule),
  watch: optional(object({ paths: list(text), then: oneOf('restart', 'reload'), quiet: number })),
  logs: optional(logs),
  faults: list(text),
});

export const definitionCodec: Codec<Definition> = object<Definition>({
  name: text,
  directory: text,
  startsDown: flag,
  notificationDescriptor: optional(natural),
  hasFinish: flag,
  stopSignal: text,
  reloadSignal: text,
  killAfter: optional(moment),
  killsGroup: flag,
  lockDescriptor: optional(natural),
  pidNamespace: flag,
  finishWithin: optional(moment),
  tallySize: natural,
  stdoutPipe: optional(text),
  stdinPipe: optional(text),
  policy: policyCodec,
  fingerprint: text,
});
