/**
 * THE list of what a `service.yaml` can say. Its reader, the type of what it reads, `schema/service.schema.json` and the
 * tables of docs/reference/service-yaml.md are derived from it.
 */
import { COMPRESSIONS, FILE_COUNT, FILE_SIZE, LOG_CHOICES, LOG_FORMATS } from '../../core/logs.ts';
import { RESTART_POLICIES } from '../../core/policy.ts';
import { nearest } from '../../core/messages.ts';
import { keys } from './keys-shape.ts';
import {
  account, address, amount, bytes, command, duration, exitCode, limitName, limitNames, literal, oneOrMore, pattern, place, printDuration, serviceName,
  signal, umask, url, variable, VARIABLE,
} from './forms.ts';
import { cron, reloadSignal, stopStep, zone } from './forms-time.ts';
import { choice, either, flag, list, mapOf, number, refuse, text, to, type Key, type Shape, type ValueOf } from './shape.ts';
import type { Written } from './written.ts';

/** Milliseconds, where a key is left out. */
export const DEFAULT = {
  initial: 1000, factor: 2, max: 30_000, jitter: 0.1, resetAfter: 10_000,
  step: 10_000, stopCommand: 10_000, reload: 10_000,
  readyInterval: 500, tryTimeout: 5000, healthInterval: 10_000, healthTimeout: 5000, retries: 3, startPeriod: 0,
  quiet: 300,
} as const;

const key = <T>(shape: Shape<T>, meaning: string, otherwise: string, example: string): Key<T> => ({ shape, meaning, otherwise, example });
const must = <T>(shape: Shape<T>, meaning: string, example: string): Key<T> =>
  ({ shape, meaning, otherwise: 'none: it has to be there', example, required: true });
const time = (meaning: string, otherwise: number, example: string): Key<number> => key(duration(), meaning, `\`${printDuration(otherwise)}\``, example);
const span = (meaning: string, otherwise: number, example: string): Key<number> =>
  key(duration({ positive: true }), meaning, `\`${printDuration(otherwise)}\``, example);

const one = <C extends string>(...words: C[]): Shape<C> => choice(words, nearest);
const names = list(serviceName, 'names of services');

type NeedKeys = { readonly restart?: boolean | undefined };
const needs: Shape<ReadonlyMap<string, NeedKeys>> = either(
  to(names, (listed, written, at) => {
    const twice = listed.find((name, i) => listed.indexOf(name) < i);
    return twice === undefined ? new Map(listed.map((name) => [name, {}])) : refuse(written, at, `a list without ${twice} twice`, 'take one of them away');
  }),
  mapOf({ expected: 'the name of a service', pattern: /^[^/.][^/]*(?:\/log)?$/ }, orNothing(keys({
    restart: key(flag, 'whenever the other one goes down, for whatever reason, this one is restarted, after the other one is ready again', 'false', 'true'),
  })), 'names of services'),
);

/** `db:` with nothing after it. */
function orNothing<T extends object>(shape: Shape<T>): Shape<T> {
  return {
    ...shape,
    schema: { anyOf: [shape.schema, { type: 'null' }] },
    kinds: [...shape.kinds, 'nothing'],
    read: (written: Written, at) => (written.kind === 'nothing' ? {} as T : shape.read(written, at)),
  };
}

const limit = either(amount, keys({
  soft: must(amount, 'what the process feels; it may raise it up to the hard one', '1024'),
  hard: must(amount, 'what only root may raise', '4096'),
}));

const PROBES = {
  tcp: key(address, 'a connection to this port is accepted; `host:port`, or a port of 127.0.0.1', 'not asked', '5432'),
  unix: key(place, 'a connection to this socket is accepted', 'not asked', '/run/app.sock'),
  http: key(url, 'GET is answered with a status from 200 to 399', 'not asked', 'http://127.0.0.1:8080/health'),
  exec: key(command, 'this command ends with 0; it runs as the service does', 'not asked', '[pg_isready, -q]'),
} as const;

const stopSteps = list(stopStep, 'signals with times', { least: 1, most: 20 });

