import fc from 'fast-check';
import { expect, test } from 'vitest';
import { healthOf, HEALTH_LEVEL_NAMES, notWell } from '../../src/control/health.ts';
import { PUBLIC_STATES } from '../../src/core/status.ts';
import { status, up } from './fake-backend.ts';
import { ask, serve, type Served } from './serve.ts';

const seen = async ({ socket }: Served, query = ''): Promise<unknown> => {
  const { status: code, json } = await ask(socket, 'GET', `/v1/health${query}`);
  const { level, healthy, services } = json() as Record<string, never> & { services: { name: string }[] };
  return [code, level, healthy ?? false, services?.map(({ name }) => name)];
};

test('all that is wanted up is up: 200 at both levels, and what counted', async () => {
  const served = await serve(['migrate', 'off', 'web']);
  served.backend.set('web', { ...up(7), state: 'ready' });
  served.backend.set('migrate', { state: 'done', wanted: 'up', why: '' });
  expect((await ask(served.socket, 'GET', '/v1/health')).json()).toEqual({
    schema: 1, level: 'ready', healthy: true, services: [{ name: 'migrate', state: 'done', why: '' }, { name: 'web', state: 'ready', why: '' }],
  });
  expect(await seen(served, '?level=alive')).toEqual([200, 'alive', true, ['migrate', 'web']]);
});

test('what starts, or waits, is alive and not ready', async () => {
  const served = await serve(['db', 'web']);
  served.backend.set('db', { ...up(6), state: 'starting' });
  served.backend.set('web', { wanted: 'up', why: 'waits for db' });
  expect(await seen(served, '?level=alive')).toEqual([200, 'alive', true, ['db', 'web']]);
  const answer = await ask(served.socket, 'GET', '/v1/health?level=ready');
  expect(answer.headers['content-type']).toBe('application/problem+json');
  expect(answer.json()).toEqual({
    schema: 1, type: 'about:blank', title: 'Service Unavailable', status: 503, code: 'not-well',
    detail: 'not ready: db is starting, web is down (waits for db)',
    level: 'ready', services: [{ name: 'db', state: 'starting', why: '' }, { name: 'web', state: 'down', why: 'waits for db' }],
  });
});

test.each([
  ['failed', { state: 'failed', wanted: 'down', why: 'gave up' }],
  ['unhealthy', { ...up(7), health: 'unhealthy', why: 'unhealthy: connection refused' }],
] as const)('what is %s is not even alive', async (_, change) => {
  const served = await serve(['web', 'x']);
  served.backend.set('web', change);
  for (const level of HEALTH_LEVEL_NAMES) expect(await seen(served, `?level=${level}`)).toEqual([503, level, false, ['web']]);
});

test('what was stopped on purpose, or is started by a schedule, counts only where it is named', async () => {
  const served = await serve(['once', 'web']);
  served.backend.set('once', { state: 'failed', wanted: 'down', nextRun: '2026-11-22T10:05:00.000Z' });
  expect(await seen(served)).toEqual([200, 'ready', true, []]);
  expect(await seen(served, '?name=web')).toEqual([503, 'ready', false, ['web']]);
  expect(await seen(served, '?name=web&level=alive')).toEqual([200, 'alive', true, ['web']]);
  expect(await seen(served, '?name=o*&level=alive')).toEqual([503, 'alive', false, ['once']]);
});

test('during a shutdown, and while a change of what is up is carried out, it is alive and not ready', async () => {
  const served = await serve(['web']);
  served.backend.set('web', up(7));
  served.backend.shuttingDown = true;
  expect(await seen(served, '?level=alive')).toEqual([200, 'alive', true, ['web']]);
  const answer = await ask(served.socket, 'GET', '/v1/health');
  expect(answer.json()).toMatchObject({ status: 503, detail: 'not ready: the supervisor is shutting down', services: [] });
  served.backend.shuttingDown = false;
  served.backend.nodes = [];
  expect(await seen(served)).toEqual([200, 'ready', true, ['web']]);
  served.backend.changing = true;
  expect((await ask(served.socket, 'GET', '/v1/health')).json()).toMatchObject({ detail: 'not ready: services are being brought up or down' });
});

test('nothing to look after is well', async () => {
  expect(await seen(await serve())).toEqual([200, 'ready', true, []]);
});

test('whatever the services are: ready is alive, too, and a sentence names twenty at most', () => {
  const one = fc.record({
    state: fc.constantFrom(...PUBLIC_STATES), wanted: fc.constantFrom('up', 'down', 'once'), health: fc.constantFrom('healthy', 'unhealthy', null),
  });
  const question = fc.record({ named: fc.boolean(), shuttingDown: fc.boolean(), changing: fc.boolean() });
  fc.assert(fc.property(fc.array(one, { maxLength: 40 }), question, (changes, asked) => {
    const statuses = changes.map((change, index) => status(`s${index}`, change));
    const [alive, ready] = HEALTH_LEVEL_NAMES.map((level) => healthOf(statuses, { ...asked, level }));
    if (ready!.healthy) expect(alive!.healthy).toBe(true);
    expect(ready!.unwell).toEqual(expect.arrayContaining([...alive!.unwell]));
    if (!ready!.healthy) expect(notWell('ready', ready!).match(/s\d+ is/g)?.length ?? 0).toBeLessThanOrEqual(20);
  }));
});
