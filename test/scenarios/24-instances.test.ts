/** 24xx: several of one service, each a service of its own; how many there are, changed one at a time. */
import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { alive, container, inside, lines, run, supervise, until, type Machine } from '../help/machine.ts';
import { lacking } from '../help/needs.ts';
import { canMakeNamespaces } from '../help/privileges.ts';

type Shown = Readonly<{
  name: string; state: string; pid: number | null; stale: boolean; instance: { of: string; number: number; port: number | null } | null;
}>;

async function services(machine: Machine, ...names: string[]): Promise<Shown[]> {
  return (JSON.parse((await machine.svc('status', '--json', ...names)).stdout) as { services: Shown[] }).services;
}
const states = async (machine: Machine): Promise<string[]> => (await services(machine)).map(({ name, state }) => `${name} ${state}`);
const pids = async (machine: Machine): Promise<Record<string, number | null>> =>
  Object.fromEntries((await services(machine)).map(({ name, pid }) => [name, pid]));

/** Says that it is ready once `gate-N` is there, or `gates-open`; writes what it was given. */
const NODE = `#!/bin/sh
echo "$N6_INSTANCE $PORT $N6_PORT $1" >>../../given
echo "start $N6_INSTANCE" >>../../../trace
trap 'echo "stop $N6_INSTANCE" >>../../../trace; exit' TERM
while [ ! -e ../../../gates-open ] && [ ! -e "../../../gate-$N6_INSTANCE" ]; do sleep 0.02; done
echo "ready $N6_INSTANCE" >>../../../trace
echo >&3
while :; do sleep 0.02; done
`;
const nodes = (yaml = 'instances: {count: 2, max: 4, ports: 43101-43104}\n'): Record<string, string> =>
  ({ 'node/run!': NODE, 'node/notification-fd': '3', 'node/service.yaml': yaml });
const trace = (machine: Machine): string[] => lines(path.join(machine.services, 'trace'));
const open = (machine: Machine, gate: string): void => writeFileSync(path.join(machine.services, gate), '');
const firstTwo = (directory: string): void => [1, 2].forEach((number) => writeFileSync(path.join(directory, `gate-${number}`), ''));
const openAll = (services_: string): void => writeFileSync(path.join(services_, 'gates-open'), '');

test('2401 each is a service of its own: number, port, supervise directory; the bare name means all', async () => {
  const machine = await supervise({ ...nodes(), 'web/run!': '#!/bin/sh\nexec sleep 1000\n', 'web/service.yaml': 'needs: [node]\n' });
  open(machine, 'gate-1');
  await until(async () => (await states(machine)).includes('node@1 ready'), () => machine.output());
  // All of them: one is not enough.
  expect((await services(machine, 'web'))[0]).toMatchObject({ state: 'starting', pid: null });
  open(machine, 'gate-2');
  await until(async () => (await states(machine)).join() === 'node@1 ready,node@2 ready,web up', () => machine.output());
  expect((await services(machine, 'node')).map(({ instance }) => instance)).toEqual([
    { of: 'node', number: 1, port: 43101 }, { of: 'node', number: 2, port: 43102 },
  ]);
  expect(readFileSync(path.join(machine.services, '.n6/given'), 'latin1').split('\n').sort()).toEqual(['', '1 43101 43101 node@1', '2 43102 43102 node@2']);
  for (const name of ['node@1', 'node@2']) {
    expect(lstatSync(path.join(machine.services, name)).isSymbolicLink()).toBe(true);
    expect(readdirSync(path.join(machine.services, name)).sort()).toEqual(['event', 'notification-fd', 'run', 'service.yaml', 'supervise']);
  }
  expect((await machine.svc('wait', 'node', '--for', 'ready', '--timeout', '10s')).code).toBe(0);
  expect((await machine.svc('why', 'node')).stdout).toMatch(/^node@1 [^]*\nnode@2 /m);
  expect((await machine.svc('stop', 'node')).code).toBe(0);
  expect((await states(machine)).filter((state) => state.startsWith('node'))).toEqual(['node@1 down', 'node@2 down']);
  expect((await machine.svc('start', 'n?de', '--timeout', '20s')).code).toBe(0);
  expect((await machine.svc('rescan')).stdout).toBe('nothing has changed\n');
  expect(await machine.svc('status', 'nodd')).toMatchObject({ code: 4, stderr: expect.stringContaining('did you mean "node"') as string });
});

