import path from 'node:path';
import { expect, test } from 'vitest';
import { serve, until, type Served } from '../control/serve.ts';
import { start, svc } from './svc.ts';

const at = ({ socket }: Served): { environment: Record<string, string> } => ({ environment: { N6_DIR: path.dirname(socket) } });

test('without -f: what is remembered, as lines, and the end', async () => {
  const served = await serve(['web']);
  expect(await svc(['events'], at(served))).toEqual({ code: 0, stdout: '', stderr: '' });
  served.backend.announce('service-up', { service: 'web', pid: 7 });
  served.backend.announce('service-exited', { service: 'web', pid: 7, exitCode: 3 });
  served.backend.announce('service-exited', { service: 'web/log', pid: 8, signal: 'SIGKILL' });
  served.backend.announce('member-join', { member: { name: 'x\x1b[31m' } });
  expect((await svc(['events'], at(served))).stdout.split('\n')).toEqual([
    '00:00:00.000  service-up         web  pid 7',
    '00:00:00.000  service-exited     web  pid 7, exit 3',
    '00:00:00.000  service-exited     web/log  pid 8, killed by SIGKILL',
    String.raw`00:00:00.000  member-join        member {"name":"x\u001b[31m"}`,
    '',
  ]);
});

test('names, globs, paths, --since, --json', async () => {
  const served = await serve();
  for (const service of ['web', 'web/log', 'db', 'gone']) served.backend.announce('service-up', { service });
  const names = async (...words: string[]): Promise<unknown[]> => {
    const { code, stdout } = await svc(['events', '--json', ...words], at(served));
    expect(code).toBe(0);
    return stdout.split('\n').filter((line) => line !== '').map((line) => (JSON.parse(line) as { service: unknown }).service);
  };
  expect(await names()).toEqual(['web', 'web/log', 'db', 'gone']);
  expect(await names('gone', 'd?')).toEqual(['db', 'gone']);
  expect(await names('/run/service/web/log')).toEqual(['web/log']);
  expect(await names('/run/service/db/')).toEqual(['db']);
  expect(await names('--since', '3')).toEqual(['gone']);
  expect(await names('--since', '4')).toEqual([]);
  expect(await svc(['events', '--since', 'x'], at(served))).toMatchObject({ code: 2, stderr: expect.stringContaining('got "x"') as string });
});

test('-f: what happens from now on, until the ordered shutdown has ended', async () => {
  const served = await serve(['web']);
  served.backend.announce('service-up', { service: 'web' });
  const child = start(['events', '-f', 'web'], at(served));
  let stdout = '';
  child.stdout!.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  const ended = new Promise((resolve) => child.once('close', resolve));
  await until(() => served.backend.listening() === 1);
  served.backend.announce('service-exited', { service: 'web' });
  served.backend.announce('service-exited', { service: 'db' });
  await until(() => stdout !== '');
  expect(stdout).toBe('00:00:00.000  service-exited     web\n');
  served.backend.announce('shutdown-started');
  await served.server.close();
  expect(await ended).toBe(0);
});

test('what is not remembered any more is told', async () => {
  const served = await serve(['web']);
  for (let i = 0; i < 150; i++) served.backend.announce('service-up', { service: 'web' });
  const { code, stdout, stderr } = await svc(['events'], at(served));
  expect([code, stdout.split('\n').length - 1]).toEqual([0, 100]);
  expect(stderr).toBe('svc: 50 events are missing here: the supervisor remembers no more, or svc was too slow to read\n');
});
