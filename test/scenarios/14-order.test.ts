/** 14xx: dependencies of service.yaml, on real processes. */
import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { supervise, until, type Machine } from '../help/machine.ts';
import { inOrder } from '../help/overlay.ts';

/** Tells its start and its end; `gate`: ready when a file of that name is there. */
const program = (name: string, gate?: string): string => [
  '#!/bin/sh', `trap "echo ${name} down; exit 0" TERM`, `echo ${name} up`,
  ...(gate === undefined ? [] : [`while ! [ -e ../../${gate} ]; do sleep 0.05; done`, 'echo >&3']),
  'while :; do sleep 0.05; done', '',
].join('\n');

type Status = { name: string; state: string; why: string; pid: number | null };
async function statusOf(machine: Machine, name: string): Promise<Status> {
  const { stdout } = await machine.svc('status', name, '--json');
  return (JSON.parse(stdout) as { services: Status[] }).services[0]!;
}
function stop(machine: Machine): Promise<number> {
  machine.process.kill('SIGTERM');
  return machine.ended;
}
const says = (machine: Machine, text: string): Promise<unknown> => until(() => machine.output().includes(text), () => machine.output());

test('1401 a service waits for what it needs, says so, and starts when that is ready; the end goes backwards', async () => {
  const machine = await supervise({
    'db/run!': program('db', 'open'), 'db/notification-fd': '3\n',
    'web/run!': program('web'), 'web/service.yaml': 'needs: [db]\n',
    'free/run!': program('free'),
  });
  await says(machine, 'free up\n');
  await says(machine, 'db up\n');
  await until(async () => (await statusOf(machine, 'web')).why === 'waits for db', () => machine.output());
  expect((await statusOf(machine, 'web')).state).toBe('starting');
  expect(machine.output()).not.toContain('web up\n');
  writeFileSync(`${machine.directory}/open`, '');
  expect((await machine.svc('wait', 'web', '--for', 'up', '--timeout', '20s')).code).toBe(0);
  await says(machine, 'web up\n');
  expect(await stop(machine)).toBe(0);
  inOrder(machine.output(), ['web down\n', 'db down\n']);
});

test('1402 svc stop stops who needs it first, svc start brings what is needed, a restart of one is of one', async () => {
  const machine = await supervise({
    'db/run!': program('db'), 'web/run!': program('web'), 'web/service.yaml': 'needs: [db]\n',
  });
  await says(machine, 'web up\n');
  const { pid } = await statusOf(machine, 'web');
  expect((await machine.svc('restart', 'db')).code).toBe(0);
  expect((await statusOf(machine, 'web')).pid).toBe(pid);
  expect((await machine.svc('stop', 'db')).code).toBe(0);
  inOrder(machine.output().slice(machine.output().lastIndexOf('db up')), ['web down\n', 'db down\n']);
  expect((await statusOf(machine, 'web')).state).toBe('down');
  expect((await machine.svc('start', 'web')).code).toBe(0);
  expect((await statusOf(machine, 'db')).state).toBe('up');
});

test('1403 needs with restart: true is restarted when that is there again', async () => {
  const machine = await supervise({
    'db/run!': program('db'), 'bound/run!': program('bound'), 'bound/service.yaml': 'needs: { db: { restart: true } }\n',
    'free/run!': program('free'), 'free/service.yaml': 'needs: [db]\n',
  });
  await says(machine, 'bound up\n');
  await says(machine, 'free up\n');
  const [bound, free] = [await statusOf(machine, 'bound'), await statusOf(machine, 'free')];
  expect((await machine.svc('kill', 'db', '-s', 'KILL')).code).toBe(0);
  await until(async () => {
    const now = await statusOf(machine, 'bound');
    return now.state === 'up' && now.pid !== bound.pid;
  }, () => machine.output());
  expect((await statusOf(machine, 'free')).pid).toBe(free.pid);
});

test('1404 a circle and a name that is not there are told, and hold up nobody else; mended, it starts', async () => {
  const machine = await supervise({
    'a/run!': program('a'), 'a/service.yaml': 'needs: [b]\n', 'b/run!': program('b'), 'b/service.yaml': 'needs: [a]\n',
    'web/run!': program('web'), 'web/service.yaml': 'needs: [databse]\n', 'database/run!': program('database'),
  }, { arguments: ['--no-watch'] });
  await says(machine, 'database up\n');
  await says(machine, 'a needs b needs a: none of them can come first');
  await says(machine, 'web needs databse, which does not exist; did you mean "database"?');
  expect(await statusOf(machine, 'web')).toMatchObject({ state: 'failed', why: 'web needs databse, which does not exist; did you mean "database"?' });
  writeFileSync(`${machine.services}/web/service.yaml`, 'needs: [database]\n');
  await machine.svc('rescan');
  await says(machine, 'web up\n');
  expect(machine.output()).not.toMatch(/^[ab] up$/m);
});

test('1405 a oneshot is waited for until it is done, and undone after who needs it', async () => {
  const machine = await supervise({
    'prepare/service.yaml': 'once: { up: "sleep 0.3; echo prepared", down: "echo undone" }\n',
    'web/run!': program('web'), 'web/service.yaml': 'needs: [prepare]\n',
  });
  await says(machine, 'web up\n');
  expect((await statusOf(machine, 'prepare')).state).toBe('done');
  expect(await stop(machine)).toBe(0);
  inOrder(machine.output(), ['prepared\n', 'web up\n', 'web down\n', 'undone\n']);
});

test('1406 svc start says at once that a need has failed for good, also one behind another', async () => {
  const machine = await supervise({
    'db/run!': '#!/bin/sh\nexit 3\n', 'db/service.yaml': 'restart: never\n', 'db/notification-fd': '3\n',
    'between/run!': program('between'), 'between/service.yaml': 'needs: [db]\n',
    'web/run!': program('web'), 'web/service.yaml': 'needs: [between]\n',
  });
  await until(async () => (await statusOf(machine, 'db')).state === 'failed', () => machine.output());
  expect((await statusOf(machine, 'web')).why).toBe('waits for between');
  const { code, stderr } = await machine.svc('start', 'web', '--timeout', '10m');
  expect(code, stderr).toBe(1);
  writeFileSync(`${machine.services}/db/run`, program('db', 'open'));
  writeFileSync(`${machine.directory}/open`, '');
  expect((await machine.svc('start', 'web')).code).toBe(0);
  expect((await statusOf(machine, 'between')).state).toBe('up');
});

test('1407 svc start of a service that only wants one which fails for good waits for its first try, and comes up', async () => {
  const machine = await supervise({
    'db/run!': '#!/bin/sh\nsleep 0.3\nexit 3\n', 'db/service.yaml': 'restart: never\n', 'db/notification-fd': '3\n', 'db/down': '',
    'cache/run!': program('cache'), 'cache/service.yaml': 'needs: [db]\n', 'cache/down': '',
    'web/run!': program('web'), 'web/service.yaml': 'wants: [db, cache]\n', 'web/down': '',
  });
  const { code, stderr } = await machine.svc('start', 'web', '--timeout', '10m');
  expect(code, stderr).toBe(0);
  expect((await statusOf(machine, 'web')).state).toBe('up');
});
