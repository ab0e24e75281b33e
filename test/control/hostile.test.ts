/** Whatever comes down the socket, the server answers with 4xx or closes, leaks nothing, throws nothing, and serves the next client. */
import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BODY_LIMIT, ENDPOINTS } from '../../src/control/protocol.ts';
import { ask, open, serve, shout, until, type Answer } from './serve.ts';

const descriptors = (): number => readdirSync('/proc/self/fd').length;
const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]);
const refused = ({ status, headers, json }: Answer): unknown => [status, headers['content-type'], json()['status'], json()['code']];
const problem = (status: number, code: string): unknown => [status, 'application/problem+json', status, code];

test('random bytes', async () => {
  const { socket } = await serve(['web']);
  const before = descriptors();
  const junk = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.concat([Buffer.from('GET /v1/services HTTP/1.1\r\n'), bytes])),
    fc.string({ maxLength: 60 }).map((text) => Buffer.from(`POST /v1/poke/serf HTTP/1.1\r\nContent-Length: 9\r\n\r\n${text}`)),
    fc.webPath().map((path) => Buffer.from(`DELETE ${path} HTTP/1.1\r\n\r\n`)),
  );
  await fc.assert(fc.asyncProperty(junk, async (bytes) => {
    const answer = await shout(socket, bytes, true);
    if (answer !== '') expect(statusOf(answer)).toBeLessThan(500);
  }), { numRuns: 300 });
  expect((await ask(socket, 'GET', '/v1/services')).status).toBe(200);
  await until(() => descriptors() <= before);
});

test('what is no HTTP at all is told so', async () => {
  const { socket } = await serve();
  const answer = await shout(socket, 'svc status please\r\n\r\n');
  expect(statusOf(answer)).toBe(400);
  expect(answer).toContain('this is not HTTP/1.1');
});

test('half a request is given up after a silence; half a body, too', async () => {
  const { socket } = await serve([], { silence: 50 });
  for (const half of ['GET /v1/ser', 'GET /v1/services HTTP/1.1\r\nHost', 'POST /v1/rescan HTTP/1.1\r\nContent-Length: 10\r\n\r\n{"a"']) {
    expect([half, statusOf(await shout(socket, half))]).toEqual([half, 408]);
  }
});

test('a client that goes in the middle of its body costs nothing', async () => {
  const { socket, backend } = await serve();
  await shout(socket, 'POST /v1/rescan HTTP/1.1\r\nContent-Length: 10\r\n\r\n{"a"', true);
  expect(backend.asked).toEqual([]);
  expect((await ask(socket, 'GET', '/v1/services')).status).toBe(200);
});

test('silence is allowed to those who wait for an answer', async () => {
  const { socket, backend } = await serve(['web'], { silence: 50 });
  const waiting = ask(socket, 'GET', '/v1/services/web/wait?for=up&timeout=300');
  const stream = open(socket);
  stream.write('GET /v1/events HTTP/1.1\r\n\r\n');
  expect((await waiting).json()).toMatchObject({ outcome: 'timed out' });
  expect(backend.listening()).toBe(1);
});

test('a body that is too long, said beforehand or not', async () => {
  const { socket, backend } = await serve();
  const long = `{"reason":"${'x'.repeat(BODY_LIMIT)}"}`;
  expect(refused(await ask(socket, 'POST', '/v1/shutdown', long, { 'content-length': String(long.length) }))).toEqual(problem(413, 'body-too-large'));
  expect(refused(await ask(socket, 'POST', '/v1/shutdown', long, { 'transfer-encoding': 'chunked' }))).toEqual(problem(413, 'body-too-large'));
  const just = `{"reason":"${'x'.repeat(BODY_LIMIT - 13)}"}`;
  expect([just.length, (await ask(socket, 'POST', '/v1/shutdown', just)).status]).toEqual([BODY_LIMIT, 200]);
  expect(backend.asked).toHaveLength(1);
});