test('2402 scaling: one at a time, each ready before the next; the highest numbers go first', async () => {
  const machine = await supervise(nodes(), { prepare: firstTwo });
  await until(async () => (await states(machine)).join() === 'node@1 ready,node@2 ready', () => machine.output());
  const scaled = machine.svc('scale', 'node', '4');
  await until(() => trace(machine).includes('start 3'));
  // It is not ready, so the fourth does not come; meanwhile the same wish is the same, and nothing stops others.
  const same = machine.svc('scale', 'node', '4', '--timeout', '20s');
  expect((await machine.svc('scale', 'node', '4', '--timeout', '300ms'))).toMatchObject({ code: 1, stderr: expect.stringContaining('it goes on') as string });
  expect(trace(machine)).not.toContain('start 4');
  open(machine, 'gate-3');
  await until(() => trace(machine).includes('start 4'));
  open(machine, 'gate-4');
  expect(await scaled).toEqual({ code: 0, stdout: 'node has 4, before 2\n', stderr: '' });
  expect((await same).code).toBe(0);
  expect(await states(machine)).toEqual(['node@1 ready', 'node@2 ready', 'node@3 ready', 'node@4 ready']);
  // It survives a look at the directory, and the next life.
  expect((await machine.svc('rescan')).stdout).toBe('nothing has changed\n');
  const before = await pids(machine);
  expect((await machine.svc('reexec')).code, machine.output()).toBe(0);
  expect(await pids(machine)).toEqual(before);
  expect((await machine.svc('rescan')).stdout).toBe('nothing has changed\n');
  expect((await machine.svc('scale', 'node', '1')).stdout).toBe('node has 1, before 4\n');
  expect(trace(machine).filter((line) => line.startsWith('stop'))).toEqual(['stop 4', 'stop 3', 'stop 2']);
  expect(await states(machine)).toEqual(['node@1 ready']);
  expect(readdirSync(machine.services).filter((name) => name.startsWith('node@'))).toEqual(['node@1']);
  expect(readdirSync(path.join(machine.services, '.n6/instances'))).toEqual(['node@1']);
  expect(machine.output()).not.toContain('has gone');
  expect(machine.output()).toMatch(/node: scaled from 2 to 4 instances: asked\n[^]*node: scaled from 4 to 1 instance: asked\n/);
}, 60_000);

test('2403 within limits; what has no instances, and what is not there', async () => {
  const machine = await supervise({ ...nodes('instances: {min: 2, max: 3}\n'), 'web/run!': '#!/bin/sh\nexec sleep 1000\n' }, { prepare: openAll });
  await until(async () => (await states(machine)).join() === 'node@1 ready,node@2 ready,web up', () => machine.output());
  expect(await machine.svc('scale', 'node', '4')).toMatchObject({ code: 1, stderr: expect.stringContaining('allows 2 to 3 instances') as string });
  expect(await machine.svc('scale', 'node', '1')).toMatchObject({ code: 1, stderr: expect.stringContaining('change instances.min') as string });
  expect(await machine.svc('scale', 'web', '2')).toMatchObject({ code: 1, stderr: expect.stringContaining('web has no instances') as string });
  expect(await machine.svc('scale', 'nodd', '2')).toMatchObject({ code: 4 });
  for (const words of [['node'], ['node', 'many'], ['node', '0'], ['node', '2', '3']]) {
    expect((await machine.svc('scale', ...words)).code, words.join()).toBe(2);
  }
  expect((await states(machine)).join()).toBe('node@1 ready,node@2 ready,web up');
});

test('2404 one that ends instead of becoming ready stops the scaling, and says so', async () => {
  const machine = await supervise({
    'node/run!': '#!/bin/sh\n[ "$N6_INSTANCE" -lt 3 ] || exit 3\necho >&3\nexec sleep 1000\n', 'node/notification-fd': '3',
    'node/service.yaml': 'instances: 2\ngive-up: {after: 1}\n',
  });
  await until(async () => (await states(machine)).join() === 'node@1 ready,node@2 ready', () => machine.output());
  const scaled = await machine.svc('scale', 'node', '5');
  const why = /node is not at 5 instances: node@3 did not become ready: see svc why node@3/;
  expect(scaled).toMatchObject({ code: 1, stderr: expect.stringMatching(why) as string });
  expect(await states(machine)).toEqual(['node@1 ready', 'node@2 ready', 'node@3 failed']);
  expect((await machine.svc('scale', 'node', '2')).code).toBe(0);
  expect(await states(machine)).toEqual(['node@1 ready', 'node@2 ready']);
});

