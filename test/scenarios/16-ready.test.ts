/** 160: every way to say that a service is ready, and to ask whether it is well, by service.yaml. */
import { rmSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { container, inside, lines, supervise, until, write, type Files, type Machine } from '../help/machine.ts';
import { lacking } from '../help/needs.ts';
import { canMakeNamespaces } from '../help/privileges.ts';

/** Far from the ports that the system gives out. */
const port = 20_000 + (process.pid % 10_000);
const server = (where: string): string =>
  `#!/bin/sh\nexec ${process.execPath} -e 'require("node:http").createServer((_, answer) => answer.end("well")).listen(${where})'\n`;

const waitForReady = ['--for', 'ready', '--timeout', '20s'];
const isReady = async (machine: Machine, name: string): Promise<boolean> => (await machine.svc('wait', name, ...waitForReady)).code === 0;

describe('ready', () => {
  const kinds: Record<string, Files> = {
    tcp: { 'web/run!': server(`${port}, "127.0.0.1"`), 'web/service.yaml': `ready: { tcp: ${port}, interval: 50ms }\n` },
    http: { 'web/run!': server(`${port + 1}, "127.0.0.1"`), 'web/service.yaml': `ready: { http: http://127.0.0.1:${port + 1}/, interval: 50ms }\n` },
    unix: {
      'web/run!': server('"./sock"'),
      'web/service.yaml': 'ready: { unix: ./sock, interval: 50ms }\n',
    },
    exec: { 'web/run!': '#!/bin/sh\nsleep 0.1; : > here; exec sleep 1000\n', 'web/service.yaml': 'ready: { exec: [test, -e, here], interval: 50ms }\n' },
    log: {
      'web/run!': '#!/bin/sh\necho starting; sleep 0.1; echo "listening on :80" >&2; exec sleep 1000\n',
      'web/service.yaml': 'ready: { log: "listening on" }\n',
    },
    fd: { 'web/run!': '#!/bin/sh\necho >&3; exec sleep 1000\n', 'web/service.yaml': 'ready: { fd: 3 }\n' },
    ...(lacking('systemd-notify').length > 0 ? {} : {
      notify: { 'web/run!': '#!/bin/sh\nsystemd-notify --ready --status=serving; exec sleep 1000\n', 'web/service.yaml': 'ready: { notify: true }\n' },
    }),
  };
  test.each(Object.keys(kinds))('%s', async (kind) => {
    const machine = await supervise(kinds[kind]!);
    expect([await isReady(machine, 'web'), machine.output()]).toEqual([true, expect.not.stringContaining('internal error')]);
  });
});

test('a prefix before each line, and the pipe of the container stays blocking', async () => {
  const machine = await supervise({
    'web/run!': '#!/bin/sh\necho one; echo two >&2; exec sleep 1000\n', 'web/service.yaml': 'logs: { prefix: "web | " }\n',
  });
  await until(() => machine.output().includes('web | one\n') && machine.output().includes('web | two\n'), machine.output);
});

describe('health', () => {
  const health = 'health: { exec: [sh, -c, "test ! -e sick"], interval: 50ms, retries: 2, on-failure: WHAT }\n';
  const state = async (machine: Machine): Promise<{ health?: string; pid?: number; restarts?: number }> => {
    const { services } = JSON.parse((await machine.svc('status', '--json')).stdout) as { services: { health?: string; pid?: number }[] };
    return services[0]!;
  };

  test('on-failure: none: it shows, and shows when it is over', async () => {
    const machine = await supervise({ 'web/run!': '#!/bin/sh\nexec sleep 1000\n', 'web/service.yaml': health.replace('WHAT', 'none') });
    await until(async () => (await state(machine)).health === 'healthy', machine.output);
    const { pid } = await state(machine);
    write(machine.services, { 'web/sick': '' });
    await until(async () => (await state(machine)).health === 'unhealthy', machine.output);
    rmSync(`${machine.services}/web/sick`);
    await until(async () => (await state(machine)).health === 'healthy', machine.output);
    expect((await state(machine)).pid).toBe(pid);
  });

  test('on-failure: restart', async () => {
    const run = '#!/bin/sh\necho $$ >> lives; rm -f sick; exec sleep 1000\n';
    const machine = await supervise({ 'web/run!': run, 'web/service.yaml': health.replace('WHAT', 'restart') });
    await until(async () => (await state(machine)).health === 'healthy', machine.output);
    write(machine.services, { 'web/sick': '' });
    await until(() => lines(`${machine.services}/web/lives`).length === 2, machine.output);
    await until(async () => (await state(machine)).health === 'healthy', machine.output);
  });
});

test.runIf(lacking('haproxy').length === 0)('reload of HAProxy, verified by what it says', async () => {
  const machine = await supervise({
    'lb/run!': '#!/bin/sh\nexec haproxy -Ws -f haproxy.cfg\n',
    'lb/haproxy.cfg': 'defaults\n  mode http\n  timeout connect 1s\n  timeout client 1s\n  timeout server 1s\nfrontend f\n  bind unix@./lb.sock\n',
    'lb/service.yaml': 'ready: { notify: true }\nreload: { signal: USR2, check: [haproxy, -c, -q, -f, haproxy.cfg], verify: notify, timeout: 20s }\n',
  });
  expect(await isReady(machine, 'lb')).toBe(true);
  expect(await machine.svc('reload', 'lb')).toMatchObject({ code: 0 });
  write(machine.services, { 'lb/haproxy.cfg': 'nonsense\n' });
  expect(await machine.svc('reload', 'lb')).toMatchObject({ code: 1 });
  expect(await isReady(machine, 'lb')).toBe(true);
});

describe.runIf(canMakeNamespaces && lacking('systemd-notify', 'haproxy').length === 0)('as PID 1 of a container', () => {
  const files: Files = {
    'lb/run!': '#!/bin/sh\nexec haproxy -Ws -f haproxy.cfg\n',
    'lb/haproxy.cfg': 'defaults\n  mode http\n  timeout connect 1s\n  timeout client 1s\n  timeout server 1s\nfrontend f\n  bind unix@/tmp/n6-haproxy.sock\n',
    'lb/service.yaml': 'ready: { notify: true }\n',
    'told/run!': '#!/bin/sh\nsystemd-notify --ready; exec sleep 1000\n',
    'told/service.yaml': 'ready: { notify: true }\n',
  };
  test.each([['root', undefined], ['an ordinary user', '65534:65534']])('%s: HAProxy and systemd-notify', async (_, user) => {
    const machine = await container(files, user === undefined ? {} : { user });
    // Who changes its user is not ended with unshare(1) any more (PR_SET_PDEATHSIG(2const)).
    const { pid } = machine;
    onTestFinished(() => void process.kill(pid, 'SIGKILL'));
    for (const name of ['lb', 'told']) {
      expect([name, (await inside(machine, 'svc', 'wait', name, ...waitForReady)).code, machine.output()]).toEqual([name, 0, expect.any(String)]);
    }
  });
});