test('a body without end is cut off', async () => {
  const { socket } = await serve();
  const client = open(socket);
  const closed = new Promise((resolve) => client.once('close', resolve));
  let text = '';
  client.on('data', (chunk: Buffer) => (text += chunk.toString()));
  client.write('POST /v1/rescan HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n');
  const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
  const pour = (): void => {
    if (!client.destroyed) client.write(chunk, pour);
  };
  pour();
  await closed;
  expect(statusOf(text)).toBe(413);
});

test('headers that are too long', async () => {
  const { socket } = await serve();
  expect(refused(await ask(socket, 'GET', `/v1/services?name=${'x'.repeat(20_000)}`))).toEqual(problem(431, 'headers-too-large'));
});

test('wrong methods are told the right one', async () => {
  const { socket } = await serve(['web']);
  for (const { method, path } of Object.values(ENDPOINTS)) {
    const target = path.replace('{name}', 'web').replace('{command}', 'start').replace('{source}', 'serf');
    for (const wrong of ['PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PATCH', method === 'GET' ? 'POST' : 'GET']) {
      const answer = await ask(socket, wrong, target);
      expect([wrong, target, refused(answer), answer.headers['allow']])
        .toEqual([wrong, target, problem(405, 'method-not-allowed'), method === 'GET' ? 'GET, HEAD' : 'POST']);
    }
  }
  expect(statusOf(await shout(socket, 'CONNECT example.org:443 HTTP/1.1\r\n\r\n'))).toBe(405);
});

test.each([
  ['GET', '/', '', 404, 'no-such-resource'],
  ['GET', '/v1/service', '', 404, 'no-such-resource'],
  ['GET', '/v1/services/%zz', '', 400, 'bad-request'],
  ['GET', '//', '', 400, 'bad-request'],
  ['GET', '/v1/services?nmae=web', '', 400, 'bad-request'],
  ['GET', '/v1/services/web/wait?for=sideways', '', 400, 'bad-request'],
  ['GET', '/v1/events?since=-1', '', 400, 'bad-request'],
  ['GET', '/v1/health?level=well', '', 400, 'bad-request'],
  ['GET', '/v1/health?level=', '', 400, 'bad-request'],
  ['GET', '/v1/health?lvl=ready', '', 400, 'bad-request'],
  ['GET', '/v1/health?name=wbe', '', 404, 'no-such-service'],
  ['GET', '/v1/health/ready', '', 404, 'no-such-resource'],
  ['GET', '/v1/services/wbe/why', '', 404, 'no-such-service'],
  ['GET', '/v1/services/web/why?verbose=1', '', 400, 'bad-request'],
  ['POST', '/v1/services/web/reload', '{"wait":"no"}', 400, 'bad-request'],
  ['POST', '/v1/services/web/strat', '', 404, 'no-such-command'],
  ['POST', '/v1/services/wbe/start', '', 404, 'no-such-service'],
  ['POST', '/v1/services/web/start', '{', 400, 'bad-request'],
  ['POST', '/v1/services/web/start', '"x"', 400, 'bad-request'],
  ['POST', '/v1/services/web/start', '{"__proto__":1}', 400, 'bad-request'],
  ['POST', '/v1/services/web/kill', '{"signal":"RTMIN+99"}', 400, 'bad-request'],
])('%s %s %s is %i %s', async (method, target, body, status, code) => {
  const { socket, backend } = await serve(['web']);
  expect(refused(await ask(socket, method, target, body))).toEqual(problem(status, code));
  expect(backend.asked).toEqual([]);
});

test('a body that is not UTF-8', async () => {
  const { socket } = await serve();
  const answer = await shout(socket, Buffer.from('POST /v1/rescan HTTP/1.0\r\nContent-Length: 1\r\n\r\n\xff', 'latin1'));
  expect([statusOf(answer), answer.includes('not UTF-8')]).toEqual([400, true]);
});

