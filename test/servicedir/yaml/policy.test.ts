/** What a service.yaml makes of a service directory. */
import { describe, expect, test } from 'vitest';
import { chosenLogs } from '../../../src/core/logs.ts';
import { PLAIN, PLAIN_LAUNCH } from '../../../src/core/policy.ts';
import { RUN, readYaml } from './help.ts';

test('everything at once', () => {
  const { definition, told } = readYaml(`
description: the shop's database
command: [postgres, -D, /data, 10]
needs: { db: { restart: true }, migrate: }
wants: [cache]
after: [log]
user: www
group: 33
groups: [ssl]
cwd: data
umask: "027"
env: { A: 1.0, B: "", C: yes, D: true }
env-file: [/etc/a.env, b.env]
secrets: [TOKEN]
limits: { nofile: 4096, core: unlimited, nproc: { soft: 100, hard: 200 }, memlock: 64k }
nice: 5
ionice: idle
oom-score-adj: 500
restart: on-failure
success-codes: [0, 143, TERM]
backoff: { initial: 1s, factor: 2, max: 30s, jitter: 0.1, reset-after: 10s }
give-up: { after: 5, within: 1m, then: shutdown }
critical: true
stop: { signals: [USR1 10s, TERM 5s, KILL], command: [app, stop], timeout: 7s, group: true }
reload: { signal: USR2, check: [nginx, -t], verify: notify, timeout: 1.5m }
ready: { http: "http://127.0.0.1:80/", timeout: 30s, interval: 500ms }
health: { tcp: 80, interval: 10s, timeout: 2s, retries: 3, start-period: 10s, on-failure: restart }
logs: { prefix: true }
watch: [src/**]
`, {});
  expect(told).toEqual([]);
  expect(definition.policy).toEqual({
    ...PLAIN,
    description: "the shop's database",
    needs: [{ name: 'db', restart: true }, { name: 'migrate', restart: false }],
    wants: ['cache'],
    after: ['log'],
    restart: 'on-failure',
    successes: [0, 143, 'SIGTERM'],
    backoff: { initial: 1000, factor: 2, max: 30_000, jitter: 0.1, resetAfter: 10_000 },
    giveUp: { after: 5, within: 60_000, then: 'shutdown' },
    critical: true,
    stop: {
      steps: [{ signal: 'SIGUSR1', within: 10_000 }, { signal: 'SIGTERM', within: 5000 }, { signal: 'SIGKILL', within: 7000 }],
      command: ['app', 'stop'], commandWithin: 7000, group: true,
    },
    reload: { signal: 'SIGUSR2', command: undefined, check: ['nginx', '-t'], verify: 'notify', within: 90_000 },
    ready: { by: 'http', url: 'http://127.0.0.1:80/', interval: 500, timeout: 5000 },
    readyWithin: 30_000,
    health: {
      probe: { by: 'tcp', host: '127.0.0.1', port: 80 }, watchdog: undefined, retries: 3, startPeriod: 10_000, onFailure: 'restart', interval: 10_000,
      timeout: 2000,
    },
    launch: {
      command: ['postgres', '-D', '/data', '10'], cwd: `${definition.directory}/data`, env: { A: '1.0', B: '', C: 'yes', D: 'true' },
      envFiles: ['/etc/a.env', `${definition.directory}/b.env`], secrets: ['TOKEN'], user: 'www', group: '33', groups: ['ssl'], umask: 0o27,
      limits: {
        nofile: { soft: 4096, hard: 4096 }, core: { soft: 'unlimited', hard: 'unlimited' },
        nproc: { soft: 100, hard: 200 }, memlock: { soft: 65_536, hard: 65_536 },
      },
      nice: 5, ionice: { class: 'idle', level: undefined }, oomScoreAdj: 500,
    },
    watch: { paths: [`${definition.directory}/src/**`], then: 'restart', quiet: 300 },
    logs: chosenLogs('prefix', 'web'),
  });
});

