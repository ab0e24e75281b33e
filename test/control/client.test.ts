import { writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createClient } from '../../src/control/client.ts';
import { serve, temporary, until } from './serve.ts';

test('a problem document becomes an error with the document in it', async () => {
  const { client } = await serve(['web']);
  await expect(client.call('service', { parameters: { name: 'wbe' } })).rejects.toMatchObject({
    name: 'Refused', message: 'no service named "wbe"; did you mean "web"?', problem: { status: 404, code: 'no-such-service' },
  });
});

test('names of any kind reach the service of that name', async () => {
  const names = ['a b', '100%', 'x?y=z#', 'ü', '..', 'wait'];
  const { client } = await serve(names);
  for (const name of names.filter((each) => each !== '..')) {
    expect((await client.call('service', { parameters: { name } })).service.name).toBe(name);
  }
});

test('an aborted request rejects with the reason, and the server lets go', async () => {
  const { client, backend } = await serve(['web']);
  const abort = new AbortController();
  const waiting = client.call('wait', { parameters: { name: 'web' }, query: [['for', 'up']], signal: abort.signal });
  await until(() => backend.waiting() === 1);
  abort.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  await until(() => backend.waiting() === 0);
});

test('nobody there: absent and dead are told apart', async () => {
  const directory = temporary();
  const at = (name: string): Promise<unknown> => createClient(path.join(directory, name)).call('services');
  await expect(at('control.sock')).rejects.toMatchObject({ name: 'Unreachable', reason: 'absent', code: 'ENOENT' });
  await expect(at(`${'none/'.repeat(30)}control.sock`)).rejects.toMatchObject({ reason: 'absent', code: 'ENOENT' });
  writeFileSync(path.join(directory, 'file'), '');
  await expect(at('file')).rejects.toMatchObject({ reason: 'dead', code: 'ECONNREFUSED' });
  await expect(at('file/control.sock')).rejects.toMatchObject({ reason: 'absent', code: 'ENOTDIR' });
});

test.each([
  ['goes without an answer', ''],
  ['goes in the middle of its answer', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"sch'],
  ['does not speak HTTP', 'SSH-2.0-OpenSSH\r\n'],
  ['does not send JSON', 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n<html>'],
  ['speaks another version', 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{"schema":2,"services":[]}'],
])('a server that %s', async (_, answer) => {
  const socket = path.join(temporary(), 'control.sock');
  await pretend(socket, (client) => client.end(answer));
  await expect(createClient(socket).call('services')).rejects.toMatchObject({ name: 'Unreachable', reason: 'lost' });
});

test('a stream that breaks off is an error, one that is refused is a refusal', async () => {
  const { client } = await serve();
  const first = (events: AsyncIterable<unknown>): Promise<unknown> => events[Symbol.asyncIterator]().next();
  await expect(first(client.events({ since: -1 }))).rejects.toMatchObject({ name: 'Refused', problem: { status: 400 } });
  const socket = path.join(temporary(), 'control.sock');
  await pretend(socket, (peer) => peer.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nid: '));
  await expect(first(createClient(socket).events())).rejects.toMatchObject({ name: 'Unreachable', reason: 'lost' });
});

function pretend(socket: string, answer: (client: Socket) => void): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer((client) => {
      client.on('error', () => undefined);
      client.once('data', () => answer(client));
    });
    onTestFinished(() => void server.close());
    server.listen(socket, () => resolve(server));
  });
}
