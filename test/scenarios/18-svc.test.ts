/** 18xx: what svc tells of real services: health, why, tree, graph. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { lacking } from '../help/needs.ts';
import { container, inside, root, run, supervise, until, write } from '../help/machine.ts';

const SLEEPER = '#!/bin/sh\nexec sleep 1000\n';
/** Ends at once, and says that it must not be started again. */
const HOPELESS = { run: '#!/bin/sh\nexit 3\n', finish: '#!/bin/sh\nexit 125\n' };
const possible = process.getuid?.() === 0 && lacking('unshare', 'nsenter').length === 0;

test('1801 svc health of real services: well, failed for good, stopped on purpose', async () => {
  const machine = await supervise({ 'bad/run!': HOPELESS.run, 'bad/finish!': HOPELESS.finish, 'bad/down': '', 'web/run!': SLEEPER });
  expect(await machine.svc('health')).toEqual({ code: 0, stdout: 'ready: 1 service\n', stderr: '' });
  await machine.svc('start', 'bad', '--no-wait');
  await machine.svc('wait', 'bad', '--for', 'down');
  const { code, stdout } = await machine.svc('health', '--level', 'alive');
  expect([code, stdout]).toEqual([1, expect.stringMatching(/^not alive: bad is failed \(exit 3 after .*\)\n$/)]);
  await machine.svc('stop', 'bad', 'web');
  expect(await machine.svc('health')).toMatchObject({ code: 0, stdout: 'ready: no service that has to be up\n' });
  expect(await machine.svc('health', 'web')).toMatchObject({ code: 1, stdout: expect.stringMatching(/^not ready: web is down/) as string });
});

test('1802 a supervisor that is stopped is not waited for', async () => {
  const machine = await supervise({ 'web/run!': SLEEPER });
  machine.process.kill('SIGSTOP');
  try {
    const { code, stdout } = await machine.svc('health', '--timeout', '300ms');
    expect([code, stdout]).toEqual([1, 'the supervisor has not answered in 300 ms; look whether it is busy or stopped\n']);
  } finally {
    machine.process.kill('SIGCONT');
  }
  await until(async () => (await machine.svc('health')).code === 0);
});