describe('short and long forms', () => {
  const policyOf = (yaml: string): unknown => {
    const { definition, told } = readYaml(yaml, yaml.startsWith('command') ? {} : RUN);
    expect(told).toEqual([]);
    return definition.policy;
  };
  const T = 'TERM';
  test.each([
    ['', PLAIN],
    ['# nothing\n', PLAIN],
    ['command: exec app --port 80', { ...PLAIN, launch: { ...PLAIN_LAUNCH, command: ['/bin/sh', '-c', 'exec app --port 80'] } }],
    [`stop: ${T}`, { ...PLAIN, stop: { steps: [{ signal: 'SIGTERM', within: undefined }], command: undefined, commandWithin: 10_000, group: false } }],
    [`stop: [USR1, ${T} 3s]`, {
      ...PLAIN,
      stop: { steps: [{ signal: 'SIGUSR1', within: 10_000 }, { signal: 'SIGTERM', within: 3000 }], command: undefined, commandWithin: 10_000, group: false },
    }],
    ['reload: usr1', { ...PLAIN, reload: { signal: 'SIGUSR1', command: undefined, check: undefined, verify: undefined, within: 10_000 } }],
    ['reload: { check: "true" }', {
      ...PLAIN, reload: { signal: 'SIGHUP', command: undefined, check: ['/bin/sh', '-c', 'true'], verify: undefined, within: 10_000 },
    }],
    ['reload: { haproxy: /run/ha.sock }', {
      ...PLAIN, reload: {
        signal: undefined, command: undefined, check: undefined, verify: undefined, within: 10_000,
        haproxy: { master: '/run/ha.sock', config: undefined, servers: 'reload' },
      },
    }],
    ['reload: { haproxy: { master: /run/ha.sock, config: /etc/haproxy.cfg, servers: runtime }, timeout: 5s }', {
      ...PLAIN, reload: {
        signal: undefined, command: undefined, check: undefined, verify: undefined, within: 5000,
        haproxy: { master: '/run/ha.sock', config: '/etc/haproxy.cfg', servers: 'runtime' },
      },
    }],
    ['once: true', { ...PLAIN, kind: 'oneshot', restart: 'never' }],
    ['once: false', PLAIN],
    ['once: { down: [undo] }', { ...PLAIN, kind: 'oneshot', restart: 'never', down: ['undo'] }],
    ['critical: true', { ...PLAIN, critical: true, restart: 'never' }],
    ...(['inherit', 'discard', 'raw', 'prefix', 'timestamps', 'json'] as const).map((word): [string, unknown] =>
      [`logs: ${word}`, { ...PLAIN, logs: chosenLogs(word, 'web') }]),
    ['logs: { prefix: "w| " }', { ...PLAIN, logs: { ...chosenLogs('prefix', 'web'), prefix: 'w| ' } }],
    ['logs: { format: timestamps, prefix: true, container: false, memory: 1m, blocking: true }', {
      ...PLAIN, logs: { ...chosenLogs('timestamps', 'web'), prefix: 'web: ', container: false, memory: 1_048_576, blocking: true },
    }],
    ['logs: { directory: /var/log/web }', {
      ...PLAIN, logs: { ...chosenLogs('raw', 'web'), files: { directory: '/var/log/web', size: 10_485_760, age: undefined, count: 10, compress: 'none' } },
    }],
    ['logs: { directory: /l, size: 1m, age: 1d, count: 3, compress: gzip }', {
      ...PLAIN, logs: { ...chosenLogs('raw', 'web'), files: { directory: '/l', size: 1_048_576, age: 86_400_000, count: 3, compress: 'gzip' } },
    }],
    ['ready: { tcp: "[::1]:5432" }', { ...PLAIN, ready: { by: 'tcp', host: '::1', port: 5432, interval: 500, timeout: 5000 } }],
    ['ready: { notify: true }', { ...PLAIN, ready: { by: 'notify' } }],
    ['ready: { log: "^up$" }', { ...PLAIN, ready: { by: 'log', pattern: '^up$' } }],
    ['ready: { unix: /run/a.sock, try-timeout: 1s }', { ...PLAIN, ready: { by: 'unix', path: '/run/a.sock', interval: 500, timeout: 1000 } }],
    ['umask: 0o27', { ...PLAIN, launch: { ...PLAIN_LAUNCH, umask: 0o27 } }],
    ['{ once: true, schedule: "*/5 * * * mon-fri" }', {
      ...PLAIN, kind: 'oneshot', restart: 'never', schedule: { cron: '*/5 * * * mon-fri', zone: undefined },
    }],
    ['{ once: true, schedule: { every: 10m } }', { ...PLAIN, kind: 'oneshot', restart: 'never', schedule: { every: 600_000 } }],
  ])('%s', (yaml, expected) => expect(policyOf(yaml)).toEqual(expected));
});

test('ready: fd is notification-fd', () => {
  const { definition } = readYaml('ready: { fd: 4, timeout: 5s }');
  expect(definition).toMatchObject({ notificationDescriptor: 4, policy: { ready: { by: 'fd', descriptor: 4 }, readyWithin: 5000 } });
});

test('run is not needed where a command says what to start', () => {
  expect(readYaml('command: [sleep, 1000]', {}).told).toEqual([]);
  expect(readYaml('once: { up: [sleep, 1] }', {}).told).toEqual([]);
  expect(readYaml('nice: 5', {}).told).toEqual(['DIR/run: expected an executable file; there is none; create it, or remove DIR']);
  expect(readYaml('nice: 5', RUN).told).toEqual([]);
});
