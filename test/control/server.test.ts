import { execFile } from 'node:child_process';
import { expect, test } from 'vitest';
import { COMMAND_NAMES } from '../../src/core/commands.ts';
import { lacking } from '../help/needs.ts';
import { down, up } from './fake-backend.ts';
import { ask, open, serve, until } from './serve.ts';

test('GET /v1/supervisor', async () => {
  const { socket } = await serve();
  const { status, headers, json } = await ask(socket, 'GET', '/v1/supervisor');
  expect([status, headers['content-type']]).toEqual([200, 'application/json']);
  expect(json()).toEqual({
    schema: 1,
    supervisor: {
      version: '0.1.0', pid: 1, startedAt: '2026-11-22T10:00:00.000Z', directory: '/etc/services.d', shuttingDown: false, reexecutions: 0, seq: 0,
    },
  });
});

test('GET /v1/services lists all, or what names and globs mean', async () => {
  const { socket } = await serve(['web-2', 'web-1', 'db']);
  const names = async (query: string): Promise<unknown> => {
    const { services, unmatched } = (await ask(socket, 'GET', `/v1/services${query}`)).json() as Record<string, { name: string }[]>;
    return [services!.map(({ name }) => name), unmatched!.map(({ name }) => name)];
  };
  expect(await names('')).toEqual([['db', 'web-1', 'web-2'], []]);
  expect(await names('?name=web-*')).toEqual([['web-1', 'web-2'], []]);
  expect(await names('?name=db&name=wbe*&name=web-1')).toEqual([['db', 'web-1'], ['wbe*']]);
});

test('GET /v1/services/NAME', async () => {
  const { socket, backend } = await serve(['web', 'a b/ü']);
  backend.set('web', up(7));
  expect((await ask(socket, 'GET', '/v1/services/web')).json()).toMatchObject({ schema: 1, service: { name: 'web', state: 'up', pid: 7 } });
  expect((await ask(socket, 'GET', `/v1/services/${encodeURIComponent('a b/ü')}`)).json()).toMatchObject({ service: { name: 'a b/ü' } });
  const missing = await ask(socket, 'GET', '/v1/services/wbe');
  expect(missing.headers['content-type']).toBe('application/problem+json');
  expect(missing.json()).toEqual({
    schema: 1, type: 'about:blank', title: 'Not Found', status: 404, code: 'no-such-service', detail: 'no service named "wbe"; did you mean "web"?',
  });
});

test('HEAD is a GET without a body', async () => {
  const { socket } = await serve();
  for (const target of ['/v1/services', '/v1/events']) expect(await ask(socket, 'HEAD', target)).toMatchObject({ status: 200, body: '' });
});

test.each(COMMAND_NAMES)('POST /v1/services/NAME/%s gives the command at once', async (command) => {
  const { socket, backend } = await serve(['web']);
  backend.set('web', up(7));
  const answer = await ask(socket, 'POST', `/v1/services/web/${command}`);
  expect(answer.json()).toMatchObject({ schema: 1, service: { name: 'web' }, outcome: 'sent' });
  expect(backend.asked).toEqual([command === 'kill' ? 'kill web SIGTERM' : `${command} web`]);
});

test('a signal that cannot be received is not claimed to be sent', async () => {
  const { socket, backend } = await serve(['web']);
  const outcome = async (command: string): Promise<unknown> => (await ask(socket, 'POST', `/v1/services/web/${command}`)).json()['outcome'];
  for (const command of ['reload', 'pause', 'cont', 'kill']) expect([command, await outcome(command)]).toEqual([command, 'not running']);
  backend.set('web', { ...up(7), state: 'stopping' });
  expect([await outcome('reload'), await outcome('kill')]).toEqual(['not running', 'sent']);
});

test('waiting for a command: reached, failed, timed out, removed', async () => {
  const { socket, backend } = await serve(['web']);
  const start = async (timeout = 60_000): Promise<unknown> => {
    const { service, outcome } = (await ask(socket, 'POST', '/v1/services/web/start', JSON.stringify({ wait: true, timeout }))).json();
    return [(service as { state: string } | null)?.state, outcome];
  };
  backend.onCommand = () => setImmediate(() => backend.set('web', up(7)));
  expect(await start()).toEqual(['up', 'reached']);
  backend.set('web', down);
  backend.onCommand = () => setImmediate(() => backend.set('web', { state: 'failed' }));
  expect(await start()).toEqual(['failed', 'failed']);
  backend.set('web', down);
  backend.onCommand = () => undefined;
  expect(await start(0)).toEqual(['down', 'timed out']);
  backend.onCommand = () => setImmediate(() => backend.remove('web'));
  expect(await start()).toEqual([undefined, 'removed']);
});

test('GET /v1/services/NAME/wait answers when it is so, not before', async () => {
  const { socket, backend } = await serve(['web']);
  const answer = ask(socket, 'GET', '/v1/services/web/wait?for=ready');
  await until(() => backend.waiting() === 1);
  backend.set('web', { state: 'ready', pid: 7 });
  expect((await answer).json()).toMatchObject({ outcome: 'reached', service: { state: 'ready' } });
  expect((await ask(socket, 'GET', '/v1/services/web/wait?for=down&timeout=0')).json()).toMatchObject({ outcome: 'timed out' });
  expect((await ask(socket, 'GET', '/v1/services/nope/wait')).status).toBe(404);
});

