/** The client of the bench, against servers that do to it what it has to count. */
import { createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startClient } from '../../bench/reload/client.ts';
import { createCounter, failed, OUTCOMES, quantile, total, type Count, type Outcome } from '../../bench/reload/outcomes.ts';

const answerOf = (status: string, more = '', body = 'ok\n'): string => `HTTP/1.1 ${status}\r\ncontent-length: ${body.length}\r\n${more}\r\n${body}`;

/** `serve` gets each request. */
async function load(fresh: boolean, serve: (socket: Socket) => void, enough: (count: Count) => boolean): Promise<Count> {
  const server = createServer((socket) => {
    let text = '';
    socket.on('error', () => undefined).on('data', (chunk) => {
      text += String(chunk);
      for (; text.includes('\r\n\r\n'); text = text.slice(text.indexOf('\r\n\r\n') + 4)) serve(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  const counter = createCounter();
  const stop = startClient({ host: '127.0.0.1', port, fresh, counter, answered: () => undefined });
  await vi.waitFor(() => expect(enough(counter.read())).toBe(true), { timeout: 10_000, interval: 5 });
  await stop();
  return counter.read();
}

const only = ({ outcomes }: Count): Outcome[] => OUTCOMES.filter((outcome) => outcomes[outcome] > 0);

test('answers, with one connection or with one for each', async () => {
  const kept = await load(false, (socket) => void socket.write(answerOf('200 OK')), (count) => count.outcomes.ok >= 50);
  expect([only(kept), kept.connections, failed(kept)]).toEqual([['ok'], 1, 0]);
  const fresh = await load(true, (socket) => void socket.end(answerOf('200 OK', 'connection: close\r\n')), (count) => count.outcomes.ok >= 50);
  expect([only(fresh), fresh.connections]).toEqual([['ok'], total(fresh)]);
});

test('a server that says that it closes is no failure; one that closes without a word is', async () => {
  const told = await load(false, (socket) => void socket.end(answerOf('200 OK', 'Connection: close\r\n')), (count) => count.outcomes.ok >= 20);
  expect(only(told)).toEqual(['ok']);
  let served = 0;
  const serve = (socket: Socket): void => void (++served % 3 === 0 ? socket.destroy() : socket.write(answerOf('200 OK')));
  const untold = await load(false, serve, (count) => count.outcomes.reset >= 2);
  expect(only(untold)).toEqual(['ok', 'reset']);
});

test.each<[Outcome, (socket: Socket) => void]>([
  ['reset', (socket) => void socket.resetAndDestroy()],
  ['truncated', (socket) => void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf')],
  ['5xx', (socket) => void socket.end(answerOf('503 Service Unavailable'))],
  ['other status', (socket) => void socket.end(answerOf('404 Not Found'))],
  ['slow', (socket) => void setTimeout(() => socket.write(answerOf('200 OK')), 1100)],
])('%s', async (outcome, serve) => {
  expect(only(await load(false, serve, (count) => count.outcomes[outcome] >= 1))).toEqual([outcome]);
});

test('refused', async () => {
  const counter = createCounter();
  // Nobody listens on the port of a server that has been closed.
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  const stop = startClient({ host: '127.0.0.1', port, fresh: true, counter, answered: () => undefined });
  await vi.waitFor(() => expect(counter.read().outcomes.refused).toBeGreaterThan(1));
  await stop();
});

test('parts of all times', () => {
  const counter = createCounter();
  for (let i = 0; i < 100; i++) counter.count('ok', i);
  expect([quantile(counter.read(), 0.5), quantile(counter.read(), 0.99), quantile(counter.read(), 1)]).toEqual([49, 98, 99]);
});