test.runIf(possible)('1803 docs/how-to/healthcheck.md: every probe of it says 0 while all is well, 1 when it is not', async () => {
  const page = readFileSync(path.join(root, 'docs/how-to/healthcheck.md'), 'utf8');
  const written = [...page.matchAll(/(?:HEALTHCHECK .* CMD|exec: \{ command:) (\[.*?\])/g)].map(([, words]) => JSON.parse(words!) as string[]);
  expect(written.map((words) => words.join(' '))).toEqual([
    'svc health', 'svc health web', 'svc health', 'svc health', 'svc health --level alive',
  ]);
  const machine = await container({ 'web/run!': SLEEPER, 'bad/run!': HOPELESS.run, 'bad/finish!': HOPELESS.finish, 'bad/down': '' });
  await until(async () => (await inside(machine, 'svc', 'health')).code === 0, () => machine.output());
  const codes = async (): Promise<number[]> => Promise.all(written.map(async (words) => (await inside(machine, ...words)).code));
  expect(await codes()).toEqual([0, 0, 0, 0, 0]);
  await inside(machine, 'svc', 'start', 'bad', '--no-wait');
  await inside(machine, 'svc', 'wait', 'bad', '--for', 'down');
  expect(await codes()).toEqual([1, 0, 1, 1, 1]);
  const curl = /^ {4}(curl .*)$/m.exec(page)![1]!;
  const ask = async (): Promise<string> => (lacking('curl').length === 0 ? (await inside(machine, 'sh', '-c', curl)).stdout : '');
  expect(await ask()).toBe('');
  await inside(machine, 'svc', 'stop', 'bad');
  expect(await codes()).toEqual([0, 0, 0, 0, 0]);
  expect(await ask()).toContain(lacking('curl').length === 0 ? '"healthy":true,"services":[{"name":"web"' : '');
});

/** `db` is never ready: `web` waits for it, and `shop` for `web`. */
const CHAIN = {
  'db/run!': SLEEPER, 'db/notification-fd': '3\n',
  'web/run!': SLEEPER, 'web/service.yaml': 'description: the front end\nneeds: [db]\nwants: [cache]\nafter: [log]\n',
  'shop/run!': SLEEPER, 'shop/service.yaml': 'needs: [web]\n',
  'cache/run!': SLEEPER, 'log/run!': SLEEPER,
};

test('1804 svc why: what it waits for, and what is written wrong', async () => {
  const machine = await supervise({ ...CHAIN, 'lost/run!': SLEEPER, 'lost/service.yaml': 'needs: [bd]\n' });
  const web = await until(async () => {
    const { stdout } = await machine.svc('why', 'web');
    return stdout.includes('waiting') && stdout;
  }, () => machine.output());
  expect(web).toMatch(/^web \(the front end\) has been waiting for .* for db \(starting\)\. It is started by itself as soon as that is ready, or done\./);
  expect(web).toMatch(/svc why db\.\n$/);
  const { services: [shop] } = JSON.parse((await machine.svc('why', 'shop', '--json')).stdout) as { services: unknown[] };
  expect(shop).toMatchObject({ name: 'shop', state: 'starting', waitsFor: ['web'], deaths: [], faults: [] });
  expect((await machine.svc('why', 'lost')).stdout).toMatch(/^lost cannot be started: .*"?bd"?.*db.*\n$/);
  expect((await machine.svc('health')).stdout).toContain('web is starting (waits for db)');
  expect((await machine.svc('why', 'wbe')).code).toBe(4);
});

test('1805 svc tree and svc graph of real services', async () => {
  const machine = await supervise(CHAIN);
  const tree = await until(async () => {
    const { stdout } = await machine.svc('tree');
    return /cache {2}up/.test(stdout) && /log {2}up/.test(stdout) && /db {2}starting/.test(stdout) && stdout;
  }, () => machine.output());
  // The locale is that of the tests.
  const [branch, last, blank] = tree.includes('└') ? ['├─ ', '└─ ', '   '] : ['|- ', '`- ', '   '];
  expect(tree.split('\n')).toEqual([
    'shop  starting', `${last}web  starting`, `${blank}${branch}db  starting`, `${blank}${branch}cache  up  (wants)`, `${blank}${last}log  up  (after)`, '',
  ]);
  const { nodes } = JSON.parse((await machine.svc('graph', '--json')).stdout) as { nodes: { name: string }[] };
  expect(nodes.find(({ name }) => name === 'web')).toMatchObject({
    kind: 'longrun', source: 'services', state: 'starting', needs: ['db'], wants: ['cache'], after: ['log'], neededBy: ['shop'],
  });
  const mermaid = (await machine.svc('graph')).stdout;
  for (const text of ['flowchart LR', '["web"]:::starting', ' --> ', ' -. wants .-> ', ' -. after .-> ']) expect(mermaid).toContain(text);
  if (lacking('dot').length === 0) {
    const { code, stdout } = await run('dot', ['-Tsvg'], { input: (await machine.svc('graph', '--dot')).stdout });
    expect([code, stdout.includes('>web<')]).toEqual([0, true]);
  }
});

test('1806 svc reload waits for check, signal and verification, and says what came of it', async () => {
  const machine = await supervise({
    'web/run!': '#!/bin/sh\ntrap "" HUP\necho deaf to HUP\nexec sleep 1000\n',
    'web/service.yaml': 'reload:\n  signal: HUP\n  check: test ! -e bad\n  verify: test -e good\n  timeout: 20s\n',
  });
  await until(() => machine.output().includes('deaf to HUP'));
  const unverified = await machine.svc('reload', 'web');
  expect([unverified.code, unverified.stderr]).toEqual([1, expect.stringMatching(/^svc: web was not reloaded: verify: .*\n$/)]);
  write(machine.services, { 'web/good': '' });
  expect(await machine.svc('reload', 'web')).toEqual({ code: 0, stdout: 'web was reloaded\n', stderr: '' });
  write(machine.services, { 'web/bad': '' });
  const { code, stderr } = await machine.svc('reload', 'web');
  expect([code, stderr]).toEqual([1, expect.stringMatching(/^svc: web was not reloaded: check: exit 1; it is up, see: svc why web\n$/)]);
  expect((await machine.svc('why', 'web')).stdout).toMatch(/last reload.* failed in its check: exit 1/);
});

test('1807 svc why and svc status of one that keeps failing, and of one that has given up', async () => {
  const failing = 'restart: always\nbackoff: { initial: 100ms, factor: 1, jitter: 0 }\n';
  const machine = await supervise({
    'gone/run!': '#!/bin/sh\nexit 7\n', 'gone/service.yaml': `${failing}give-up: { after: 3, then: fail }\n`,
    'slow/run!': '#!/bin/sh\nkill -SEGV $$\n',
    'slow/service.yaml': 'restart: always\nbackoff: { initial: 1h, max: 1h, jitter: 0 }\ngive-up: { after: 10, then: fail }\n',
  });
  await until(async () => (await machine.svc('status', 'gone')).stdout.includes('failed'), () => machine.output());
  const why = (await machine.svc('why', 'gone')).stdout;
  expect(why).toMatch(/^gone has been failed for .*exit 7 after .*gave up after 3 failures.*It has ended 3 times.*svc start\.\n$/);
  const { services: [gone] } = JSON.parse((await machine.svc('why', 'gone', '--json')).stdout) as { services: { deaths: { exitCode: number }[] }[] };
  expect(gone!.deaths.map(({ exitCode }) => exitCode)).toEqual([7, 7, 7]);
  await until(async () => (await machine.svc('status', 'slow')).stdout.includes('next try in'), () => machine.output());
  expect((await machine.svc('status', 'slow')).stdout).toMatch(/killed by SIGSEGV after .*, next try in \S+ \(2\/10\)/);
  expect((await machine.svc('health', '--level', 'alive')).stdout).toMatch(/^not alive: gone is failed/);
  expect((await machine.svc('health', 'slow', '--level', 'alive')).code).toBe(0);
});

test('1808 healthy and unhealthy: wait, health, status', async () => {
  const machine = await supervise({
    'web/run!': SLEEPER,
    'web/service.yaml': 'description: the front end\n'
      + 'health: { exec: test ! -e bad, interval: 100ms, retries: 1, start-period: 0s, on-failure: none }\n',
    'migrate/run!': '#!/bin/sh\nexit 0\n', 'migrate/service.yaml': 'once: true\n',
  });
  expect(await machine.svc('wait', 'web', 'migrate', '--for', 'healthy', '--timeout', '20s')).toEqual({ code: 0, stdout: '', stderr: '' });
  expect((await machine.svc('status', 'migrate')).code).toBe(0);
  expect(await machine.svc('health')).toMatchObject({ code: 0, stdout: 'ready: 2 services\n' });
  expect((await machine.svc('status', 'web')).stdout).toMatch(/\ndescription +the front end\nhealth +healthy\n/);
  write(machine.services, { 'web/bad': '' });
  await until(async () => (await machine.svc('health', '--level', 'alive')).code === 1, () => machine.output());
  expect((await machine.svc('health')).stdout).toMatch(/^not ready: web is up \(unhealthy: .*\)\n$/);
});
