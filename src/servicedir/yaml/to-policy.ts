/** From what is written to what it means: defaults filled in, paths made absolute. */
import path from 'node:path';
import { chosenLogs, FILE_COUNT, FILE_SIZE, namePrefix } from '../../core/logs.ts';
import {
  PLAIN, type HaproxyReload, type Health, type Launch, type Limit, type Logs, type Policy, type Probe, type Readiness, type ReloadPlan,
  type Schedule, type StopPlan,
} from '../../core/policy.ts';
import { DEFAULT, type ServiceYaml } from './keys.ts';
import type { Step } from './forms-time.ts';

type Given<K extends keyof ServiceYaml> = NonNullable<ServiceYaml[K]>;
type Absolute = (place: string) => string;

/** `directory`: where relative paths begin. */
export function toPolicy(yaml: ServiceYaml, service: string, directory: string): Omit<Policy, 'faults'> {
  const absolute: Absolute = (place) => path.resolve(directory, place);
  const { once, backoff } = yaml;
  const isOneshot = once !== undefined && once !== false;
  return {
    description: yaml.description,
    kind: isOneshot ? 'oneshot' : 'longrun',
    needs: [...yaml.needs ?? new Map<string, { restart?: boolean | undefined }>()].map(([name, { restart = false }]) => ({ name, restart })),
    wants: yaml.wants ?? [],
    after: yaml.after ?? [],
    restart: restartOf(yaml),
    successes: yaml['success-codes'] ?? PLAIN.successes,
    backoff: backoff === undefined ? undefined : {
      initial: backoff.initial ?? DEFAULT.initial, factor: backoff.factor ?? DEFAULT.factor, max: backoff.max ?? DEFAULT.max,
      jitter: backoff.jitter ?? DEFAULT.jitter, resetAfter: backoff['reset-after'] ?? DEFAULT.resetAfter,
    },
    giveUp: giveUpOf(yaml['give-up']),
    critical: yaml.critical ?? false,
    stop: yaml.stop === undefined ? undefined : stopOf(yaml.stop),
    reload: yaml.reload === undefined ? undefined : reloadOf(yaml.reload, absolute),
    ready: yaml.ready === undefined ? undefined : readinessOf(yaml.ready, absolute),
    readyWithin: yaml.ready?.timeout,
    health: yaml.health === undefined ? undefined : healthOf(yaml.health, absolute),
    up: typeof once === 'object' ? once.up : undefined,
    down: typeof once === 'object' ? once.down : undefined,
    launch: launchOf(yaml, absolute),
    schedule: yaml.schedule === undefined ? undefined : scheduleOf(yaml.schedule),
    watch: watchOf(yaml.watch, absolute),
    logs: yaml.logs === undefined ? undefined : logsOf(yaml.logs, service, absolute),
  };
}

export const restartOf = ({ restart, once, critical }: ServiceYaml): Policy['restart'] =>
  restart ?? ((once !== undefined && once !== false) || critical === true ? 'never' : 'always');

const giveUpOf = (given: ServiceYaml['give-up']): Policy['giveUp'] =>
  (given?.after === undefined ? undefined : { after: given.after, within: given.within, then: given.then ?? 'fail' });

type StopKeys = Exclude<Given<'stop'>, Step | readonly Step[]>;
const isSteps = (given: Given<'stop'>): given is readonly Step[] => Array.isArray(given);
const isStep = (given: Exclude<Given<'stop'>, readonly Step[]>): given is Step => 'signal' in given;

function stopOf(given: Given<'stop'>): StopPlan {
  const plan: StopKeys = isSteps(given) || isStep(given) ? { signals: given } : given;
  const { signals = { signal: 'SIGTERM', within: undefined }, command, timeout, group = false } = plan;
  const steps = isSteps(signals) ? signals : [signals];
  return {
    // Without a time the next signal would never be sent.
    steps: steps.map(({ signal, within }, i) => ({ signal, within: within ?? timeout ?? (i < steps.length - 1 ? DEFAULT.step : undefined) })),
    command, commandWithin: timeout ?? DEFAULT.stopCommand, group,
  };
}

function reloadOf(given: Given<'reload'>, absolute: Absolute): ReloadPlan {
  const plan: Exclude<typeof given, string> = typeof given === 'string' ? { signal: given } : given;
  const { signal, command, check, verify, timeout } = plan;
  const haproxy = plan.haproxy === undefined ? undefined : haproxyOf(plan.haproxy, absolute);
  return {
    signal: signal ?? (command === undefined && haproxy === undefined ? 'SIGHUP' : undefined), command, check,
    ...(haproxy === undefined ? {} : { haproxy }),
    // The word, and no program of that name.
    verify: verify?.length === 3 && verify[0] === '/bin/sh' && verify[2] === 'notify' ? 'notify' : verify,
    within: timeout ?? DEFAULT.reload,
  };
}