test('GET /v1/services/NAME/why', async () => {
  const { socket, backend } = await serve(['web']);
  const why = {
    paragraph: 'web is backing off.', deaths: [{ at: '2026-11-22T10:00:00.000Z', exitCode: 1, lifetime: 0.3 }],
    waitsFor: ['db'],
    nextTry: '2026-11-22T10:00:07.000Z', tries: { count: 4, limit: 10 }, reload: null, faults: [],
  };
  backend.whys.set('web', why);
  expect((await ask(socket, 'GET', '/v1/services/web/why')).json()).toEqual({ schema: 1, why: { name: 'web', state: 'down', ...why } });
});

test('GET /v1/usage', async () => {
  const { socket, backend } = await serve(['web', 'db']);
  backend.usage!.set('web', { cpu: 1.5, memory: 4096, processes: 2 });
  const [web, db] = [{ name: 'web', cpu: 1.5, memory: 4096, processes: 2 }, { name: 'db', cpu: 0, memory: 0, processes: 0 }];
  expect((await ask(socket, 'GET', '/v1/usage')).json()).toEqual({ schema: 1, at: expect.any(String) as string, usages: [db, web] });
  expect((await ask(socket, 'GET', '/v1/usage?name=w*')).json()).toMatchObject({ usages: [web] });
  expect((await ask(socket, 'GET', '/v1/usage?name=wbe')).json()).toMatchObject({ status: 404, detail: 'no service named "wbe"; did you mean "web"?' });
  backend.usage = undefined;
  expect((await ask(socket, 'GET', '/v1/usage')).json()).toMatchObject({ status: 404, code: 'no-usage' });
});

test('a wait ends when its client goes', async () => {
  const { socket, backend } = await serve(['web']);
  const client = open(socket);
  client.write('GET /v1/services/web/wait?for=up HTTP/1.1\r\n\r\n');
  await until(() => backend.waiting() === 1);
  client.destroy();
  await until(() => backend.waiting() === 0);
});

test('POST /v1/rescan, /v1/shutdown and /v1/poke/SOURCE', async () => {
  const { socket, backend } = await serve(['web']);
  const problem = { service: 'new', file: '/s/new/run', value: undefined, expected: 'a program', remedy: 'create it' };
  backend.rescanOutcome = { added: ['new'], changed: [], removed: ['old'], problems: [problem] };
  expect((await ask(socket, 'POST', '/v1/rescan')).json()).toEqual({
    schema: 1, added: ['new'], changed: [], removed: ['old'], problems: [{ service: 'new', file: '/s/new/run', expected: 'a program', remedy: 'create it' }],
  });
  const payload = { environment: { SERF_EVENT: 'member-join' }, input: 's1\t10.0.0.1\tbackend\t\n' };
  expect((await ask(socket, 'POST', '/v1/poke/serf', JSON.stringify(payload))).json()).toMatchObject({ schema: 1, events: [{ event: 'members-changed' }] });
  expect(backend.pokes).toEqual([{ source: 'serf', ...payload }]);
  expect((await ask(socket, 'POST', '/v1/poke/consul', '{}')).json()).toMatchObject({ status: 400, detail: expect.stringContaining('consul') as string });
  expect((await ask(socket, 'POST', '/v1/shutdown', '{"reason":"svc shutdown"}')).json()).toEqual({ schema: 1, shuttingDown: true });
  expect((await ask(socket, 'POST', '/v1/services/web/start')).json()).toMatchObject({ status: 409, code: 'shutting-down' });
  expect((await ask(socket, 'POST', '/v1/services/web/stop')).json()).toMatchObject({ outcome: 'sent' });
  expect(backend.asked).toEqual(['rescan', 'shutdown: svc shutdown', 'stop web']);
});

test('a bug in the supervisor is an answer of 500 and a report, not an end', async () => {
  const { socket, backend, failures } = await serve();
  backend.rescan = () => Promise.reject(new Error('a planted bug'));
  expect((await ask(socket, 'POST', '/v1/rescan')).json()).toMatchObject({ status: 500, code: 'internal' });
  expect(failures.splice(0).map(String)).toEqual(['Error: a planted bug']);
  expect((await ask(socket, 'GET', '/v1/services')).status).toBe(200);
});

test('close ends waits and streams, and says so', async () => {
  const { socket, backend, server } = await serve(['web']);
  const waiting = ask(socket, 'GET', '/v1/services/web/wait?for=up');
  const stream = ask(socket, 'GET', '/v1/events');
  await until(() => backend.waiting() === 1 && backend.listening() === 1);
  await server.close();
  expect((await waiting).json()).toMatchObject({ status: 503, code: 'closing' });
  expect(await stream).toMatchObject({ status: 200, body: '' });
  expect([backend.waiting(), backend.listening()]).toEqual([0, 0]);
});

test.runIf(lacking('curl').length === 0)('curl reads it as the contract promises', async () => {
  const { socket } = await serve(['web']);
  const curl = (...words: string[]): Promise<string> =>
    new Promise((resolve) => execFile('curl', ['-sS', '--unix-socket', socket, ...words], (_, stdout, stderr) => resolve(stdout + stderr)));
  expect(JSON.parse(await curl('http://n6/v1/services'))).toMatchObject({ schema: 1, services: [{ name: 'web' }] });
  expect(JSON.parse(await curl('-X', 'POST', 'http://n6/v1/services/web/start'))).toMatchObject({ outcome: 'sent' });
  expect(JSON.parse(await curl('-d', '{"signal":"nope"}', 'http://n6/v1/services/web/kill'))).toMatchObject({ status: 400 });
  expect(JSON.parse(await curl('--data-binary', `@${process.execPath}`, '-o', '-', 'http://n6/v1/rescan'))).toMatchObject({ status: 413 });
});