test('garbage after a request does not get into its answer', async () => {
  const { socket, backend } = await serve();
  const client = open(socket);
  let text = '';
  client.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const closed = new Promise((resolve) => client.once('close', resolve));
  client.write('GET /v1/events HTTP/1.1\r\n\r\n');
  await until(() => backend.listening() === 1);
  client.write('this is no request\r\n\r\n');
  await closed;
  expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1);
  await until(() => backend.listening() === 0);
});

test('1,000 idle connections keep nobody out, and leave nothing behind', async () => {
  const { socket } = await serve(['web'], { idle: 100 });
  const before = descriptors();
  const idle = Array.from({ length: 1000 }, () => open(socket));
  await until(() => idle.filter(({ connecting, destroyed }) => !connecting && !destroyed).length <= 100);
  expect((await ask(socket, 'GET', '/v1/services')).status).toBe(200);
  const alive = idle.filter(({ destroyed }) => !destroyed).length;
  expect(alive).toBeLessThanOrEqual(100);
  for (const each of idle) each.destroy();
  await until(() => descriptors() <= before);
});

test('too many open requests are told so, and the next one is served once some have ended', async () => {
  const { socket, backend } = await serve(['web'], { busy: 5 });
  const waiting = Array.from({ length: 5 }, () => open(socket));
  for (const each of waiting) each.write('GET /v1/services/web/wait?for=up HTTP/1.1\r\n\r\n');
  await until(() => backend.waiting() === 5);
  expect(refused(await ask(socket, 'GET', '/v1/services'))).toEqual(problem(503, 'too-busy'));
  waiting[0]!.destroy();
  await until(() => backend.waiting() === 4);
  expect((await ask(socket, 'GET', '/v1/services')).status).toBe(200);
});

test('a keep-alive connection is used again, and several requests at once are answered in order', async () => {
  const { socket } = await serve(['web'], { idle: 1 });
  const answer = await shout(socket, 'GET /v1/supervisor HTTP/1.1\r\n\r\nGET /v1/services/nope HTTP/1.1\r\n\r\n'
    + 'GET /v1/services HTTP/1.1\r\nConnection: close\r\n\r\n');
  expect([...answer.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status)).toEqual(['200', '404', '200']);
});

test('requests that came together and whose client went are all over, also those that had not had their turn', async () => {
  const { socket, backend } = await serve(['web'], { busy: 5 });
  for (let round = 0; round < 20; round++) {
    const client = open(socket);
    client.write('GET /v1/services/web/wait?for=up HTTP/1.1\r\n\r\nGET /v1/services HTTP/1.1\r\n\r\nPOST /v1/rescan HTTP/1.1\r\nContent-Length: 9\r\n\r\n{');
    await until(() => backend.waiting() === 1);
    client.destroy();
    await until(() => backend.waiting() === 0);
  }
  expect((await ask(socket, 'GET', '/v1/services')).status).toBe(200);
});

test('what is no request, behind one that is being answered, does not take the place of its answer', async () => {
  const { socket, backend } = await serve(['web']);
  const answer = shout(socket, 'GET /v1/services/web/wait?for=up HTTP/1.1\r\n\r\nnot HTTP\r\n\r\n');
  await until(() => backend.waiting() === 1);
  backend.set('web', { state: 'up', pid: 7 });
  expect([...(await answer).matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status)).toEqual(['200', '400']);
});

test('a client that takes no answer is let go after a silence, and what it has not read with it', async () => {
  const { socket } = await serve(Array.from({ length: 1000 }, (_, index) => `service-${index}`), { silence: 200 });
  const before = descriptors();
  const client = open(socket);
  client.pause();
  const closed = new Promise((resolve) => client.once('close', resolve));
  client.write('GET /v1/services HTTP/1.1\r\n\r\n'.repeat(50));
  await until(() => descriptors() === before + 2);
  await until(() => descriptors() === before + 1);
  client.resume();
  await closed;
  expect((await ask(socket, 'GET', '/v1/services')).status).toBe(200);
});

test('an expectation that nobody knows is passed over', async () => {
  const { socket } = await serve();
  expect((await ask(socket, 'GET', '/v1/supervisor', undefined, { expect: 'a miracle' })).status).toBe(200);
});