function haproxyOf(given: NonNullable<Exclude<Given<'reload'>, string>['haproxy']>, absolute: Absolute): HaproxyReload | undefined {
  const { master, config, servers } = typeof given === 'string' ? { master: given } as Exclude<typeof given, string> : given;
  if (master === undefined) return undefined;
  return { master: absolute(master), config: config === undefined ? undefined : absolute(config), servers: servers ?? 'reload' };
}

function readinessOf(given: Given<'ready'>, absolute: Absolute): Readiness | undefined {
  if (given.fd !== undefined) return { by: 'fd', descriptor: given.fd };
  if (given.notify !== undefined) return { by: 'notify' };
  if (given.log !== undefined) return { by: 'log', pattern: given.log };
  const probe = probeOf(given, absolute);
  return probe === undefined ? undefined : { ...probe, interval: given.interval ?? DEFAULT.readyInterval, timeout: given['try-timeout'] ?? DEFAULT.tryTimeout };
}

function healthOf(given: Given<'health'>, absolute: Absolute): Health {
  return {
    probe: probeOf(given, absolute), watchdog: given.watchdog, retries: given.retries ?? DEFAULT.retries,
    startPeriod: given['start-period'] ?? DEFAULT.startPeriod, onFailure: given['on-failure'] ?? 'none',
    interval: given.interval ?? DEFAULT.healthInterval, timeout: given.timeout ?? DEFAULT.healthTimeout,
  };
}

function probeOf({ tcp, unix, http, exec }: Pick<Given<'health'>, 'tcp' | 'unix' | 'http' | 'exec'>, absolute: Absolute): Probe | undefined {
  if (tcp !== undefined) return { by: 'tcp', ...tcp };
  if (unix !== undefined) return { by: 'unix', path: absolute(unix) };
  if (http !== undefined) return { by: 'http', url: http };
  return exec === undefined ? undefined : { by: 'exec', command: exec };
}

function logsOf(given: Given<'logs'>, service: string, absolute: Absolute): Logs {
  if (typeof given === 'string') return chosenLogs(given, service);
  const { prefix, directory, container = true, memory, blocking = false } = given;
  const format = given.format ?? (prefix === undefined || prefix === false ? 'raw' : 'prefix');
  return {
    ...chosenLogs(format, service), container, memory, blocking,
    ...(prefix === undefined ? {} : { prefix: prefix === true ? namePrefix(service) : prefix === false ? undefined : prefix }),
    files: directory === undefined ? undefined : {
      directory: absolute(directory), size: given.size ?? FILE_SIZE, age: given.age, count: given.count ?? FILE_COUNT, compress: given.compress ?? 'none',
    },
  };
}

function launchOf(yaml: ServiceYaml, absolute: Absolute): Launch {
  const { ionice } = yaml;
  return {
    command: yaml.command,
    cwd: yaml.cwd === undefined ? undefined : absolute(yaml.cwd),
    env: Object.fromEntries(yaml.env ?? []),
    envFiles: (yaml['env-file'] ?? []).map(absolute),
    secrets: yaml.secrets ?? [],
    user: yaml.user, group: yaml.group, groups: yaml.groups, umask: yaml.umask,
    limits: Object.fromEntries([...yaml.limits ?? []].flatMap(([name, limit]): [string, Limit][] => {
      if (typeof limit !== 'object') return [[name, { soft: limit, hard: limit }]];
      return limit.soft === undefined || limit.hard === undefined ? [] : [[name, { soft: limit.soft, hard: limit.hard }]];
    })),
    nice: yaml.nice,
    ionice: typeof ionice === 'string' ? { class: ionice, level: undefined }
      : ionice?.class === undefined ? undefined : { class: ionice.class, level: ionice.level },
    oomScoreAdj: yaml['oom-score-adj'],
  };
}

function scheduleOf(given: Given<'schedule'>): Schedule | undefined {
  if (typeof given === 'string') return { cron: given, zone: undefined };
  if (given.every !== undefined) return { every: given.every };
  return given.cron === undefined ? undefined : { cron: given.cron, zone: given.zone };
}

function watchOf(given: ServiceYaml['watch'], absolute: Absolute): Policy['watch'] {
  if (given === undefined) return undefined;
  const isList = (value: typeof given): value is readonly string[] => Array.isArray(value);
  const plan: Exclude<typeof given, readonly string[]> = isList(given) ? { paths: given } : given;
  const { paths, then, quiet } = plan;
  return paths === undefined ? undefined : { paths: paths.map(absolute), then: then ?? 'restart', quiet: quiet ?? DEFAULT.quiet };
}