test('2405 a rolling restart: the next one when the one before is ready, and not when it does not become so', async () => {
  const machine = await supervise(nodes('instances: 3\n'), { prepare: openAll });
  await until(async () => (await states(machine)).join() === 'node@1 ready,node@2 ready,node@3 ready', () => machine.output());
  const from = trace(machine).length;
  expect((await machine.svc('restart', 'node', '--timeout', '20s')).code, machine.output()).toBe(0);
  expect(trace(machine).slice(from)).toEqual([1, 2, 3].flatMap((number) => [`stop ${number}`, `start ${number}`, `ready ${number}`]));
  const before = await pids(machine);
  unlinkSync(path.join(machine.services, 'gates-open'));
  open(machine, 'gate-1');
  const failed = await machine.svc('restart', 'node', '--timeout', '1500ms');
  const why = /node@2[^]*\n.*cannot restart node@3: node@2 did not become ready; it runs as before/;
  expect(failed).toMatchObject({ code: 1, stderr: expect.stringMatching(why) as string });
  expect(failed.stdout).toContain('node@1');
  const after = await pids(machine);
  expect(after['node@3']).toBe(before['node@3']);
  expect(after['node@1']).not.toBe(before['node@1']);
}, 60_000);

test('2406 scaling that is cut off by a re-execution is brought to its end, and who waits goes on waiting', async () => {
  const machine = await supervise(nodes(), { prepare: firstTwo });
  await until(async () => (await states(machine)).join() === 'node@1 ready,node@2 ready', () => machine.output());
  const scaled = machine.svc('scale', 'node', '4');
  await until(() => trace(machine).includes('start 3'));
  expect((await machine.svc('reexec')).code, machine.output()).toBe(0);
  open(machine, 'gates-open');
  expect(await scaled, machine.output()).toMatchObject({ code: 0 });
  expect(await states(machine)).toEqual(['node@1 ready', 'node@2 ready', 'node@3 ready', 'node@4 ready']);
  expect(trace(machine).filter((line) => line.startsWith('start'))).toHaveLength(4);
});

test('2407 an edited file: another count counts, a mistake ends nothing, and so does its being taken away', async () => {
  const machine = await supervise(nodes(), { prepare: openAll, arguments: ['--no-watch'] });
  const yaml = path.join(machine.services, 'node/service.yaml');
  await until(async () => (await states(machine)).join() === 'node@1 ready,node@2 ready', () => machine.output());
  expect((await machine.svc('scale', 'node', '3')).code).toBe(0);
  const before = await pids(machine);
  writeFileSync(yaml, 'instances: {count: two}\n');
  await machine.svc('rescan');
  expect(await pids(machine)).toEqual(before);
  // What is scaled stays so as long as the file says the same count.
  writeFileSync(yaml, 'description: nodes\ninstances: {count: 2, max: 4, ports: 43101-43104}\n');
  await machine.svc('rescan');
  expect(await pids(machine)).toEqual(before);
  expect((await services(machine)).every(({ stale }) => stale)).toBe(true);
  writeFileSync(yaml, 'instances: {count: 1, max: 4, ports: 43101-43104}\n');
  await machine.svc('rescan');
  await until(async () => (await states(machine)).join() === 'node@1 ready', () => machine.output());
  expect((await pids(machine))['node@1']).toBe(before['node@1']);
  rmSync(path.join(machine.services, 'node'), { recursive: true });
  await machine.svc('rescan');
  await until(async () => (await services(machine)).length === 0, () => machine.output());
  expect(readdirSync(machine.services).filter((name) => name.startsWith('node'))).toEqual([]);
});

