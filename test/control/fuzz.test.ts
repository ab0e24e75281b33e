/** 100,000 random requests, of which many are nearly right: each is answered as it should be, and nothing is left behind. */
import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { COMMAND_NAMES } from '../../src/core/commands.ts';
import { PROBLEMS } from '../../src/control/problem.ts';
import { ENDPOINTS } from '../../src/control/protocol.ts';
import { ask, serve, until } from './serve.ts';

const REQUESTS = 100_000;
const CONNECTIONS = 8;
/** Requests that are sent at once on a connection; the last one ends it, and so does one whose body nobody wants. */
const BURST = 8;
const MEBIBYTE = 2 ** 20;

/** The same numbers in each run for the same seed (xorshift), so that a failure can be seen again. */
function dice(seed: number): { below(limit: number): number; of<T>(list: readonly T[]): T } {
  let state = seed;
  const below = (limit: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
  return { below, of: (list) => list[below(list.length)]! };
}
type Dice = ReturnType<typeof dice>;

const endpoints = Object.values(ENDPOINTS).filter(({ answers, path }) => !(answers as readonly string[]).includes('stream') && !path.endsWith('/wait'));
const NAMES = ['web', 'db', 'nobody', '%2e%2e', '%zz', 'a%00b', '*', '', '%F0%9F%92%A9', 'x'.repeat(500)];
const VALUES = ['', '1', '-1', 'true', 'web', '*', '%', '%41', '9'.repeat(30), '%00', '[]', 'x'.repeat(2000)];
const JSONS = [
  '', '{}', '[]', 'null', '{"wait":true,"timeout":0}', '{"wait":"yes"}', '{"signal":"TERM"}', '{"signal":9}', '{"__proto__":{"wait":true}}',
  '{"reason":"\\u0000"}', '{"direction":"up","names":["web"],"dry":true}', '{"environment":{"SERF_EVENT":"user"},"input":""}', '{',
  '{"a":'.repeat(200), '"x"', '\xff\xfe', '{"timeout":1e999}', `{"input":"${'x'.repeat(3000)}"}`,
];
const HEADERS = [
  '', 'Host: n6\r\n', 'Host: evil.example\r\n', 'Last-Event-ID: x\r\n', 'Accept: */*\r\nAccept: text/html\r\n', 'X: \xe9\r\n',
  'Expect: 200-maybe\r\n', 'Connection: keep-alive, upgrade\r\nUpgrade: websocket\r\n', `Cookie: ${'c'.repeat(3000)}\r\n`,
  'Authorization: Bearer x\r\n', 'Content-Type: application/xml\r\n',
];
const TARGETS = ['/', '//', '/v1', '/v1/nothing', '/..', '/%', '*', '/v1/services/a/b/c', `/${'x'.repeat(3000)}`];
const VERBS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE'];

/** A request that HTTP can read, whatever it asks for. */
function wellFormed(random: Dice, isLast: boolean): string {
  const { method, path, query } = random.of(endpoints);
  const target = (random.below(10) === 0 ? random.of(TARGETS) : path)
    .replace('{name}', random.of(NAMES)).replace('{command}', random.of([...COMMAND_NAMES, 'strat']))
    .replace('{source}', random.of(['serf', 'consul', '..'])).replace('{file}', random.of(['app.js', '..%2fpasswd']));
  const asked = random.below(3) > 0 ? '' : `?${random.of([...query as readonly string[], 'nmae', '__proto__', ''])}=${random.of(VALUES)}`;
  const verb = random.below(5) > 0 ? method : random.of(VERBS);
  const body = verb === 'POST' || random.below(20) === 0 ? random.of(JSONS) : '';
  const framing = random.below(4) === 0 && body !== ''
    ? `Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n` : `Content-Length: ${body.length}\r\n\r\n${body}`;
  return `${verb} ${target}${asked} HTTP/1.1\r\n${random.of(HEADERS)}${isLast ? 'Connection: close\r\n' : ''}${framing}`;
}

const RESCAN = 'POST /v1/rescan HTTP/1.1\r\n';
/** What is no request, or half of one: a connection ends with it. */
const broken = (random: Dice): string => random.of([
  'GET /v1/services\r\n\r\n', 'GET /v1/services HTTP/9.9\r\n\r\n', '\0\0\0\0\r\n\r\n', 'GET / HTTP/1.1\r\nNo Colon\r\n\r\n',
  `GET /${'x'.repeat(20_000)} HTTP/1.1\r\n\r\n`, `GET / HTTP/1.1\r\n${'A: b\r\n'.repeat(4000)}\r\n`, 'CONNECT a:1 HTTP/1.1\r\n\r\n',
  `${RESCAN}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`, `${RESCAN}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
  `${RESCAN}Content-Length: -1\r\n\r\n`, `${RESCAN}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, `${RESCAN}Content-Length: 9\r\n\r\n{`,
  '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 'GET /v1/services HTTP/1.1\r\nHost',
]);

/** What came back when the server has closed. `hangsUp`: the client ends its half, as one that goes does. */
function exchange(path: string, bytes: string, hangsUp: boolean): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ path, allowHalfOpen: true });
    const chunks: Buffer[] = [];
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.once('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
    socket.write(Buffer.from(bytes, 'latin1'));
    if (hangsUp) socket.end();
    socket.once('end', () => socket.destroy());
  });
}

const KNOWN = new Set<number>([200, ...Object.values(PROBLEMS).map(({ status }) => status)]);

test('whatever is asked, the status is right, nothing is lost, memory stays, and the next client is served', async () => {
  const { socket, backend } = await serve(['web', 'db']);
  const random = dice(Number(process.env['N6_TEST_SEED'] ?? 20_261_128));
  const descriptors = (): number => readdirSync('/proc/self/fd').length;
  const before = descriptors();
  const statuses = new Map<number, number>();
  let answered = 0;
  let afterWarmUp = 0;
  const client = async (): Promise<void> => {
    while (answered < REQUESTS) {
      const isBroken = random.below(4) === 0;
      const count = 1 + random.below(BURST);
      const requests = Array.from({ length: count }, (_, index) =>
        (isBroken && index === count - 1 ? broken(random) : wellFormed(random, index === count - 1)));
      const answer = await exchange(socket, requests.join(''), isBroken);
      const found = [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
      answered += found.length;
      for (const status of found) statuses.set(status, (statuses.get(status) ?? 0) + 1);
      // None more than one for each: what follows one that ends the connection is not read, and who hangs up need not be answered.
      if (answer.includes('"too-busy"')) throw new Error('requests that are over count as open');
      if (found.length > count || (found.length === 0 && !isBroken)) {
        throw new Error(`${found.length} answers to ${count} requests: ${JSON.stringify(requests.join('').slice(0, 500))}`);
      }
      backend.asked.length = 0;
      backend.pokes.length = 0;
      if (afterWarmUp === 0 && answered > REQUESTS / 10) afterWarmUp = process.memoryUsage.rss();
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
  expect(answered).toBeGreaterThanOrEqual(REQUESTS);
  expect([...statuses.keys()].filter((status) => !KNOWN.has(status) || status === 500)).toEqual([]);
  expect([200, 400, 404, 405, 431].filter((status) => !statuses.has(status))).toEqual([]);
  expect((process.memoryUsage.rss() - afterWarmUp) / MEBIBYTE).toBeLessThan(100);
  expect([backend.waiting(), backend.listening()]).toEqual([0, 0]);
  await until(() => descriptors() <= before);
  expect((await ask(socket, 'GET', '/v1/services')).status).toBe(200);
}, 120_000);