const conditions = keys({
  env: key(oneOrMore(text('NAME or NAME=VALUE', 'DEBUG', /^[A-Za-z_][A-Za-z0-9_]*(?:=[^\0]*)?$/), 'variables'),
    'the container has this variable and it is not empty, or it has this value; of a list, all of them', 'not asked', 'CACHE=redis'),
  file: key(oneOrMore(place, 'paths'), 'this file or directory is there; of a list, all of them', 'not asked', '/etc/cache.conf'),
}, { some: ['env', 'file'] });

export const SERVICE = {
  'description': key(text('text', '"the shop\'s database"'), 'what it is for, for people', 'none', "the shop's database"),
  'command': key(command, 'what is started instead of `./run`', '`./run`', '[postgres, -D, /data]'),
  'needs': key(needs, 'services that must be ready, or done, before this one is started, and that are stopped after it', 'none', '[db, migrate]'),
  'wants': key(names, 'services that are started, too, and waited for until they are ready or have failed once', 'none', '[cache]'),
  'after': key(names, 'services that are waited for if they are to be started anyway', 'none', '[log]'),
  'user': key(account, 'user that it runs as (setpriv(1)): a name, or a number that needs no entry in /etc/passwd', 'as n6', 'www'),
  'group': key(account, 'its group', 'that of the user', 'www'),
  'groups': key(list(account, 'groups', { most: 64 }), 'its supplementary groups (credentials(7))', 'those of the user', '[ssl-cert]'),
  'cwd': key(place, 'its working directory; a relative path begins in the service directory', 'the service directory', '/srv'),
  'env': key(mapOf(VARIABLE, literal, 'variables'), 'variables that it gets, over all others', 'none', '{ LANG: C.UTF-8 }'),
  'env-file': key(oneOrMore(place, 'paths'), 'files of lines NAME=VALUE, read at every start, a later one over an earlier one', 'none', '[/etc/app.env]'),
  'secrets': key(list(variable, 'names of variables'),
    'variables whose value is in the file that NAME_FILE names, read at every start', 'none', '[DB_PASSWORD]'),
  'umask': key(umask, 'bits that are taken from the mode of what it creates (umask(2)): octal, in quotes', 'that of n6', '"027"'),
  'limits': key(mapOf(limitName, limit, 'limits'), `limits of prlimit(1): ${limitNames.join(' ')}; sizes in bytes, or with k, m, g`,
    'those of n6', '{ nofile: 4096, core: unlimited }'),
  'nice': key(number(-20, 19), 'nice value (setpriority(2)): the higher, the less of the processor it gets; below 0 only as root', 'that of n6', '5'),
  'ionice': key(either(one('idle', 'best-effort', 'realtime'), keys({
    class: must(one('idle', 'best-effort', 'realtime'), 'class of ionice(1)', 'best-effort'),
    level: key(number(0, 7), 'level in the class, 0 is first; `idle` has none', 'the kernel\'s', '7'),
  })), 'class of its disk accesses (ionice(1))', 'that of n6', 'idle'),
  'oom-score-adj': key(number(-1000, 1000), 'how readily the kernel ends it when memory is short (proc(5), oom_score_adj); below that of n6 only as root',
    'that of n6', '500'),
  'restart': key(one(...RESTART_POLICIES), 'when it is started again after it has ended',
    '`always`; `never` for oneshots and for `critical: true`', 'on-failure'),
  'success-codes': key(list(exitCode, 'exit codes and signals', { least: 1 }),
    'exit codes from 0 to 255, and signals, that are no failure', '`[0]`', '[0, 143, TERM]'),
  'backoff': key(keys({
    'initial': time('wait before the second restart in a row; the first one is at once', DEFAULT.initial, '1s'),
    'factor': key(number(1, 100, { whole: false }), 'each wait is so many times the one before', String(DEFAULT.factor), '2'),
    'max': time('no wait is longer', DEFAULT.max, '30s'),
    'jitter': key(number(0, 1, { whole: false }), 'so much of each wait, at most, is added or taken by chance; 0.1 is a tenth', String(DEFAULT.jitter), '0.1'),
    'reset-after': time('a life of this length ends the row', DEFAULT.resetAfter, '10s'),
  }), 'waits between restarts',
    "the container's rule: at least one second between two starts", '{ initial: 1s, factor: 2, max: 30s }'),
  'give-up': key(keys({
    after: must(number(1, 100_000), 'so many failures are too many', '5'),
    within: key(duration({ positive: true }), 'counted over this time', 'in a row, without a life of `backoff.reset-after` between them', '1m'),
    then: key(one('fail', 'shutdown'), '`fail`: it stays down; `shutdown`: the container ends', '`fail`', 'shutdown'),
  }), 'when it is not started again after failures', 'never', '{ after: 5, within: 1m, then: fail }'),
  'critical': key(flag, 'the container ends, with its exit code, when it has ended for good by itself', 'false', 'true'),
  'stop': key(either(stopStep, stopSteps, keys({
    signals: key(either(stopStep, stopSteps), 'signals, one after the other', '`TERM`', '[USR1 10s, TERM 5s, KILL]'),
    command: key(command, 'run before the first signal, with N6_PID and MAINPID', 'none', '[app, shutdown]'),
    timeout: span('time for the command, and for each signal that says none of its own; then the next signal, after the last one KILL', DEFAULT.step, '10s'),
    group: key(flag, 'signals go to its process group', 'false', 'true'),
  })), 'how it is stopped: a signal, a list of signals each with the time until the next, or these keys; '
    + `a signal without a time that another one follows has ${printDuration(DEFAULT.step)}, the last one waits for ever`, '`TERM`, then wait for ever',
  '[TERM 10s, KILL]'),
  'reload': key(either(reloadSignal, keys({
    signal: key(signal, 'sent to it', '`HUP`, unless there is a command or `haproxy`', 'USR2'),
    command: key(command, 'run instead of a signal', 'none', '[nginx, -s, reload]'),
    haproxy: key(either(place, keys({
      master: must(place, 'socket of its master: it is started with `-W -S` and this path', '/run/ha/master.sock'),
      config: key(place, 'its configuration, whose servers it must have afterwards (`show stat`)', 'nobody looks', '/run/ha/haproxy.cfg'),
      servers: key(one('reload', 'runtime'), '`runtime`: where only servers have come, gone or moved since n6 told it last, it is told so and not '
        + 'reloaded; needs `config`', '`reload`', 'runtime'),
    })), 'it is HAProxy: reloaded through the socket of its master, which tells whether that has worked', 'no', '{ master: /run/ha/master.sock }'),
    check: key(command, 'has to end with 0 before anything is done', 'none', '[nginx, -t]'),
    verify: key(command, 'has to end with 0 afterwards; `notify`: the service says RELOADING=1 and then READY=1', 'none', 'notify'),
    timeout: span('time for each of these', DEFAULT.reload, '10s'),
  })), 'what `svc reload` does: a signal, or these keys', '`HUP`', '{ check: [nginx, -t], signal: HUP }'),
  'ready': key(keys({
    'fd': key(number(3, 1023), 'it writes a newline to this descriptor, as with `notification-fd`', 'not used', '3'),
    'notify': key(flag, 'it sends READY=1 (sd_notify(3))', 'not used', 'true'),
    ...PROBES,
    'log': key(pattern, 'a line of its output matches this regular expression', 'not used', '"ready to accept connections"'),
    'timeout': key(duration({ positive: true }), 'it has to be ready so soon after its start; else that is a failure and it is stopped', 'no limit', '30s'),
    'interval': span('from one try to the next, for tcp, unix, http and exec', DEFAULT.readyInterval, '500ms'),
    'try-timeout': span('time for one try, for tcp, unix, http and exec', DEFAULT.tryTimeout, '5s'),
  }, { one: ['fd', 'notify', 'tcp', 'unix', 'http', 'exec', 'log'] }), 'how it is known that it is ready',
    'it is ready when it is up', '{ tcp: 5432, timeout: 30s }'),
  'health': key(keys({
    ...PROBES,
    'watchdog': key(duration({ positive: true }), 'it sends WATCHDOG=1 (sd_notify(3)) at least so often', 'not expected', '30s'),
    'interval': span('from one try to the next', DEFAULT.healthInterval, '10s'),
    'timeout': span('time for one try', DEFAULT.healthTimeout, '2s'),
    'retries': key(number(1, 1000), 'failures in a row that make it unhealthy', String(DEFAULT.retries), '3'),
    'start-period': time('after its start, in which failures do not count', DEFAULT.startPeriod, '10s'),
    'on-failure': key(one('restart', 'none'), '`restart`: it is stopped and started again when it is unhealthy; `none`: it is only shown', '`none`', 'restart'),
  }, { some: ['tcp', 'unix', 'http', 'exec', 'watchdog'] }), 'how it is known that it works', 'not asked', '{ http: http://127.0.0.1/health, on-failure: restart }'),
  'logs': key(either(one(...LOG_CHOICES), keys({
    'format': key(one(...LOG_FORMATS), '`raw`: a line is handed on as it is; `prefix`: after the name of its service; `timestamps`: after the time, '
      + 'in UTC; `json`: as an object with `at`, `service`, `stream` and `text`', '`raw`, or `prefix` where that key is', 'json'),
    'prefix': key(either(flag, text('text', '"web: "')), 'put before each line, after the time; `true`: its name',
      'its name with `format: prefix`, else nothing', 'true'),
    'container': key(flag, 'lines go to the output of the container', 'true', 'false'),
    'directory': key(place, 'directory for files that n6 writes, of this service alone: `current`, and those that it has become', 'no files', '/var/log/web'),
    'size': key(bytes(1024), 'size after which a new file begins', `\`${FILE_SIZE / 2 ** 20}m\``, '10m'),
    'age': key(duration({ positive: true }), 'age of its first line after which a new file begins, with the next line', 'by size alone', '1d'),
    'count': key(number(1, 10_000), 'files that are kept beside `current`; the oldest go', String(FILE_COUNT), '10'),
    'compress': key(one(...COMPRESSIONS), 'what becomes of a file that is full; `zstd` needs Node 22.15', '`none`', 'gzip'),
    'memory': key(bytes(0), 'how much of its newest lines is kept in memory, for `svc logs`', 'N6_LOGS_MEMORY', '1m'),
    'blocking': key(flag, 'true: nothing is ever thrown away; it waits for whoever reads, and for the disk, as long as that takes', 'false', 'true'),
  })), 'where its output goes: `inherit`, straight to that of the container; `discard`, to nowhere; else n6 reads it line by line and hands it on, '
    + 'in this format or as these keys say', 'N6_LOGS', '{ format: prefix, directory: /var/log/web }'),
  'watch': key(either(list(place, 'paths and globs', { least: 1 }), keys({
    paths: must(list(place, 'paths and globs', { least: 1 }), 'what is watched; relative ones begin in the service directory', '[src/**]'),
    then: key(one('restart', 'reload'), 'what a change does', '`restart`', 'reload'),
    quiet: time('changes that follow each other so soon are one', DEFAULT.quiet, '300ms'),
  })), 'for development: files whose change restarts or reloads it', 'nothing is watched', '[src/**]'),
  'schedule': key(either(cron, keys({
    cron: key(cron, 'five fields (crontab(5)): minute, hour, day of the month, month, day of the week', 'none', '"*/5 * * * *"'),
    zone: key(zone, 'time zone of `cron`', 'that of the container', 'Europe/Berlin'),
    every: key(duration({ positive: true }), 'from one start to the next', 'none', '10m'),
  }, { one: ['cron', 'every'] })), 'when it is started, for oneshots; not at boot; a time while it runs is skipped', 'at boot', '"*/5 * * * *"'),
  'once': key(either(flag, keys({
    up: key(command, 'what it does', '`command`, or `./run`', '[migrate, up]'),
    down: key(command, 'what takes it back, when it is stopped', 'nothing', '[migrate, down]'),
  }, { some: ['up', 'down'] })), 'it runs to its end and is then done: a oneshot', 'false', 'true'),
  'instances': key(number(1, 1000), 'how many of it run; comes with a later version, which this one refuses', '1', '4'),
  'enabled-if': key(conditions, 'it is there only if this is so', 'it is there', '{ env: CACHE=redis }'),
} as const;

export const SERVICE_SHAPE = keys(SERVICE);
/** What a file says, read and each value checked by itself. */
export type ServiceYaml = ValueOf<typeof SERVICE_SHAPE>;

