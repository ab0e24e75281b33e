import { spawn } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createClient } from '../../src/control/client.ts';
import { serveControl } from '../../src/control/server.ts';
import { SOCKET_PATH_LIMIT, withSocketPath } from '../../src/control/socket-path.ts';
import { fakeBackend } from './fake-backend.ts';
import { temporary } from './serve.ts';

const begin = async (socket: string): Promise<{ close(): Promise<void> }> => {
  const server = await serveControl({
    backend: fakeBackend(['web']),
    path: socket,
    failed(where, error) {
      throw new Error(`${where}: ${String(error)}`);
    },
  });
  onTestFinished(() => server.close());
  return server;
};

test('the socket is for its owner alone, whatever the umask, and nothing else stays in the directory', async () => {
  const directory = temporary();
  const before = process.umask(0);
  try {
    const server = await begin(path.join(directory, 'control.sock'));
    const stats = lstatSync(path.join(directory, 'control.sock'));
    expect([stats.isSocket(), (stats.mode & 0o777).toString(8), readdirSync(directory)]).toEqual([true, '600', ['control.sock']]);
    expect(process.umask()).toBe(0);
    await server.close();
    expect(readdirSync(directory)).toEqual([]);
  } finally {
    process.umask(before);
  }
});

test('a path longer than a socket address works for server and client', async () => {
  const deep = path.join(temporary(), 'd'.repeat(100), 'e'.repeat(100));
  mkdirSync(deep, { recursive: true });
  const socket = path.join(deep, 'control.sock');
  expect(socket.length).toBeGreaterThan(2 * SOCKET_PATH_LIMIT - 20);
  const server = await begin(socket);
  expect((await createClient(socket).call('services')).services.map(({ name }) => name)).toEqual(['web']);
  await expect(begin(socket)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await server.close();
  expect(existsSync(socket)).toBe(false);
});

test('a path of exactly the limit is taken as it is, a byte more by way of its directory', () => {
  const directory = temporary();
  const at = (length: number): string => path.join(directory, 'n'.repeat(length - directory.length - 1));
  expect(withSocketPath(at(SOCKET_PATH_LIMIT), (short) => short)).toBe(at(SOCKET_PATH_LIMIT));
  expect(withSocketPath(at(SOCKET_PATH_LIMIT + 1), (short) => short)).toMatch(/^\/proc\/self\/fd\/\d+\/n+$/);
  expect(() => withSocketPath(path.join(directory, 'n'.repeat(108)), (short) => short)).toThrow('ENAMETOOLONG');
});

test('the socket of a supervisor that was killed is replaced', async () => {
  const socket = path.join(temporary(), 'control.sock');
  const script = `require('node:net').createServer().listen(${JSON.stringify(socket)}, () => process.kill(process.pid, 'SIGKILL'))`;
  await new Promise((resolve) => spawn(process.execPath, ['-e', script]).once('exit', resolve));
  expect(lstatSync(socket).isSocket()).toBe(true);
  await expect(createClient(socket).call('services')).rejects.toMatchObject({ reason: 'dead', code: 'ECONNREFUSED' });
  await begin(socket);
  expect((await createClient(socket).call('services')).services).toHaveLength(1);
});

test('a socket that somebody answers on is left to him', async () => {
  const directory = temporary();
  const socket = path.join(directory, 'control.sock');
  await begin(socket);
  await expect(begin(socket)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  expect((await createClient(socket).call('services')).services).toHaveLength(1);
  expect(readdirSync(directory)).toEqual(['control.sock']);
});

test.each(['a file', 'a directory', 'a link'])('%s at the path of the socket is left alone', async (what) => {
  const directory = temporary();
  const socket = path.join(directory, 'control.sock');
  if (what === 'a file') writeFileSync(socket, 'mine');
  else if (what === 'a directory') mkdirSync(socket);
  else symlinkSync('/nowhere', socket);
  await expect(begin(socket)).rejects.toMatchObject({ code: 'EEXIST' });
  expect(readdirSync(directory)).toEqual(['control.sock']);
});

test('a directory that is missing is told by its errno', async () => {
  await expect(begin(path.join(temporary(), 'none', 'control.sock'))).rejects.toMatchObject({ code: 'ENOENT' });
});

test('at its end the server takes its own file away, not that of a successor', async () => {
  const directory = temporary();
  const socket = path.join(directory, 'control.sock');
  const server = await begin(socket);
  renameSync(socket, path.join(directory, 'moved'));
  const successor = createServer();
  await new Promise<void>((resolve) => successor.listen(socket, resolve));
  onTestFinished(() => void successor.close());
  await server.close();
  expect(readdirSync(directory).sort()).toEqual(['control.sock', 'moved']);
});