test('2408 readiness and health ask the port of each; loggers are their own; a directory that has the name of an instance', async () => {
  const serve = 'exec perl -MIO::Socket::INET -e \'$s = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => $ENV{PORT}, '
    + 'Listen => 5, ReuseAddr => 1) or die; while (1) { $c = $s->accept; close $c if $c }\'\n';
  const machine = await supervise({
    'node/run!': `#!/bin/sh\necho "I am $N6_INSTANCE"\n[ "$N6_INSTANCE" != 2 ] || PORT=43199\nexport PORT\n${serve}`,
    'node/log/run!': '#!/bin/sh\nexec cat >>../../../written-"$(basename "$(dirname "$PWD")")"\n',
    'node/service.yaml': 'instances: {count: 3, ports: 43111-43118}\nready: {tcp: "{port}", interval: 50ms}\n'
      + 'health: {tcp: "127.0.0.1:{port}", interval: 50ms}\n',
    'node@3/run!': '#!/bin/sh\nexec sleep 1000\n',
  });
  await until(async () => (await states(machine)).includes('node@1 ready'), () => machine.output());
  // That of the second listens elsewhere.
  expect((await states(machine)).filter((state) => !state.includes('/log'))).toEqual(['node@1 ready', 'node@2 starting', 'node@3 up']);
  await until(() => existsSync(path.join(machine.services, '.n6/written-node@2')), () => machine.output());
  expect(lines(path.join(machine.services, '.n6/written-node@2'))).toEqual(['I am 2']);
  expect((await services(machine, 'node@3'))[0]!.instance).toBeNull();
  expect(machine.output()).toContain('rename the directory node@3');
});

test('2409 what a supervisor that was killed has left is taken away by the next', async () => {
  const machine = await supervise(nodes(), { prepare: openAll });
  await until(async () => (await states(machine)).join() === 'node@1 ready,node@2 ready', () => machine.output());
  expect((await machine.svc('scale', 'node', '4')).code).toBe(0);
  const left = Object.values(await pids(machine)).filter((pid) => pid !== null);
  machine.process.kill('SIGKILL');
  await until(() => !alive(machine.process.pid!));
  for (const pid of left) process.kill(-pid, 'SIGKILL');
  const next = await run(path.resolve(import.meta.dirname, '../../build/n6/bin/svc'), ['check', machine.services]);
  expect(next).toMatchObject({ code: 0 });
  const again = await supervise({}, {
    prepare(directory) {
      for (const name of readdirSync(machine.services)) execFileSync('cp', ['-a', path.join(machine.services, name), directory]);
      // Links are those of another place: as they are in a directory that was moved.
      for (const name of readdirSync(directory).filter((entry) => entry.startsWith('node@'))) {
        unlinkSync(path.join(directory, name));
        execFileSync('ln', ['-s', path.join(directory, '.n6/instances', name), path.join(directory, name)]);
      }
    },
    ready: false,
  });
  await until(async () => (await states(again)).join() === 'node@1 ready,node@2 ready', () => again.output());
  expect(readdirSync(again.services).filter((name) => name.startsWith('node@'))).toEqual(['node@1', 'node@2']);
});

describe.runIf(canMakeNamespaces && lacking('s6-svstat').length === 0)('as PID 1', () => {
  test('2410 of a container: links in the live scan directory, one copy for all, s6-svc reaches each; a scaled one is there in the next life', async () => {
    const machine = await container({
      'node/run!': '#!/bin/sh\necho "$N6_INSTANCE $PORT" >>/run/given\nexec sleep 1000\n',
      'node/service.yaml': 'instances: {count: 2, ports: 3001-3009}\n', 'node/big': 'x',
    });
    const at = (name: string): string => `/proc/${machine.pid}/root/run/${name}`;
    await until(async () => (await states(machine)).join() === 'node@1 up,node@2 up', () => machine.output());
    expect(lines(at('given')).sort()).toEqual(['1 3001', '2 3002']);
    expect(readdirSync(at('service')).filter((name) => name.startsWith('node')).sort()).toEqual(['node@1', 'node@2']);
    expect((await inside(machine, '/usr/bin/s6-svstat', '-o', 'up', '/run/service/node@2')).stdout).toBe('true\n');
    expect((await machine.svc('scale', 'node', '3')).code, machine.output()).toBe(0);
    const before = await pids(machine);
    expect((await machine.svc('reexec')).code, machine.output()).toBe(0);
    expect((await machine.svc('rescan')).stdout).toBe('nothing has changed\n');
    expect(await pids(machine)).toEqual(before);
    expect((await inside(machine, '/usr/bin/s6-svc', '-wd', '-T', '10000', '-d', '/run/service/node@3')).code).toBe(0);
    expect((await machine.svc('scale', 'node', '1')).code).toBe(0);
    expect(readdirSync(at('s6/legacy-services')).sort()).toEqual(['node', 'node@1']);
    process.kill(machine.pid, 'SIGTERM');
    expect(await machine.ended, machine.output()).toBe(0);
  });
});
