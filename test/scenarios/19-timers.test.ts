/** 19xx: what begins by itself, with real processes: schedules and watched files of a service.yaml. */
import { renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { lines, supervise, until, write, type Machine } from '../help/machine.ts';
import { canMakeNamespaces } from '../help/privileges.ts';

type Listed = { name: string; state: string; pid: number | null; why: string; nextRun: string | null; skipped: number };

async function status(machine: Machine, name: string): Promise<Listed> {
  const { services } = JSON.parse((await machine.svc('status', name, '--json')).stdout) as { services: Listed[] };
  return services[0]!;
}
const job = (schedule: string, command = 'echo run >>../runs'): string => `once: true\ncommand: ${command}\nschedule: ${schedule}\n`;
const runs = (machine: Machine): number => lines(path.join(machine.services, 'runs')).length;

test('1900 a job runs again and again at its interval, not at boot, and says when it is next', async () => {
  const machine = await supervise({ 'tick/service.yaml': job('{ every: 200ms }') });
  await until(() => runs(machine) >= 3, machine.output);
  const seen = await status(machine, 'tick');
  expect(Math.abs(Date.parse(seen.nextRun!) - Date.now())).toBeLessThan(60_000);
  expect(machine.output()).not.toContain('internal error');
});

test('1901 a cron expression: not started at boot, next run in status, started by a person', async () => {
  const machine = await supervise({ 'tick/service.yaml': job('{ cron: "0 4 1 1 *", zone: Asia/Tokyo }') });
  const seen = await until(async () => {
    const listed = await status(machine, 'tick');
    return listed.nextRun === null ? undefined : listed;
  }, machine.output);
  expect(seen).toMatchObject({ state: 'down', skipped: 0, why: expect.stringMatching(/^next run in \d+d\d\dh$/) as string });
  expect(seen.nextRun).toMatch(/-12-31T19:00:00\.000Z$/);
  expect(runs(machine)).toBe(0);
  expect((await machine.svc('once', 'tick')).code).toBe(0);
  await until(() => runs(machine) === 1, machine.output);
  expect((await machine.svc('why', 'tick')).stdout).toMatch(/Its schedule begins it in \d+d\d\dh, at \d{4}-12-31T19:00:00\.000Z\.\n/);
});

test('1902 a time that comes while it still runs is skipped, told and counted', async () => {
  const machine = await supervise({ 'slow/service.yaml': job('{ every: 200ms }', "'echo run >>../runs; exec sleep 1000'") });
  await until(async () => (await status(machine, 'slow')).skipped >= 2, machine.output);
  expect(machine.output()).toContain('still running');
  expect(runs(machine)).toBe(1);
});

test('1903 a rescan takes over schedules that are new, changed and gone', async () => {
  const machine = await supervise({ 'a/service.yaml': job('"0 4 1 1 *"') });
  await until(async () => (await status(machine, 'a')).nextRun !== null, machine.output);
  write(machine.services, { 'a/service.yaml': job('{ every: 1h }'), 'b/service.yaml': job('{ every: 100ms }') });
  expect((await machine.svc('rescan')).code).toBe(0);
  await until(() => runs(machine) >= 2, machine.output);
  expect(Date.parse((await status(machine, 'a')).nextRun!) - Date.now()).toBeLessThanOrEqual(3_600_000);
  // In one move: n6 writes into it all the time.
  renameSync(path.join(machine.services, 'b'), path.join(machine.directory, 'b'));
  write(machine.services, { 'a/service.yaml': 'once: true\ncommand: "true"\n' });
  await machine.svc('rescan');
  expect(await status(machine, 'a')).toMatchObject({ nextRun: null });
  await until(async () => !(await machine.svc('status', '--json')).stdout.includes('"b"'), machine.output);
});

test('1904 a shutdown ends it, also while a job runs', async () => {
  const machine = await supervise({ 'tick/service.yaml': job('{ every: 100ms }', "'echo run >>../runs; sleep 0.05'") });
  await until(() => runs(machine) >= 2, machine.output);
  machine.process.kill('SIGTERM');
  expect(await machine.ended).toBe(0);
});

const WATCHES = { environment: { N6_LOG_LEVEL: 'debug' } };
const watched = (machine: Machine): Promise<unknown> => until(() => machine.output().includes('its files are watched'), machine.output);

test('1905 a burst of changes restarts once', async () => {
  const machine = await supervise({
    'web/service.yaml': "command: 'echo run >>../runs; exec sleep 1000'\nwatch: { paths: [src/**/*.js], quiet: 1s }\n", 'web/src/a.js': '',
  }, WATCHES);
  await watched(machine);
  await until(() => runs(machine) === 1, machine.output);
  for (let i = 0; i < 50; i++) writeFileSync(path.join(machine.services, `web/src/${i}.js`), '');
  await until(() => runs(machine) === 2, machine.output);
  writeFileSync(path.join(machine.services, 'web/src/a.js'), 'x');
  await until(() => runs(machine) === 3, machine.output);
  expect(machine.output().match(/changed: restarting it/g)).toHaveLength(2);
});

test.skipIf(!canMakeNamespaces)('1906 too few inotify watches are told in one sentence, and the service goes on', async () => {
  const directories = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`web/src/${i}/a.js`, '']));
  const machine = await supervise({
    'web/service.yaml': 'command: [sleep, "1000"]\nwatch: [src/**]\n', ...directories,
  }, { ...WATCHES, wrap: ['env', 'unshare', '--user', '--map-root-user', 'sh', '-c', 'echo 10 >/proc/sys/user/max_inotify_watches; exec "$0" "$@"'] });
  await until(() => machine.output().includes('the limit of inotify watches is reached (ENOSPC)'), machine.output);
  expect(machine.output().match(/cannot watch all of its files/g)).toHaveLength(1);
  expect(await status(machine, 'web')).toMatchObject({ state: 'up' });
});
