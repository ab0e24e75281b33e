/** `reload` with `wait`: the answer is what became of it, truthfully. */
import { expect, test } from 'vitest';
import { down, up } from './fake-backend.ts';
import { ask, open, serve, until, type Served } from './serve.ts';

async function reload({ socket }: Served, timeout = 60_000): Promise<[unknown, unknown]> {
  const { outcome, detail } = (await ask(socket, 'POST', '/v1/services/web/reload', JSON.stringify({ wait: true, timeout }))).json();
  return [outcome, detail];
}

async function running(): Promise<Served> {
  const served = await serve(['web', 'db']);
  served.backend.set('web', up(7));
  served.backend.set('db', up(8));
  return served;
}

test.each([
  ['a plain signal, told while it is given', { ok: true }, ['reached', undefined]],
  ['one of before there were results', {}, ['reached', undefined]],
  ['a check that fails', { ok: false, step: 'check', detail: 'exit 1' }, ['failed', 'check: exit 1']],
  ['a failure without details', { ok: false }, ['failed', '']],
  ['a failure whose details are no text', { ok: false, step: 3, detail: null }, ['failed', '']],
])('%s', async (_, fields, expected) => {
  const served = await running();
  for (const later of [false, true]) {
    const tell = (): void => void served.backend.announce('service-reloaded', { service: 'web', ...fields });
    served.backend.onCommand = () => (later ? void setImmediate(tell) : tell());
    expect(await reload(served)).toEqual(expected);
  }
  expect(served.backend.listening()).toBe(0);
});

test('the reload of another service is not this one', async () => {
  const served = await running();
  served.backend.onCommand = () => served.backend.announce('service-reloaded', { service: 'db', ok: true });
  expect(await reload(served, 30)).toEqual(['timed out', undefined]);
});

test('one that was asked for earlier ends first, and does not count', async () => {
  const served = await running();
  served.backend.reloads.add('web');
  served.backend.onCommand = () => setImmediate(() => {
    served.backend.announce('service-reloaded', { service: 'web', ok: true });
    setImmediate(() => served.backend.announce('service-reloaded', { service: 'web', ok: false, step: 'verify', detail: 'exit 1' }));
  });
  expect(await reload(served)).toEqual(['failed', 'verify: exit 1']);
});

test('a process that ends meanwhile, a service that goes', async () => {
  const served = await running();
  served.backend.onCommand = () => setImmediate(() => served.backend.announce('service-exited', { service: 'web', pid: 7, exitCode: 1 }));
  expect(await reload(served)).toEqual(['failed', 'it ended while it was being reloaded']);
  served.backend.onCommand = () => setImmediate(() => {
    served.backend.remove('web');
    served.backend.announce('service-removed', { service: 'web' });
  });
  expect(await reload(served)).toEqual(['removed', undefined]);
});

test('without a process nothing is sent, and nobody waits', async () => {
  const served = await running();
  for (const state of [down, { ...up(7), state: 'stopping' as const }]) {
    served.backend.set('web', state);
    expect(await reload(served)).toEqual(['not running', undefined]);
  }
});

test('a client that goes is forgotten', async () => {
  const served = await running();
  const client = open(served.socket);
  client.write('POST /v1/services/web/reload HTTP/1.1\r\nContent-Length: 13\r\n\r\n{"wait":true}');
  await until(() => served.backend.listening() === 1);
  client.destroy();
  await until(() => served.backend.listening() === 0);
});
