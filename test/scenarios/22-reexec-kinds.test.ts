/** Every kind of thing that a supervisor holds goes on in its next life. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { container, inside, lines, supervise, until, type Machine } from '../help/machine.ts';
import { canMakeNamespaces } from '../help/privileges.ts';

type Shown = Readonly<{ name: string; state: string; pid: number | null; health: string | null; nextRun: string | null; skipped: number; why: string }>;

async function service(machine: Machine, name: string): Promise<Shown> {
  return (JSON.parse((await machine.svc('status', '--json', name)).stdout) as { services: [Shown] }).services[0];
}

async function reexec(machine: Machine): Promise<void> {
  const { code, stderr } = await machine.svc('reexec');
  expect({ code, stderr }, machine.output()).toEqual({ code: 0, stderr: '' });
}

const SLEEPS = '#!/bin/sh\nexec sleep 1000\n';
const makeFifo = (file: string): void => void execFileSync('mkfifo', [file]);

test('lines that n6 reads: none is lost, none comes twice, and those in memory are still there', async () => {
  const machine = await supervise({
    'talks/run!': '#!/bin/sh\ni=0\nwhile [ ! -e ../stop ]; do i=$((i + 1)); echo "line $i"; sleep 0.005; done\nprintf "no end"\nexec sleep 1000\n',
    'talks/service.yaml': 'logs: prefix\n',
  });
  const told = (): string[] => machine.output().split('\n').filter((line) => line.startsWith('talks: ')).map((line) => line.slice('talks: '.length));
  for (let life = 0; life < 3; life++) {
    const before = told().length;
    await until(() => told().length > before + 20);
    await reexec(machine);
  }
  const after = told().length;
  await until(() => told().length > after + 20);
  writeFileSync(path.join(machine.services, 'stop'), '');
  const logs = await until(async () => {
    const { stdout } = await machine.svc('logs', 'talks', '-n', 'all');
    return stdout.split('\n').filter((line) => line.includes('line ')).length >= told().length && stdout;
  }, () => machine.output());
  const all = told();
  expect(all).toEqual(all.map((_, index) => `line ${index + 1}`));
  expect(logs.split('\n').filter((line) => line.includes('line '))).toHaveLength(all.length);
});

test('needs: who waits goes on waiting, and is started when it may be; a restart of what is needed takes it along', async () => {
  const machine = await supervise({
    'db/run!': '#!/bin/sh\nread -r _ <gate\necho >&3\nexec sleep 1000\n', 'db/notification-fd': '3',
    'web/run!': SLEEPS, 'web/service.yaml': 'needs: {db: {restart: true}}\n',
  }, { prepare: (services) => makeFifo(path.join(services, 'db/gate')) });
  await until(async () => (await service(machine, 'db')).state === 'starting');
  await reexec(machine);
  expect(await service(machine, 'web')).toMatchObject({ state: 'starting', pid: null, why: 'waits for db' });
  writeFileSync(path.join(machine.services, 'db/gate'), '\n');
  const web = await until(async () => (await service(machine, 'web')).pid);
  await reexec(machine);
  process.kill((await service(machine, 'db')).pid!);
  await until(() => !existsSync(`/proc/${web}`));
  writeFileSync(path.join(machine.services, 'db/gate'), '\n');
  await until(async () => (await service(machine, 'web')).state === 'up');
});

test('health, oneshots that are done, a schedule, a stop command that runs, a reload that is interrupted', async () => {
  const machine = await supervise({
    'web/run!': SLEEPS, 'web/service.yaml': 'health: {exec: [sh, -c, "echo x >>../checks; test ! -e ../ill"], interval: 100ms, retries: 1}\n',
    'once/run!': '#!/bin/sh\necho x >>../done\n', 'once/service.yaml': 'once: true\n',
    'job/run!': '#!/bin/sh\necho x >>../jobs\n', 'job/service.yaml': 'once: true\nschedule: {every: 1h}\n',
    'slow/run!': SLEEPS, 'slow/service.yaml': 'stop: {command: [sh, -c, "echo x >>../stops; read -r _ <gate"], timeout: 20s}\n',
    'conf/run!': SLEEPS, 'conf/service.yaml': 'reload: {check: [sh, -c, "echo x >>../reloads; read -r _ <gate"], timeout: 20s}\n',
  }, { prepare: (services) => ['slow', 'conf'].forEach((name) => makeFifo(path.join(services, name, 'gate'))) });
  const at = (name: string): string => path.join(machine.services, name);
  await until(async () => (await service(machine, 'web')).health === 'healthy' && (await service(machine, 'once')).state === 'done', () => machine.output());
  const { nextRun } = await service(machine, 'job');
  await machine.svc('stop', 'slow', '--no-wait');
  await machine.svc('reload', 'conf', '--no-wait');
  await until(() => lines(at('stops')).length === 1 && lines(at('reloads')).length === 1);
  await reexec(machine);
  expect(await service(machine, 'once')).toMatchObject({ state: 'done' });
  expect(lines(at('done'))).toHaveLength(1);
  expect(Math.abs(Date.parse((await service(machine, 'job')).nextRun!) - Date.parse(nextRun!))).toBeLessThan(1000);
  expect(existsSync(at('jobs'))).toBe(false);
  // The stop command goes on, and is not run a second time.
  expect(await service(machine, 'slow')).toMatchObject({ state: 'stopping', why: 'running its stop command' });
  writeFileSync(at('slow/gate'), '\n');
  await until(async () => (await service(machine, 'slow')).state === 'down');
  expect(lines(at('stops'))).toHaveLength(1);
  // The reload begins again when what was interrupted has ended.
  expect(lines(at('reloads'))).toHaveLength(1);
  writeFileSync(at('conf/gate'), '\n');
  await until(() => lines(at('reloads')).length === 2);
  writeFileSync(at('conf/gate'), '\n');
  expect(await service(machine, 'web')).toMatchObject({ health: 'healthy' });
  const checks = lines(at('checks')).length;
  writeFileSync(at('ill'), '');
  await until(() => lines(at('checks')).length > checks + 2);
  await until(async () => (await service(machine, 'web')).health !== 'healthy');
  expect(machine.output()).not.toMatch(/internal error/);
});

describe.runIf(canMakeNamespaces)('an image of s6-overlay', () => {
  test('keeps what it has brought up, and takes it down in order, with the scripts of the end', async () => {
    const machine = await container({}, {
      environment: { S6_VERBOSITY: '2' },
      rootFiles: {
        'etc/s6-overlay/s6-rc.d/ground/type': 'oneshot\n', 'etc/s6-overlay/s6-rc.d/ground/up': 'echo ground is up\n',
        'etc/s6-overlay/s6-rc.d/ground/down': 'echo ground is down\n',
        'etc/s6-overlay/s6-rc.d/web/type': 'longrun\n', 'etc/s6-overlay/s6-rc.d/web/run!': '#!/bin/sh\necho web runs\nexec sleep 1000\n',
        'etc/s6-overlay/s6-rc.d/web/dependencies.d/ground': '',
        'etc/s6-overlay/s6-rc.d/user/contents.d/web': '',
        'etc/cont-init.d/10-hello!': '#!/bin/sh\necho hello\n',
        'etc/cont-finish.d/10-bye!': '#!/bin/sh\necho bye\n',
      },
    });
    await until(() => machine.output().includes('web runs') && machine.output().includes('hello'));
    await until(async () => (await machine.svc('reexec')).code === 0, () => machine.output());
    await reexec(machine);
    expect((await inside(machine, '/command/s6-rc', '-a', 'list')).stdout.split('\n')).toContain('ground');
    const before = machine.output().length;
    expect((await inside(machine, '/command/s6-svstat', '/run/service/web')).stdout).toMatch(/^up \(pid \d+/);
    // svc is in that namespace, too, and ends with it, perhaps before it has told of its answer.
    await machine.svc('shutdown');
    expect(await machine.ended, machine.output()).toBe(0);
    const end = machine.output().slice(before);
    expect(end).toMatch(/bye/);
    expect(end).toMatch(/ground is down/);
    expect(machine.output().match(/^(web runs|ground is up|hello)$/gm)).toHaveLength(3);
  });
});

test('s6\'s own files: the control FIFO and the lock never go, and the tally of deaths is kept', async () => {
  const machine = await supervise({ 'web/run!': '#!/bin/sh\nread -r _ <gate\nexit 5\n' }, { prepare: (services) => makeFifo(path.join(services, 'web/gate')) });
  const at = (name: string): string => path.join(machine.services, 'web', name);
  await until(async () => (await service(machine, 'web')).state === 'up');
  writeFileSync(at('gate'), '\n');
  await until(() => readFileSync(at('supervise/death_tally')).length > 0);
  const tally = readFileSync(at('supervise/death_tally'));
  await until(async () => (await service(machine, 'web')).state === 'up');
  const status = readFileSync(at('supervise/status'));
  await reexec(machine);
  expect(readFileSync(at('supervise/status'))).toEqual(status);
  expect(readFileSync(at('supervise/death_tally'))).toEqual(tally);
  writeFileSync(at('supervise/control'), 'd');
  await until(async () => (await service(machine, 'web')).state === 'down');
});
