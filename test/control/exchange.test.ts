import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exchange } from '../../src/control/exchange.ts';

let directory: string;
let server: Server;
let answer: (socket: Socket) => void;
beforeAll(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'n6-exchange-'));
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => answer(socket));
  }).listen(path.join(directory, 'socket'));
  await once(server, 'listening');
});
afterAll(async () => {
  server.close();
  await once(server, 'close');
  rmSync(directory, { recursive: true, force: true });
});

/** Status and body of what a server says that sends these pieces and ends. */
async function read(...pieces: readonly (string | Buffer)[]): Promise<{ status: number; body: string }> {
  const say = async (socket: Socket): Promise<void> => {
    for (const piece of pieces) await new Promise((resolve) => socket.write(piece, resolve));
    socket.end();
  };
  answer = (socket) => void say(socket);
  const { status, body } = await exchange(connect(path.join(directory, 'socket')), { method: 'GET', target: '/', body: undefined });
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return { status, body: Buffer.concat(chunks).toString('latin1') };
}

const HEAD = 'HTTP/1.1 200 OK\r\n';

describe('an answer', () => {
  test('of a length, in chunks, up to the end of the connection, after 1xx', async () => {
    expect(await read(`${HEAD}Content-Length: 3\r\n\r\nabc and what is not of it`)).toEqual({ status: 200, body: 'abc' });
    expect(await read(`${HEAD}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n1;x=y\r\nd\r\n0\r\n\r\n`)).toEqual({ status: 200, body: 'abcd' });
    expect(await read(`${HEAD}\r\nabc`, 'def')).toEqual({ status: 200, body: 'abcdef' });
    expect(await read('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n')).toEqual({ status: 404, body: '' });
  });

  test('may come in pieces of any size', async () => {
    const bodies = fc.array(fc.string({ minLength: 1, maxLength: 20, unit: 'binary-ascii' }), { maxLength: 5 });
    await fc.assert(fc.asyncProperty(bodies, fc.array(fc.nat({ max: 40 }), { maxLength: 20 }), async (parts, cuts) => {
      const text = `${HEAD}transfer-encoding: chunked\r\n\r\n${parts.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join('')}0\r\n\r\n`;
      const pieces: string[] = [];
      let rest = text;
      for (const cut of cuts) {
        pieces.push(rest.slice(0, cut));
        rest = rest.slice(cut);
      }
      expect((await read(...[...pieces, rest].filter((piece) => piece !== ''))).body).toBe(parts.join(''));
    }), { numRuns: 50 });
  });

  test.each([
    ['nothing at all', ['']],
    ['no HTTP', ['SSH-2.0-OpenSSH\r\n\r\n']],
    ['half a head', [`${HEAD}content-le`]],
    ['a head without end', [`${HEAD}${'x: y\r\n'.repeat(20_000)}`]],
    ['less than its length', [`${HEAD}content-length: 4\r\n\r\nabc`]],
    ['a length that is none', [`${HEAD}content-length: -4\r\n\r\nabc`]],
    ['chunks that end in the middle', [`${HEAD}transfer-encoding: chunked\r\n\r\n5\r\nabc`]],
    ['chunks without the last one', [`${HEAD}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n`]],
    ['a chunk without a size', [`${HEAD}transfer-encoding: chunked\r\n\r\nxyz\r\nabc\r\n`]],
    ['a chunk of a size beyond all numbers', [`${HEAD}transfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\nabc\r\n`]],
  ])('that is none: %s', async (_, pieces) => {
    await expect(read(...pieces.filter((piece) => piece !== ''))).rejects.toMatchObject({ code: 'ECONNRESET' });
  });
});

test('what is not waited for closes the connection', async () => {
  const gone = new Promise((resolve) => {
    answer = (socket) => {
      socket.once('close', resolve);
      socket.write(`${HEAD}\r\nabc`);
    };
  });
  const { body } = await exchange(connect(path.join(directory, 'socket')), { method: 'GET', target: '/', body: undefined });
  for await (const chunk of body) {
    expect(String(chunk)).toBe('abc');
    break;
  }
  await gone;
});

test('nobody is there', async () => {
  const socket = connect(path.join(directory, 'nothing'));
  await expect(exchange(socket, { method: 'GET', target: '/', body: undefined })).rejects.toMatchObject({ code: 'ENOENT' });
});
