/** The TCP listener: nobody is let in without the token, and no page of the internet is taken for one of ours. */
import fc from 'fast-check';
import { createServer } from 'node:net';
import { request } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { isOurHost } from '../../src/control/host.ts';
import { listenOnTcp } from '../../src/control/tcp.ts';
import { serve, until, type Answer, type Served } from './serve.ts';

const TOKEN = 'correct-horse-battery-staple';
type Headers = Record<string, string>;
type Asked = Pick<Answer, 'status' | 'headers' | 'json' | 'body'>;

type Remote = Served & { ask(method: string, target: string, headers?: Headers, body?: string): Promise<Asked> };

async function remote(names: readonly string[] = []): Promise<Remote> {
  const served = await serve(['web'], {}, (path) => Promise.resolve(path === '/' ? { type: 'text/html', bytes: Buffer.from('<h1>n6</h1>') } : undefined));
  const { port } = await listenOnTcp(served.server, { address: { host: '127.0.0.1', port: 0 }, token: TOKEN, names });
  const ask = (method: string, target: string, headers: Headers = {}, body?: string): Promise<Asked> => new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port, agent: false, method, path: target, headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve({
        status: response.statusCode!, headers: response.headers, body: text, json: () => JSON.parse(text) as Record<string, unknown>,
      }));
    });
    call.on('error', reject);
    call.end(body);
  });
  return { ...served, ask };
}

const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` });

test('with the token everything is as on the socket; without it nothing, not even what there is', async () => {
  const { ask, backend } = await remote();
  expect((await ask('GET', '/v1/services', bearer(TOKEN))).json()).toMatchObject({ services: [{ name: 'web' }] });
  expect((await ask('POST', '/v1/services/web/restart', { authorization: `bearer  ${TOKEN}` })).json()).toMatchObject({ outcome: 'sent' });
  expect(backend.asked.splice(0)).toEqual(['restart web']);
  const strangers: Headers[] = [
    {}, { authorization: '' }, bearer(''), bearer(`${TOKEN}x`), bearer(TOKEN.slice(1)), bearer(TOKEN.toUpperCase()), { authorization: TOKEN },
    { authorization: `Basic ${Buffer.from(`:${TOKEN}`).toString('base64')}` }, { cookie: `token=${TOKEN}` }, { authorization: `Bearer ${TOKEN} ${TOKEN}` },
  ];
  const targets = [['GET', '/v1/services'], ['POST', '/v1/shutdown'], ['GET', '/v1/nothing'], ['PUT', '/v1/services'], ['GET', '/v1/events']] as const;
  for (const headers of strangers) {
    for (const [method, target] of targets) {
      const answer = await ask(method, target, headers);
      expect([headers, target, answer.status, answer.json()['code'], answer.headers['www-authenticate']])
        .toEqual([headers, target, 401, 'unauthorized', 'Bearer realm="n6"']);
      expect(answer.body).not.toContain(TOKEN);
    }
  }
  expect((await ask('GET', `/v1/services?token=${TOKEN}`)).status).toBe(401);
  expect(backend.asked).toEqual([]);
});

test('a body without a token is not read', async () => {
  const { ask, backend } = await remote();
  const answer = await ask('POST', '/v1/shutdown', { 'transfer-encoding': 'chunked' }, '{"reason":"x"}');
  expect([answer.status, answer.headers['connection'], backend.asked]).toEqual([401, 'close', []]);
});

test('static files are for everybody, or nobody could type in the token', async () => {
  const { ask } = await remote();
  expect(await ask('GET', '/')).toMatchObject({ status: 200, body: '<h1>n6</h1>' });
  expect((await ask('GET', '/', { host: 'evil.example' })).status).toBe(421);
});

test('a request that says another Host is told so, before anything else', async () => {
  const { ask } = await remote(['balancer.internal']);
  const code = async (host: string): Promise<number> => (await ask('GET', '/v1/supervisor', { host, ...bearer(TOKEN) })).status;
  for (const host of ['localhost', 'localhost:8080', '127.0.0.1', '10.1.2.3:80', '[::1]', '[fe80::1]:7', 'balancer.internal:8080', 'BALANCER.internal.']) {
    expect([host, await code(host)]).toEqual([host, 200]);
  }
  for (const host of ['evil.example', 'localhost.evil.example', 'evil.example:8080', 'balancer.internal@evil.example', '127.0.0.1.evil.example']) {
    expect([host, await code(host)]).toEqual([host, 421]);
  }
});

test('whatever Host comes, only names that are known and literal addresses are ours', () => {
  const host = fc.oneof(fc.string(), fc.domain(), fc.ipV4(), fc.ipV6(), fc.domain().map((name) => `${name}:80`), fc.ipV6().map((address) => `[${address}]`));
  fc.assert(fc.property(host, (text) => {
    const ours = isOurHost(text, ['known.example']);
    if (ours) expect(text.toLowerCase()).toMatch(/^(localhost\.?|known\.example\.?|[\d.]+|\[[\da-f:.]+\])(:\d{1,5})?$/);
  }), { numRuns: 2000 });
  expect(isOurHost(undefined, [])).toBe(false);
});

test('the event stream on TCP, with its end', async () => {
  const { ask, backend, server } = await remote();
  const answer = ask('GET', '/v1/events', bearer(TOKEN));
  await until(() => backend.listening() === 1);
  backend.announce('service-up', { service: 'web' });
  await server.close('event: reconnect\ndata: {"reconnect":true}\n\n');
  expect((await answer).body).toMatch(/^id: 1\ndata: .*\n\nevent: reconnect\ndata: \{"reconnect":true\}\n\n$/);
});

test('an address that somebody has is an error with its errno, and the socket serves on', async () => {
  const { server, client } = await serve(['web']);
  const other = createServer();
  onTestFinished(() => void other.close());
  const port = await new Promise<number>((resolve) => other.listen(0, '127.0.0.1', () => resolve((other.address() as { port: number }).port)));
  await expect(listenOnTcp(server, { address: { host: '127.0.0.1', port }, token: TOKEN, names: [] })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  expect((await client.call('services')).services).toHaveLength(1);
});

test('a listener that comes after the end is closed at once', async () => {
  const { server } = await serve();
  await server.close();
  const { port } = await listenOnTcp(server, { address: { host: '127.0.0.1', port: 0 }, token: TOKEN, names: [] });
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
});
