import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request, type IncomingHttpHeaders } from 'node:http';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';

const program = path.resolve(import.meta.dirname, '../../examples/webapp/server.mjs');
type Greeting = { hello: string; ip: string; host: string; tag: string; sessionViews: number; id: string };

/** Connections are kept, as a load balancer keeps them. */
const agent = new Agent({ keepAlive: true });
const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

test('tells who answered, and counts the views of a session', async () => {
  const { port } = await webapp({ NODE_NAME: 's1', SERVER_IP: '10.0.0.1', TAG: 'blue' });
  const first = await ask(port, 'GET', '/');
  const greeting = JSON.parse(first.body) as Greeting;
  expect(greeting).toEqual({ hello: 'world', ip: '10.0.0.1', host: 's1', tag: 'blue', sessionViews: 1, id: greeting.id });
  const cookie = first.headers['set-cookie']![0]!.split(';')[0]!;
  expect(cookie).toBe(`session=${greeting.id}`);
  const second = JSON.parse((await ask(port, 'GET', '/', { cookie: `other=1; ${cookie}` })).body) as Greeting;
  expect(second).toEqual({ ...greeting, sessionViews: 2 });
  const stranger = JSON.parse((await ask(port, 'GET', '/')).body) as Greeting;
  expect(stranger.sessionViews).toBe(1);
});

test('HEAD / is 200 without a body; what is not there is said', async () => {
  const { port } = await webapp();
  expect(await ask(port, 'HEAD', '/')).toMatchObject({ status: 200, body: '' });
  expect(await ask(port, 'GET', '/nowhere')).toMatchObject({ status: 404 });
  expect(await ask(port, 'GET', '//')).toMatchObject({ status: 404 });
  expect(await ask(port, 'PUT', '/')).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
});

test('POST /delay makes a GET wait, and refuses what is no delay', async () => {
  const { child, port } = await webapp();
  for (const body of ['', '{', 'null', '{"delay":"1"}', '{"delay":-1}', '{"delay":60001}']) {
    expect(await ask(port, 'POST', '/delay', {}, body)).toMatchObject({ status: 400 });
  }
  expect(await ask(port, 'POST', '/delay', {}, 'x'.repeat(5000))).toMatchObject({ status: 413 });
  expect(await ask(port, 'POST', '/delay', {}, '{"delay":60000}')).toMatchObject({ status: 200, body: '{"delay":60000}\n' });
  const answered: string[] = [];
  let slow: Promise<unknown> | undefined;
  await new Promise<void>((begun) => {
    slow = ask(port, 'GET', '/', {}, undefined, begun).then(() => answered.push('GET'), () => answered.push('nobody'));
  });
  answered.push(`HEAD ${(await ask(port, 'HEAD', '/')).status}`);
  child.kill('SIGKILL');
  await slow;
  expect(answered).toEqual(['HEAD 200', 'nobody']);
});

test('says that it is ready by a newline on the descriptor it is given', async () => {
  const { child } = await webapp({ NOTIFICATION_FD: '3' });
  expect(await text(child.stdio[3] as Readable)).toBe('\n');
});

test('TERM: the request that has begun is answered, connections are closed, exit code 0', async () => {
  const { child, port } = await webapp();
  await ask(port, 'POST', '/delay', {}, '{"delay":400}');
  const slow = ask(port, 'GET', '/', {}, undefined, () => child.kill('SIGTERM'));
  const ended = once(child, 'exit');
  expect(await slow).toMatchObject({ status: 200, headers: { connection: 'close' } });
  expect(await ended).toEqual([0, null]);
  await expect(ask(port, 'GET', '/')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('a port that is taken, or none: a sentence and exit code 1', async () => {
  const { port } = await webapp();
  for (const [given, sentence] of [[String(port), 'cannot listen on port'], ['http', 'PORT: expected a number']] as const) {
    const second = start({ PORT: given });
    const [said, ending] = await Promise.all([text(second.stderr!), once(second, 'exit')]);
    expect(said).toContain(sentence);
    expect(ending).toEqual([1, null]);
  }
});

function start(env: Record<string, string>): ChildProcess {
  const child = spawn(process.execPath, [program], {
    env: { PATH: process.env.PATH, HOST: '127.0.0.1', PORT: '0', ...env }, stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  running.push(child);
  return child;
}

async function webapp(env: Record<string, string> = {}): Promise<{ child: ChildProcess; port: number }> {
  const child = start(env);
  for await (const line of child.stdout!) {
    const port = /listens on port (\d+)/.exec(String(line))?.[1];
    if (port !== undefined) return { child, port: Number(port) };
  }
  throw new Error('the web application ended before it listened');
}

type Answer = { status: number | undefined; headers: IncomingHttpHeaders; body: string };

/** `begun` is called when the server has the request: Node answers `Expect: 100-continue` just before it hands it over. */
function ask(port: number, method: string, place: string, headers: Record<string, string> = {}, body?: string, begun?: () => void): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const expecting = begun === undefined ? {} : { expect: '100-continue' };
    const asking = request({ host: '127.0.0.1', port, method, path: place, headers: { ...headers, ...expecting }, agent }, (response) => {
      text(response).then((answer) => resolve({ status: response.statusCode, headers: response.headers, body: answer }), reject);
    });
    asking.on('error', reject);
    if (begun !== undefined) asking.once('continue', begun);
    asking.end(body);
  });
}
