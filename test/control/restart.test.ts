/** `restart` with `wait` has to answer about the new life, never about the one that is ending. */
import { expect, test } from 'vitest';
import { down, up, type FakeBackend } from './fake-backend.ts';
import { ask, open, serve, until } from './serve.ts';

const restart = async (socket: string, timeout = 60_000): Promise<unknown> => {
  const { service, outcome } = (await ask(socket, 'POST', '/v1/services/web/restart', JSON.stringify({ wait: true, timeout }))).json();
  return [(service as { pid: number } | null)?.pid, outcome];
};

/** Ends the old life some turns after the command, as a process does that has to be asked. */
const slowly = (backend: FakeBackend, then: () => void): void => {
  backend.onCommand = () => setTimeout(() => {
    backend.announce('service-exited', { service: 'web', pid: 7, exitCode: 0 });
    then();
  }, 20);
};

test('the old process is still up when the command is given: the answer waits for the next one', async () => {
  const { socket, backend } = await serve(['web']);
  backend.set('web', up(7));
  slowly(backend, () => {
    backend.set('web', { ...down, state: 'stopping' });
    setTimeout(() => backend.set('web', up(8)), 20);
  });
  expect(await restart(socket)).toEqual([8, 'reached']);
  expect(backend.listening()).toBe(0);
});

test('the exits of other processes are not the end of this life', async () => {
  const { socket, backend } = await serve(['web', 'db']);
  backend.set('web', up(7));
  backend.onCommand = () => {
    backend.announce('service-exited', { service: 'db', pid: 7 });
    backend.announce('service-exited', { service: 'web', pid: 6 });
  };
  expect(await restart(socket, 50)).toEqual([7, 'timed out']);
});

test('a new life that fails is told as such', async () => {
  const { socket, backend } = await serve(['web']);
  backend.set('web', up(7));
  slowly(backend, () => backend.set('web', { ...down, state: 'failed' }));
  expect(await restart(socket)).toEqual([null, 'failed']);
});

test('a process that does not end: timed out, with the old pid', async () => {
  const { socket, backend } = await serve(['web']);
  backend.set('web', up(7));
  expect(await restart(socket, 30)).toEqual([7, 'timed out']);
  expect([backend.listening(), backend.waiting()]).toEqual([0, 0]);
});

test('a service that is removed meanwhile', async () => {
  const { socket, backend } = await serve(['web']);
  backend.set('web', up(7));
  backend.onCommand = () => setImmediate(() => {
    backend.remove('web');
    backend.announce('service-removed', { service: 'web' });
  });
  expect(await restart(socket)).toEqual([undefined, 'removed']);
});

test('one that was down has no old life to wait for', async () => {
  const { socket, backend } = await serve(['web']);
  backend.onCommand = () => setImmediate(() => backend.set('web', up(8)));
  expect(await restart(socket)).toEqual([8, 'reached']);
});

test('a client that goes while the old life ends is forgotten', async () => {
  const { socket, backend } = await serve(['web']);
  backend.set('web', up(7));
  const client = open(socket);
  const body = '{"wait":true}';
  client.write(`POST /v1/services/web/restart HTTP/1.1\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  await until(() => backend.listening() === 1);
  client.destroy();
  await until(() => backend.listening() === 0);
});
