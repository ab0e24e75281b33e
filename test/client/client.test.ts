import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { connect, NoSupervisor } from '../../src/client/index.ts';
import { ENDPOINT_NAMES } from '../../src/control/protocol.ts';
import { up } from '../control/fake-backend.ts';
import { serve, until } from '../control/serve.ts';

test('services: all, some by name and glob, one that is not there', async () => {
  const { socket } = await serve(['web-1', 'web-2', 'db']);
  const n6 = connect({ socket });
  expect((await n6.services()).map(({ name }) => name)).toEqual(['db', 'web-1', 'web-2']);
  expect((await n6.services('web-*')).map(({ name }) => name)).toEqual(['web-1', 'web-2']);
  await expect(n6.services('db', 'wbe-1')).rejects.toMatchObject({ name: 'NoSuchService', unmatched: [{ name: 'wbe-1' }] });
  await expect(n6.service('wbe-1')).rejects.toMatchObject({ name: 'Refused', problem: { code: 'no-such-service' } });
});

test('an action waits for its outcome, or returns at once', async () => {
  const { backend, socket } = await serve(['web']);
  const n6 = connect({ socket });
  backend.onCommand = (name, command) => {
    if (command === 'start') setImmediate(() => backend.set(name, up(7)));
  };
  expect(await n6.start('web')).toMatchObject({ outcome: 'reached', service: { name: 'web', pid: 7 } });
  expect(await n6.stop('web', { wait: false })).toMatchObject({ outcome: 'sent' });
  expect(await n6.stop('web', { timeout: 20 })).toMatchObject({ outcome: 'timed out' });
  expect(await n6.kill('web', 'SIGUSR1')).toMatchObject({ outcome: 'sent' });
  expect(await n6.pause('web')).toMatchObject({ outcome: 'sent' });
  expect(await n6.command('web', 'cont')).toMatchObject({ outcome: 'sent' });
  expect(backend.asked).toEqual(['start web', 'stop web', 'stop web', 'kill web SIGUSR1', 'pause web', 'cont web']);
});

test('waitFor resolves with what became of it; its signal ends it', async () => {
  const { backend, socket } = await serve(['web']);
  const n6 = connect({ socket });
  expect(await n6.waitFor('web', 'up', { timeout: 10 })).toMatchObject({ outcome: 'timed out' });
  const abort = new AbortController();
  const waiting = n6.waitFor('web', 'up', { signal: abort.signal });
  await until(() => backend.waiting() === 1);
  abort.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  await until(() => backend.waiting() === 0);
});

test('health tells what is not well, and does not reject', async () => {
  const { backend, socket } = await serve(['web']);
  const n6 = connect({ socket });
  backend.set('web', { wanted: 'up' });
  const health = await n6.health();
  expect(health).toMatchObject({ level: 'ready', healthy: false, services: [{ name: 'web', state: 'down' }] });
  expect(health.detail).toContain('web is down');
  backend.set('web', up(7));
  expect(await n6.health({ level: 'alive', names: ['web'] })).toMatchObject({ level: 'alive', healthy: true, services: [{ name: 'web' }] });
  await expect(n6.health({ names: ['x'] })).rejects.toMatchObject({ name: 'Refused' });
});

test('why, rescan, supervisor, shutdown', async () => {
  const { backend, socket } = await serve(['web']);
  const n6 = connect({ socket });
  expect((await n6.why('web')).paragraph).toBe('web is down: not started.');
  expect(await n6.rescan()).toEqual({ added: [], changed: [], removed: [], problems: [] });
  expect((await n6.supervisor()).directory).toBe('/etc/services.d');
  await expect(n6.graph()).rejects.toMatchObject({ problem: { code: 'no-graph' } });
  await n6.shutdown('enough');
  expect(backend.asked).toEqual(['rescan', 'shutdown: enough']);
});

test('usage, metrics, poke, reexec; change is refused where there is no graph', async () => {
  const { backend, socket } = await serve(['web', 'db']);
  const n6 = connect({ socket });
  backend.usage!.set('web', { cpu: 1.5, memory: 4096, processes: 2 });
  expect(await n6.usage('w*')).toEqual({ at: expect.any(String) as string, usages: [{ name: 'web', cpu: 1.5, memory: 4096, processes: 2 }] });
  expect((await n6.usage()).usages.map(({ name }) => name)).toEqual(['db', 'web']);
  await expect(n6.usage('wbe')).rejects.toMatchObject({ name: 'Refused', problem: { code: 'no-such-service' } });
  backend.usage = undefined;
  await expect(n6.usage()).rejects.toMatchObject({ problem: { code: 'no-usage' } });
  expect(await n6.metrics()).toBe('# EOF\n');
  expect(await n6.poke('serf', { environment: { SERF_EVENT: 'x' } })).toMatchObject([{ event: 'members-changed' }]);
  expect(backend.pokes).toEqual([{ source: 'serf', environment: { SERF_EVENT: 'x' }, input: '' }]);
  await expect(n6.poke('consul')).rejects.toMatchObject({ problem: { code: 'bad-request' } });
  await n6.reexec();
  backend.shuttingDown = true;
  await expect(n6.reexec()).rejects.toMatchObject({ problem: { code: 'not-reexecuted' } });
  await expect(n6.change('up', ['web'])).rejects.toMatchObject({ problem: { code: 'no-graph' } });
});

test('every resource of the control API has a method', () => {
  const sources = ['client.ts', 'go-on.ts', 'logs.ts', 'events.ts']
    .map((file) => readFileSync(path.join(import.meta.dirname, '../../src/client', file), 'utf8')).join('');
  const files = ['page', 'pageFile'];
  const without = ENDPOINT_NAMES.filter((name) => !files.includes(name) && !new RegExp(`client\\.(call|text)\\('${name}'|client\\.${name}\\(`).test(sources));
  expect(without).toEqual([]);
});

test('connect finds the socket in a directory, or says where it looked', async () => {
  const { socket } = await serve(['web']);
  const directory = path.dirname(socket);
  expect(connect({ directory }).socket).toBe(socket);
  expect(() => connect({ directory: path.join(directory, 'none') })).toThrow(NoSupervisor);
});
