import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { up } from '../control/fake-backend.ts';
import { serve, temporary, until, type Served } from '../control/serve.ts';
import { outcome, start, svc } from './svc.ts';

const at = ({ socket }: Served): { environment: Record<string, string> } => ({ environment: { N6_DIR: path.dirname(socket) } });

async function lab(): Promise<Served> {
  const served = await serve(['db', 'log', 'web', 'web/log']);
  served.backend.set('db', { ...up(6), state: 'ready' });
  served.backend.set('web', { ...up(7), state: 'starting' });
  return served;
}

test('0 and a line, 1 and a line', async () => {
  const place = at(await lab());
  expect(await svc(['health', 'db'], place)).toEqual({ code: 0, stdout: 'ready: 1 service\n', stderr: '' });
  expect(await svc(['health', '--level', 'alive'], place)).toEqual({ code: 0, stdout: 'alive: 2 services\n', stderr: '' });
  expect(await svc(['health'], place)).toEqual({ code: 1, stdout: 'not ready: web is starting\n', stderr: '' });
});

test('names, globs and paths', async () => {
  const place = at(await lab());
  const seen = async (...words: string[]): Promise<unknown> => {
    const { code, stdout } = await svc(['health', '--level=alive', '--json', ...words], place);
    const { services } = JSON.parse(stdout) as { services: { name: string }[] };
    return [code, services.map(({ name }) => name)];
  };
  expect(await seen('w*')).toEqual([0, ['web', 'web/log']]);
  expect(await seen('/run/service/web', 'db')).toEqual([0, ['db', 'web']]);
  expect(await seen('/run/service/web/log')).toEqual([0, ['web/log']]);
});

test('--json', async () => {
  const place = at(await lab());
  expect(JSON.parse((await svc(['health', 'db', '--json'], place)).stdout)).toEqual({
    schema: 1, level: 'ready', healthy: true, detail: 'ready: 1 service', services: [{ name: 'db', state: 'ready', why: '' }],
  });
  const { code, stdout } = await svc(['health', '--json'], place);
  expect([code, JSON.parse(stdout)]).toEqual([1, {
    schema: 1, level: 'ready', healthy: false, detail: 'not ready: web is starting', services: [{ name: 'web', state: 'starting', why: '' }],
  }]);
});

test.each([
  [['health', '--level', 'well'], '--level: expected alive or ready, got "well"; see: svc health --help'],
  [['health', '--level'], 'a value has to follow --level; see: svc --help'],
  [['health', '--timeout', '5'], '--timeout: expected a duration such as 500ms, 10s or 1m, got "5"; see: svc --help'],
  [['--dir', '/nonexistent', 'health', '--levle=ready'], 'health has no option --levle; did you mean --level?'],
  [['--dir=/nonexistent', '--color', 'sometimes', 'health'], '--color: expected auto, always, never, got "sometimes"; see: svc --help'],
  [['health', 'wbe'], 'no service named "wbe"; did you mean "web"?'],
  [['health', 'x*'], 'no service matches "x*"'],
])('svc %j is 1, too', async (words, sentence) => {
  expect(await svc(words, at(await lab()))).toEqual({ code: 1, stdout: '', stderr: `svc: ${sentence}\n` });
});

test('no supervisor, a dead one, and one that does not answer are 1, in one line', async () => {
  const nobody = await svc(['health'], { environment: { N6_DIR: '/nonexistent' } });
  expect([nobody.code, nobody.stdout, nobody.stderr]).toEqual([1, '', expect.stringMatching(/^svc: no supervisor found; .*\n$/)]);
  const served = await lab();
  served.backend.statuses = () => {
    throw new Error('a planted bug');
  };
  expect(await svc(['health'], at(served))).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^svc: a bug in n6.*\n$/) as string });
  expect(served.failures.splice(0)).toHaveLength(1);
  const socket = await deafServer();
  expect(await svc(['health', '--timeout', '100ms', '--dir', path.dirname(socket)])).toEqual({
    code: 1, stdout: 'the supervisor has not answered in 100 ms; look whether it is busy or stopped\n', stderr: '',
  });
});

test('one that begins its answer and does not end it is 1, too', async () => {
  const socket = await deafServer('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"schema":1,');
  expect(await svc(['health', '--timeout', '300ms', '--dir', path.dirname(socket)])).toMatchObject({
    code: 1, stdout: expect.stringMatching(/has not answered in 300 ms/) as string,
  });
});

test('a full pipe that nobody reads holds up neither its answer nor its complaint, and stays as it was', async () => {
  const fifo = path.join(temporary(), 'full');
  execFileSync('mkfifo', [fifo]);
  const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  const filling = openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK);
  const shared = openSync(fifo, constants.O_WRONLY);
  onTestFinished(() => [reader, filling, shared].forEach(closeSync));
  for (;;) {
    try {
      writeSync(filling, Buffer.alloc(512));
    } catch {
      break;
    }
  }
  const place = at(await lab());
  for (const [words, code] of [[['health', 'db'], 0], [['health', 'nowhere'], 1]] as const) {
    expect((await outcome(start(words, place, ['ignore', shared, shared]))).code).toBe(code);
  }
  const flags = Number.parseInt(/flags:\s+(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${shared}`, 'utf8'))![1]!, 8);
  expect(flags & constants.O_NONBLOCK).toBe(0);
});

test('what Docker keeps of it holds the whole line, whatever the services are called', async () => {
  const names = Array.from({ length: 30 }, (_, index) => `\n\x1b[2J${'ü'.repeat(120)}${index}`);
  const served = await serve(names);
  for (const name of names) served.backend.set(name, { wanted: 'up', state: 'failed', why: 'x\ny'.repeat(100) });
  const { code, stdout } = await svc(['health'], at(served));
  expect([code, stdout.split('\n').length, stdout.includes('\x1b')]).toEqual([1, 2, false]);
  expect(Buffer.byteLength(stdout)).toBeLessThanOrEqual(4096);
  expect(stdout).toMatch(/^not ready: .*…\n$/);
});

/** Takes every connection and says this to it; ends with the test. */
async function deafServer(beginning = ''): Promise<string> {
  const socket = path.join(temporary(), 'control.sock');
  const server = createServer((client) => {
    client.on('error', () => undefined);
    client.write(beginning);
    onTestFinished(() => void client.destroy());
  });
  onTestFinished(() => void server.close());
  server.listen(socket);
  await until(() => server.listening);
  return socket;
}
