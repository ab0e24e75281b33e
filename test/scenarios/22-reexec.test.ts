/** The supervisor replaces itself, and nobody notices but those who look at its number. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { canMakeNamespaces } from '../help/privileges.ts';
import { superviseUpgradable } from '../help/upgrade.ts';
import { container, inside, root, supervise, until, type Machine } from '../help/machine.ts';

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

test('an installation to upgrade to that cannot run, or not go on from here, is not become: everything goes on as before', async () => {
  const machine = await superviseUpgradable({ 'web/run!': SLEEPS });
  const { pid } = (await services(machine))['web']!;
  machine.upgrade("#!/bin/sh\necho 'a library is missing' >&2\nexit 127\n");
  expect(await machine.svc('reexec')).toEqual({
    code: 1, stdout: '', stderr: expect.stringMatching(/next\/lib\/n6.cjs cannot go on from here: a library is missing \(exit 127\)\n$/) as string,
  });
  expect((await services(machine))['web']!.pid).toBe(pid);
  machine.upgrade(`#!/bin/sh\nexec ${process.execPath} "$@"\n`);
  expect((await machine.svc('reexec')).code, machine.output()).toBe(0);
  expect(readFileSync(`/proc/${machine.process.pid}/cmdline`, 'latin1')).not.toContain(path.join(root, 'build'));
  expect((await services(machine))['web']!.pid).toBe(pid);
});

test('refused while it shuts down', async () => {
  const machine = await supervise({ 'web/run!': "#!/bin/sh\ntrap 'sleep 2; exit' TERM\nwhile :; do sleep 0.1; done\n" });
  await until(async () => (await services(machine))['web']?.state === 'up');
  await machine.svc('shutdown');
  expect(await machine.svc('reexec')).toEqual({
    code: 1, stdout: '', stderr: expect.stringContaining('the supervisor is shutting down') as string,
  });
  expect(await machine.ended).toBe(0);
});

test('200 services, twenty times: every process is the same, and the gap is told', async () => {
  const files = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`s${index}/run!`, SLEEPS]));
  const machine = await supervise(files);
  const pids = async (): Promise<(number | null)[]> => Object.values(await services(machine)).map(({ pid, state }) => (state === 'up' ? pid : null));
  await until(async () => !(await pids()).includes(null));
  const before = await pids();
  const descriptors = (): number => readdirSync(`/proc/${machine.process.pid}/fd`).length;
  await reexec(machine);
  const open = descriptors();
  for (let life = 1; life < 20; life++) await reexec(machine);
  expect(await pids()).toEqual(before);
  // Nothing piles up from life to life.
  expect(descriptors()).toBeLessThanOrEqual(open + 2);
  expect(machine.output().match(/nobody looked after them for \d+ ms/g)).toHaveLength(20);
  expect(machine.output()).not.toMatch(/internal error/);
  expect((await machine.svc('stop', '*')).code).toBe(0);
  await machine.svc('shutdown');
  expect(await machine.ended, machine.output()).toBe(0);
}, 180_000);
