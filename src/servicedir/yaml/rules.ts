/** What two keys, or a key and a file of s6, may not say together. */
import type { ServiceYaml } from './keys.ts';
import { DEFAULT } from './keys.ts';
import { printDuration } from './forms.ts';
import { restartOf } from './to-policy.ts';

/** `key`: where it is said. */
export type Tell = (key: string, value: string | undefined, expected: string, remedy: string) => void;
type Rule = (yaml: ServiceYaml, tell: Tell, service: string) => void;

/** Files of s6 and of s6-rc, and the keys that say the same thing. */
export const SAME: readonly (readonly [file: string, keys: readonly string[], remedy?: string])[] = [
  ['run', ['command', 'once.up']],
  ['notification-fd', ['ready']],
  ['timeout-kill', ['stop']],
  ['down-signal', ['stop']],
  ['flag-timeout-killpg', ['stop']],
  ['reload-signal', ['reload']],
  ['log', ['logs']],
  ['type', ['once', 'enabled-if'], 'take the key away: a definition of s6-rc is a longrun, and is there'],
];

/** `present`: names of files that are there; `written`: keys. */
export function conflicts(present: ReadonlySet<string>, written: (key: string) => boolean, tell: Tell): void {
  for (const [file, keys, remedy = 'take one of them away: they say the same thing'] of SAME) {
    if (!present.has(file)) continue;
    for (const key of keys.filter(written)) tell(key, key, `the key ${key} or the file ${file}, not both`, remedy);
  }
}

/** All problems that are there. */
export function checkTogether(yaml: ServiceYaml, service: string, tell: Tell): void {
  for (const rule of RULES) rule(yaml, tell, service);
}

const isOneshot = ({ once }: ServiceYaml): boolean => once !== undefined && once !== false;

const names: Rule = (yaml, tell, service) => {
  const seen = new Map<string, string>();
  for (const key of ['needs', 'wants', 'after'] as const) {
    const listed = yaml[key];
    const listedNames: Iterable<string> = listed === undefined ? [] : 'keys' in listed && 'get' in listed ? listed.keys() : listed;
    for (const name of listedNames) {
      const before = seen.get(name);
      if (name === service) tell(key, name, `${key} to name other services`, 'a service cannot wait for itself; take it away');
      else if (before === key) tell(key, name, `each name once in ${key}`, 'take one away');
      else if (before !== undefined) tell(key, name, `a name in ${before} or in ${key}, not in both`, `take it out of ${key}: ${before} says more`);
      seen.set(name, before ?? key);
    }
  }
};

const instances: Rule = (yaml, tell) => {
  if (yaml.instances === undefined) return;
  tell('instances', String(yaml.instances), 'no instances yet', 'they come with a later version of n6; make a directory for each');
};

const command: Rule = ({ command: given, once }, tell) => {
  if (given !== undefined && typeof once === 'object' && once.up !== undefined) {
    tell('command', 'command', 'the key command or the key once.up, not both', 'take one of them away: they say the same thing');
  }
};

const restarts: Rule = (yaml, tell) => {
  const restart = restartOf(yaml);
  const { critical, backoff } = yaml;
  const giveUp = yaml['give-up'];
  if (isOneshot(yaml) && restart === 'always') {
    tell('restart', 'always', 'restart of a oneshot to be on-failure or never', 'with always it would never be done');
  }
  if (critical === true && restart === 'always' && giveUp === undefined && !isOneshot(yaml)) {
    tell('critical', 'true', 'critical with an end', 'with restart: always it never ends for good; write give-up, or restart: on-failure or never');
  }
  if (restart === 'never') {
    const why = yaml.restart !== undefined ? 'with restart: never it is not restarted'
      : `${isOneshot(yaml) ? 'a oneshot' : 'a critical service'} is not restarted unless restart says so`;
    for (const key of ['backoff', 'give-up'] as const) {
      if (yaml[key] !== undefined) tell(key, key, `no ${key} without restarts`, `${why}; take it away, or write restart: on-failure`);
    }
  }
  if (backoff !== undefined && (backoff.max ?? DEFAULT.max) < (backoff.initial ?? DEFAULT.initial)) {
    const initial = printDuration(backoff.initial ?? DEFAULT.initial);
    tell('backoff.max', printDuration(backoff.max ?? DEFAULT.max), 'backoff.max to be at least backoff.initial', `raise it to ${initial}`);
  }
  if (giveUp?.after === undefined || giveUp.within === undefined) return;
  const least = leastTime(giveUp.after, backoff);
  if (least > giveUp.within) {
    tell('give-up.within', printDuration(giveUp.within), `give-up.within to be long enough for ${giveUp.after} failures`,
      `the waits between them take ${printDuration(Math.ceil(least / 1000) * 1000)} alone; lengthen it, or lower give-up.after`);
  }
};

