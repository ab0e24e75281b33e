/**
 * One HTTP/1.1 request and its answer on a connection of its own (RFC 9112). node:http does it, too, but loading it takes
 * a third as long as Node's own start, and scripts, hooks and probes start svc again and again (bench/status.ts).
 */
import type { Socket } from 'node:net';

export type Request = Readonly<{ method: string; target: string; body: string | undefined }>;
/** `body` ends with the answer; it throws when the connection ends before that. Whoever leaves it early closes the connection. */
export type Answer = Readonly<{ status: number; body: AsyncGenerator<Buffer, void> }>;

/** Bytes of an answer's head; n6 sends some 200. */
const LONGEST_HEAD = 65_536;

/** Sends the request and resolves with the head of the answer. Rejects with what the socket says, and ECONNRESET where the answer is none. */
export async function exchange(socket: Socket, request: Request): Promise<Answer> {
  socket.write(headOf(request) + (request.body ?? ''));
  const bytes = createBytes(socket);
  try {
    for (;;) {
      const { status, headers } = await readHead(bytes);
      // 1xx: the answer itself follows (RFC 9110, 15.2).
      if (status >= 200) return { status, body: closing(socket, bodyOf(bytes, headers)) };
    }
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function headOf({ method, target, body }: Request): string {
  const entity = body === undefined ? '' : `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`;
  return `${method} ${target} HTTP/1.1\r\nhost: n6\r\nconnection: close\r\n${entity}\r\n`;
}

type Bytes = Readonly<{
  /** What has come, at least one byte; undefined at the end of the connection. */
  some(most: number): Promise<Buffer | undefined>;
  /** Up to the next `mark`, which is taken, too. */
  until(mark: string): Promise<string>;
}>;

function createBytes(socket: Socket): Bytes {
  const chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let held: Buffer = Buffer.alloc(0);

  async function more(): Promise<boolean> {
    const next = await chunks.next();
    if (next.done === true) return false;
    held = held.length === 0 ? next.value : Buffer.concat([held, next.value]);
    return true;
  }

  function take(length: number): Buffer {
    const taken = held.subarray(0, length);
    held = held.subarray(length);
    return taken;
  }

  return {
    async some(most) {
      if (held.length === 0 && !(await more())) return undefined;
      return take(most);
    },
    async until(mark) {
      for (;;) {
        const at = held.indexOf(mark);
        if (at >= 0) return take(at + mark.length).toString('latin1').slice(0, -mark.length);
        if (held.length > LONGEST_HEAD) throw broken('a head without end');
        if (!(await more())) throw broken('the connection has ended');
      }
    },
  };
}

type Head = Readonly<{ status: number; headers: ReadonlyMap<string, string> }>;

async function readHead(bytes: Bytes): Promise<Head> {
  const [first = '', ...fields] = (await bytes.until('\r\n\r\n')).split('\r\n');
  const [, status] = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(first) ?? [];
  if (status === undefined) throw broken('no HTTP');
  return { status: Number(status), headers: new Map(fields.map(readField)) };
}

function readField(line: string): [name: string, value: string] {
  const colon = line.indexOf(':');
  return [line.slice(0, Math.max(0, colon)).toLowerCase(), line.slice(colon + 1).trim()];
}

/** RFC 9112, section 6.3: chunks, or a length, or all until the end of the connection. */
function bodyOf(bytes: Bytes, headers: Head['headers']): AsyncGenerator<Buffer, void> {
  if (headers.get('transfer-encoding')?.toLowerCase() === 'chunked') return chunked(bytes);
  const length = headers.get('content-length');
  if (length !== undefined && !/^\d{1,15}$/.test(length)) throw broken('a length that is no number');
  return measured(bytes, length === undefined ? Infinity : Number(length));
}

async function* measured(bytes: Bytes, length: number): AsyncGenerator<Buffer, void> {
  for (let left = length; left > 0;) {
    const some = await bytes.some(left);
    if (some === undefined && left === Infinity) return;
    if (some === undefined) throw broken('the connection has ended');
    left -= some.length;
    yield some;
  }
}

async function* chunked(bytes: Bytes): AsyncGenerator<Buffer, void> {
  for (;;) {
    const [size = ''] = (await bytes.until('\r\n')).split(';');
    if (!/^[\da-f]{1,12}$/i.test(size.trim())) throw broken('a chunk without a size');
    const length = parseInt(size, 16);
    if (length === 0) return;
    yield* measured(bytes, length);
    await bytes.until('\r\n');
  }
}

async function* closing(socket: Socket, body: AsyncGenerator<Buffer, void>): AsyncGenerator<Buffer, void> {
  try {
    yield* body;
  } finally {
    socket.destroy();
  }
}

/** As node:http calls it. */
const broken = (what: string): Error => Object.assign(new Error(`an answer that is none: ${what}`), { code: 'ECONNRESET' });
