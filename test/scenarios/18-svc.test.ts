/** 18xx: what svc tells of real services: health, why, tree, graph. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { lacking } from '../help/needs.ts';
import { container, inside, root, supervise, until } from '../help/machine.ts';

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