/** Milliseconds that so many failures take at least: their waits. The first restart is at once; without `backoff` a second is between two starts. */
function leastTime(failures: number, backoff: ServiceYaml['backoff']): number {
  if (backoff === undefined) return (failures - 1) * 1000;
  const { initial = DEFAULT.initial, factor = DEFAULT.factor, max = DEFAULT.max, jitter = DEFAULT.jitter } = backoff;
  let sum = 0;
  for (let i = 0, wait = initial; i < failures - 2; i++, wait = Math.min(max, wait * factor)) sum += Math.min(max, wait) * (1 - jitter);
  return sum;
}

const oneshots: Rule = (yaml, tell) => {
  if (yaml.schedule !== undefined && !isOneshot(yaml)) tell('schedule', 'schedule', 'a schedule for oneshots only', 'write once: true, too');
  if (!isOneshot(yaml)) return;
  for (const key of ['ready', 'health', 'reload'] as const) {
    if (yaml[key] !== undefined) tell(key, key, `no ${key} for a oneshot`, 'it is ready when it is done; take it away, or take once away');
  }
};

const stops: Rule = ({ stop }, tell) => {
  const steps = stop === undefined ? undefined : Array.isArray(stop) ? stop : 'signals' in stop ? stop.signals : undefined;
  const listed = Array.isArray(steps) ? steps as readonly { signal: string }[] : [];
  if (listed.slice(0, -1).some(({ signal }) => signal === 'SIGKILL')) {
    tell('stop', 'KILL', 'KILL as the last signal of stop', 'nothing outlives it; take away what follows');
  }
};

const reloads: Rule = ({ reload }, tell) => {
  if (typeof reload !== 'object') return;
  if (reload.signal !== undefined && reload.command !== undefined) {
    tell('reload.command', 'command', 'reload.signal or reload.command, not both', 'take one of them away');
  }
  const { haproxy } = reload;
  const other = haproxy === undefined ? undefined : (['signal', 'command'] as const).find((key) => reload[key] !== undefined);
  if (other !== undefined) tell(`reload.${other}`, other, `reload.haproxy or reload.${other}, not both`, 'take one of them away');
  if (typeof haproxy === 'object' && haproxy.servers === 'runtime' && haproxy.config === undefined) {
    tell('reload.haproxy.servers', 'runtime', 'servers: runtime with config', 'name the file that has its servers');
  }
};

const probes: Rule = ({ ready, health }, tell) => {
  if (ready?.notify === false) tell('ready.notify', 'false', 'ready.notify to be true', 'take ready away if it does not say that it is ready');
  if (ready !== undefined && (ready.fd ?? ready.notify ?? ready.log) !== undefined) {
    for (const key of ['interval', 'try-timeout'] as const) {
      if (ready[key] !== undefined) tell(`ready.${key}`, key, `ready.${key} with tcp, unix, http or exec`, 'the service speaks by itself; take it away');
    }
  }
  if (health === undefined) return;
  const asked = (['tcp', 'unix', 'http', 'exec'] as const).filter((key) => health[key] !== undefined);
  if (asked.length > 1) tell(`health.${asked[1]}`, asked.join(', '), 'only one of tcp, unix, http and exec in health', 'take away all but one');
  if (asked.length > 0) return;
  for (const key of ['interval', 'timeout'] as const) {
    if (health[key] === undefined || health.watchdog === undefined) continue;
    tell(`health.${key}`, key, `health.${key} with tcp, unix, http or exec`, 'watchdog says its own time; take it away');
  }
};

const launch: Rule = ({ limits, ionice, env, secrets }, tell) => {
  for (const [name, limit] of limits ?? []) {
    if (typeof limit !== 'object' || limit.soft === undefined || limit.hard === undefined || limit.hard === 'unlimited') continue;
    if (limit.soft !== 'unlimited' && limit.soft <= limit.hard) continue;
    tell(`limits.${name}`, String(limit.soft), `limits.${name}.soft to be at most its hard one`, `lower it to ${limit.hard}`);
  }
  if (typeof ionice === 'object' && ionice.class === 'idle' && ionice.level !== undefined) {
    tell('ionice.level', String(ionice.level), 'no level with idle', 'take it away');
  }
  for (const name of secrets ?? []) {
    if (env?.has(name) === true) tell('secrets', name, 'a variable in env or in secrets, not in both', 'take it out of one of them');
  }
};

const logs: Rule = ({ logs: given }, tell) => {
  if (typeof given !== 'object') return;
  for (const key of ['size', 'age', 'count', 'compress'] as const) {
    if (given[key] === undefined || given.directory !== undefined) continue;
    tell(`logs.${key}`, key, `logs.${key} with logs.directory`, 'name the directory for its files, or take it away');
  }
  if (given.format === 'json' && given.prefix !== undefined) {
    tell('logs.prefix', 'prefix', 'no prefix with format: json', 'take it away: each line has its service in it');
  }
  // The runtime that n6 itself has (node:zlib, 22.15).
  if (given.compress === 'zstd' && process.versions['zstd'] === undefined) {
    const remedy = `Node ${process.versions.node} has no zstd; write gzip, or use the layer with its own runtime`;
    tell('logs.compress', 'zstd', 'a compression that this Node has', remedy);
  }
};

const RULES: readonly Rule[] = [names, instances, command, restarts, oneshots, stops, reloads, probes, launch, logs];
