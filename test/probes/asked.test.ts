/** Probes that ask from outside, against real servers of this process and real commands. */
import { createServer as createHttp, type Server as HttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import type { Probe, Readiness } from '../../src/core/policy.ts';
import { lines, until } from '../help/machine.ts';
import { health, kernel, scratch, SLEEP, world, type World } from './world.ts';

const READY = { type: 'becameReady' };
const TIMING = { interval: 20, timeout: 5000 };
const changed = (healthy: boolean, detail = ''): unknown => ({ type: 'healthChanged', healthy, detail });

/** Listens on a port of its own, or where it is told. */
async function listen<T extends Server | HttpServer>(server: T, where: number | string = 0): Promise<{ server: T; port: number; close(): Promise<void> }> {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => open.delete(socket));
  });
  await new Promise<void>((resolve) => (typeof where === 'string' ? server.listen(where, resolve) : server.listen(where, '127.0.0.1', resolve)));
  const close = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of open) socket.destroy();
    await closed;
  };
  onTestFinished(close);
  return { server, port: typeof where === 'string' ? 0 : (server.address() as AddressInfo).port, close };
}

/** A port where nobody listens. */
async function freePort(): Promise<number> {
  const { port, close } = await listen(createServer());
  await close();
  return port;
}

test('tcp: not ready until somebody listens; asked at once', async () => {
  const port = await freePort();
  const all = world();
  all.add('web', SLEEP, { ready: { by: 'tcp', host: '127.0.0.1', port, ...TIMING } });
  await until(() => all.service('web').state.name === 'running');
  expect(all.of('web')).toEqual([]);
  const { server } = await listen(createServer(), port);
  await until(() => all.of('web').length > 0);
  expect(all.of('web')).toEqual([READY]);
  // Once it is ready nobody asks any more.
  let asked = 0;
  server.on('connection', () => asked++);
  await new Promise((resolve) => setTimeout(resolve, 10 * TIMING.interval));
  expect(asked).toBe(0);
});

test('unix: a socket that appears', async () => {
  const place = path.join(scratch, 'web.sock');
  const all = world();
  all.add('web', SLEEP, { ready: { by: 'unix', path: place, ...TIMING } });
  await until(() => all.service('web').state.name === 'running');
  await listen(createServer(), place);
  await until(() => all.of('web').length > 0);
  expect(all.of('web')).toEqual([READY]);
});

test('http: 2xx and 3xx are success, and every other answer has its own words', async () => {
  let status = 200;
  const { port, close } = await listen(createHttp((request, response) => {
    expect(request.headers.connection).toBe('close');
    if (status === 0) return void response.socket!.end('no HTTP at all\r\n\r\n');
    if (status === -1) return void response.socket!.destroy();
    response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end('body');
  }));
  const all = world();
  all.add('web', SLEEP, { health: health({ probe: { by: 'http', url: `http://127.0.0.1:${port}/up?x=1` }, retries: 1 }) });
  const expected: unknown[] = [changed(true)];
  await until(() => all.of('web').length === expected.length);
  for (const [next, detail] of [
    [503, 'HTTP 503'], [404, 'HTTP 404'], [0, `127.0.0.1:${port} does not speak HTTP`], [-1, `connection closed by 127.0.0.1:${port} before it answered`],
  ] as const) {
    status = next;
    expected.push(changed(false, detail));
    await until(() => all.of('web').length === expected.length);
    status = next === 404 ? 302 : 204;
    expected.push(changed(true));
    await until(() => all.of('web').length === expected.length);
  }
  expect(all.of('web')).toEqual(expected);
  await close();
  await until(() => all.of('web').length > expected.length);
  expect(all.of('web').at(-1)).toEqual(changed(false, `connection refused by 127.0.0.1:${port}`));
});

test('http: who never answers, and who never comes to an end', async () => {
  let hangs = true;
  let open = 0;
  const { port } = await listen(createHttp((_request, response) => {
    open++;
    response.socket!.on('close', () => open--);
    if (hangs) return;
    response.writeHead(200);
    const pour = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536)));
    };
    response.on('drain', pour);
    pour();
  }));
  const all = world();
  all.add('web', SLEEP, { health: health({ probe: { by: 'http', url: `http://127.0.0.1:${port}/` }, timeout: 100, retries: 1 }) });
  await until(() => all.of('web').length === 1);
  expect(all.of('web')).toEqual([changed(false, 'no answer in 100 ms')]);
  hangs = false;
  await until(() => all.of('web').length === 2);
  expect(all.of('web')[1]).toEqual(changed(true));
  all.supervisor.retire('web');
  await until(() => open === 0);
});

