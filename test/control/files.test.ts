import { expect, test } from 'vitest';
import type { File } from '../../src/control/answers.ts';
import { ask, serve } from './serve.ts';

const FILES: Readonly<Record<string, File>> = {
  '/': { type: 'text/html; charset=utf-8', bytes: Buffer.from('<!doctype html>ü'), headers: { 'content-security-policy': "default-src 'self'" } },
  '/dashboard/logo.png': { type: 'image/png', bytes: Buffer.from([0, 255, 10, 0]) },
};

test('static files are given as they are, with their type and headers', async () => {
  const { socket } = await serve([], {}, (path) => Promise.resolve(FILES[path]));
  const page = await ask(socket, 'GET', '/');
  expect([page.status, page.headers['content-type'], page.headers['content-length'], page.headers['content-security-policy'], page.body])
    .toEqual([200, 'text/html; charset=utf-8', '17', "default-src 'self'", '<!doctype html>ü']);
  expect((await ask(socket, 'GET', '/dashboard/logo.png')).headers).toMatchObject({ 'content-type': 'image/png', 'content-length': '4' });
  expect(await ask(socket, 'HEAD', '/')).toMatchObject({ status: 200, body: '' });
});

test('a file that is not there, and files where there are none, are problems', async () => {
  const { socket } = await serve([], {}, (path) => Promise.resolve(FILES[path]));
  const bare = await serve();
  for (const [where, target] of [[socket, '/dashboard/x'], [socket, '/dashboard/..%2f..%2fetc%2fpasswd'], [bare.socket, '/']] as const) {
    const { status, json } = await ask(where, 'GET', target);
    expect([target, status, json()['code']]).toEqual([target, 404, 'no-such-resource']);
  }
});

test('a reader of files that throws is a bug that is told, and costs one answer', async () => {
  const { socket, failures } = await serve([], {}, () => Promise.reject(new Error('cannot read')));
  expect((await ask(socket, 'GET', '/')).status).toBe(500);
  expect(failures.splice(0)).toHaveLength(1);
  expect((await ask(socket, 'GET', '/v1/supervisor')).status).toBe(200);
});
