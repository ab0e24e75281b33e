/** The supervisor replaces itself, and nobody notices but those who look at its number. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { canMakeNamespaces } from '../help/privileges.ts';
import { container, inside, supervise, until, type Machine } from '../help/machine.ts';

type Shown = Readonly<{
  name: string; state: string; pid: number | null; restarts: number; wanted: string; lastExit: { exitCode?: number; signal?: string } | null; why: string;
}>;

async function services(machine: Machine): Promise<Record<string, Shown>> {
  const { stdout } = await machine.svc('status', '--json');
  return Object.fromEntries((JSON.parse(stdout) as { services: Shown[] }).services.map((service) => [service.name, service]));
}

async function reexec(machine: Machine): Promise<void> {
  const { code, stdout, stderr } = await machine.svc('reexec');
  const said: unknown = expect.stringMatching(/^n6 [\d.]+ goes on in place of itself, pid \d+\n$/);
  expect({ code, stdout, stderr }, machine.output()).toEqual({ code: 0, stdout: said, stderr: '' });
}

const SLEEPS = '#!/bin/sh\nexec sleep 1000\n';
const SAYS_READY = '#!/bin/sh\necho >&3\nexec sleep 1000\n';

test('as a subreaper: twice in a row, with the same pids, states and counters', async () => {
  const machine = await supervise({ 'plain/run!': SLEEPS, 'ready/run!': SAYS_READY, 'ready/notification-fd': '3', 'idle/run!': SLEEPS, 'idle/down': '' });
  await machine.svc('wait', 'ready', '--for', 'ready');
  const before = await services(machine);
  for (let life = 0; life < 2; life++) await reexec(machine);
  const after = await services(machine);
  const facts = (shown: Record<string, Shown>): unknown =>
    Object.values(shown).map(({ name, state, pid, restarts, wanted }) => ({ name, state, pid, restarts, wanted }));
  expect(facts(after)).toEqual(facts(before));
  expect(existsSync(path.join(machine.services, '.n6/state.json'))).toBe(false);
  // It is still the parent of all of them.
  const { pid } = after['plain']!;
  process.kill(pid!, 'SIGKILL');
  await until(async () => (await services(machine))['plain']!.pid !== pid);
  expect((await services(machine))['plain']).toMatchObject({ state: 'up', restarts: 1, lastExit: { signal: 'SIGKILL' } });
  expect((await machine.svc('stop', 'ready')).code).toBe(0);
  expect((await machine.svc('shutdown')).code).toBe(0);
  expect(await machine.ended, machine.output()).toBe(0);
});

test.runIf(canMakeNamespaces)('as PID 1: the same, with CMD, whose exit code is the container\'s', async () => {
  const machine = await container({ 'web/run!': SLEEPS }, { command: ['sh', '-c', 'while [ ! -e /tmp/end ]; do sleep 0.05; done; exit 7'] });
  await until(async () => (await services(machine))['web']?.state === 'up');
  const before = (await services(machine))['web']!.pid;
  await reexec(machine);
  await reexec(machine);
  expect((await services(machine))['web']!.pid).toBe(before);
  expect((await inside(machine, 'touch', '/tmp/end')).code).toBe(0);
  expect(await machine.ended, machine.output()).toBe(7);
});