test('exec: exit 0; else the code and the last line; a limit; a program that is not there; nothing is left', async () => {
  const switchFile = path.join(scratch, 'switch');
  const script = path.join(scratch, 'check');
  const answers = "ok) exit 0;; slow) sleep 1000;; *) printf 'the \\033[1mlast\\n\\n' >&2; exit 2;;";
  writeFileSync(script, `#!/bin/sh\nread -r what < ${switchFile}; echo first; case $what in ${answers} esac\n`, { mode: 0o755 });
  writeFileSync(switchFile, 'bad\n');
  const all = world();
  all.add('web', SLEEP, { health: health({ probe: { by: 'exec', command: [script] }, timeout: 5000, retries: 1 }) });
  all.add('slow', SLEEP, { health: health({ probe: { by: 'exec', command: ['/bin/sleep', '1001'] }, timeout: 50, retries: 1 }) });
  all.add('none', SLEEP, { health: health({ probe: { by: 'exec', command: ['nowhere'] }, retries: 1 }) });
  await until(() => ['web', 'slow', 'none'].every((name) => all.of(name).length > 0));
  expect(all.of('web')).toEqual([changed(false, 'exit 2: the [1mlast')]);
  expect(all.of('slow')).toEqual([changed(false, 'no answer in 50 ms')]);
  expect(all.of('none')).toEqual([changed(false, 'nowhere does not exist (ENOENT)')]);
  writeFileSync(switchFile, 'ok\n');
  await until(() => all.of('web').length === 2);
  writeFileSync(switchFile, 'slow\n');
  await until(() => kernel.descendants().some(({ command }) => command === 'sleep 1000' || command.includes(script)));
  for (const name of ['web', 'slow', 'none']) all.supervisor.retire(name);
  await until(() => all.supervisor.roster.size() === 0 && kernel.descendants().length === 0);
  expect(all.failures).toEqual([]);
});

test('exec: a check that hands its output to somebody who stays still ends', async () => {
  const all = world();
  all.add('web', SLEEP, { ready: { by: 'exec', command: ['/bin/sh', '-c', 'sleep 1002 & exit 0'], ...TIMING } });
  await until(() => all.of('web').length === 1);
  expect(all.of('web')).toEqual([READY]);
  kernel.signalRest('SIGKILL');
});

async function asks(all: World, probe: Probe, more: Partial<Readiness> = {}): Promise<void> {
  all.add('web', SLEEP, { ready: { ...probe, ...TIMING, ...more } as Readiness, health: health({ probe, interval: 20 }) });
  await until(() => all.of('web').length === 2);
}

test('failures count in a row, not in the start period, and one success is enough', async () => {
  const seen = path.join(scratch, 'asked');
  const answers = path.join(scratch, 'answers');
  writeFileSync(answers, '0\n');
  const all = world();
  const command = ['/bin/sh', '-c', `echo x >> ${seen}; read -r code < ${answers}; exit $code`];
  all.add('web', SLEEP, { health: health({ probe: { by: 'exec', command }, retries: 3 }) });
  all.add('young', SLEEP, { health: health({ probe: { by: 'exec', command: ['/bin/false'] }, retries: 1, startPeriod: 600_000, interval: 5 }) });
  await until(() => all.of('web').length === 1);
  writeFileSync(answers, '1\n');
  const before = lines(seen).length;
  await until(() => all.of('web').length === 2);
  // One that was under way may still have seen the old answer.
  expect(lines(seen).length - before).toBeGreaterThanOrEqual(3);
  writeFileSync(answers, '0\n');
  await until(() => all.of('web').length === 3);
  expect(all.of('web')).toEqual([changed(true), changed(false, 'exit 1'), changed(true)]);
  expect(all.of('young')).toEqual([]);
});

test('a paused service is not asked; one that goes on is asked again and keeps what was known', async () => {
  const seen = path.join(scratch, 'asked-paused');
  const all = world();
  await asks(all, { by: 'exec', command: ['/bin/sh', '-c', `echo x >> ${seen}`] });
  all.supervisor.give('web', { type: 'pauseWanted' });
  await until(() => kernel.descendants().every(({ command }) => !command.includes(seen)));
  const count = lines(seen).length;
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(lines(seen).length).toBe(count);
  all.supervisor.give('web', { type: 'continueWanted' });
  await until(() => lines(seen).length > count + 1);
  expect(all.of('web')).toEqual([READY, changed(true)]);
});

test('what belonged to a life ends with it: sockets, processes, timers; the next life is asked anew', async () => {
  let connections = 0;
  const { port, server } = await listen(createHttp(() => undefined));
  server.on('connection', (socket: Socket) => {
    connections++;
    socket.on('close', () => connections--);
  });
  const open = (): number => readdirSync('/proc/self/fd').length;
  const before = open();
  const all = world();
  all.add('web', SLEEP, { ready: { by: 'http', url: `http://127.0.0.1:${port}/`, interval: 10, timeout: 600_000 } });
  all.add('cmd', SLEEP, { ready: { by: 'exec', command: ['/bin/sleep', '1003'], interval: 10, timeout: 600_000 } });
  const asked = (): number[] => kernel.descendants().filter(({ command }) => command === '/bin/sleep 1003').map(({ pid }) => pid);
  await until(() => asked().length === 1 && connections === 1);
  const first = asked()[0]!;
  kernel.signal(all.pid('cmd'), 'SIGKILL');
  kernel.signal(all.pid('web'), 'SIGKILL');
  await until(() => asked().length === 1 && asked()[0] !== first);
  await until(() => connections === 1 && all.service('web').restarts === 1);
  all.supervisor.stop('cmd');
  all.supervisor.stop('web');
  await until(() => kernel.descendants().length === 0 && connections === 0 && open() === before);
  expect(existsSync(`/proc/${first}`)).toBe(false);
  expect([all.of('web'), all.of('cmd'), all.failures]).toEqual([[], [], []]);
});
