/** 82x: what newer versions of s6 read in a service directory, and what they only mean to do. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { alive, lines, supervise, until } from '../help/machine.ts';

const end = (pid: number): void => {
  if (alive(pid)) process.kill(pid, 'SIGKILL');
};

test('820 flag-timeout-killpg: the group is killed, not run alone', async () => {
  const machine = await supervise({
    's/run!': '#!/bin/sh\ntrap "" TERM\nsleep 1000 &\necho $! >got\nwait\nwhile :; do sleep 1; done\n', 's/timeout-kill': '100', 's/flag-timeout-killpg': '',
  });
  const child = Number(await until(() => lines(path.join(machine.services, 's/got'))[0]));
  onTestFinished(() => end(child));
  expect((await machine.svc('stop', 's')).code).toBe(0);
  await until(() => !alive(child));
});

test('821 lock-fd: no second life while a process of the first has the lock', async () => {
  const machine = await supervise({ 's/run!': '#!/bin/sh\nsleep 1000 &\necho $! >>got\nexec sleep 1000\n', 's/lock-fd': '7', 's/down': '' });
  const got = (): string[] => lines(path.join(machine.services, 's/got'));
  expect((await machine.svc('start', 's')).code).toBe(0);
  const first = Number(await until(() => got()[0]));
  onTestFinished(() => end(first));
  expect((await machine.svc('kill', 's', '-s', 'KILL')).code).toBe(0);
  await until(() => machine.output().includes('an earlier life still holds'));
  expect(got()).toHaveLength(1);
  process.kill(first, 'SIGKILL');
  const second = Number(await until(() => got()[1]));
  onTestFinished(() => end(second));
});

test.runIf(process.getuid?.() === 0)('822 flag-newpidns: run is process 1, and everybody else is not', async () => {
  const machine = await supervise({
    's/run!': '#!/bin/sh\necho $$ >got\nexec sleep 1000\n', 's/flag-newpidns': '', 't/run!': '#!/bin/sh\necho $$ >got\nexec sleep 1000\n',
  });
  await until(() => lines(path.join(machine.services, 's/got')).length + lines(path.join(machine.services, 't/got')).length === 2);
  expect(lines(path.join(machine.services, 's/got'))).toEqual(['1']);
  const { services } = JSON.parse((await machine.svc('status', 's', '--json')).stdout) as { services: { pid: number }[] };
  const { pid } = services[0]!;
  expect(readFileSync(`/proc/${pid}/status`, 'latin1')).toMatch(new RegExp(`^NSpid:\\s+${pid}\\s+1$`, 'm'));
  expect(lines(path.join(machine.services, 't/got'))).not.toEqual(['1']);
  expect((await machine.svc('kill', 's', '-s', 'KILL')).code).toBe(0);
  await until(() => !alive(pid));
});
