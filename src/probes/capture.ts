/** Reads what services write, line by line, and hands it on to n6's own output. */
import { readSync } from 'node:fs';
import { Socket } from 'node:net';
import { createLines, type Line } from './lines.ts';

export type LineSink = Readonly<{
  /** Whole lines, and how many. Never waits, never throws. */
  write(text: Buffer, lines: number): void;
  /** Calls back when it can take no more for the moment, and when it can again. Gives the way to stop. */
  whenFull(listener: (full: boolean) => void): () => void;
}>;

export type CaptureOptions = Readonly<{
  /** The reading end of a pipe; closed at its end. */
  descriptor: number;
  sink: LineSink;
  /** Before each line; undefined: the bytes stay as they are. */
  prefix(): string | undefined;
  /** False: it is read and thrown away. */
  forwards(): boolean;
  line(text: Buffer): void;
  failed(error: unknown): void;
}>;

export type Capture = Readonly<{
  /** Takes all that has been written until now, also the beginning of a line. */
  drain(): void;
}>;

const CHUNK = 64 * 1024;
/** A pipe holds 64 KiB, or up to 1 MiB where its writer has asked for that (fcntl(2), F_SETPIPE_SZ): somebody may write on meanwhile. */
const MOST_CHUNKS = 16;
const NEWLINE = Buffer.from('\n');

export function createCapture({ descriptor, sink, prefix, forwards, line, failed }: CaptureOptions): Capture {
  const socket = new Socket({ fd: descriptor, readable: true, writable: false });
  const lines = createLines();
  let over = false;

  function pass(found: readonly Line[]): void {
    if (found.length === 0) return;
    for (const { bytes } of found) line(bytes);
    if (!forwards()) return;
    const before = prefix();
    const head = before === undefined ? [] : [Buffer.from(before)];
    // With a prefix each piece becomes a line of its own; without one not a byte is added.
    const parts = found.flatMap(({ bytes, ended }) => (ended || before !== undefined ? [...head, bytes, NEWLINE] : [bytes]));
    sink.write(Buffer.concat(parts), found.length);
  }

  function guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      failed(error);
    }
  }

  socket.on('data', (chunk: Buffer) => guarded(() => pass(lines.push(chunk))));
  socket.on('error', failed);
  const unlisten = sink.whenFull((full) => void (full ? socket.pause() : socket.resume()));
  socket.on('close', () => {
    over = true;
    unlisten();
    guarded(() => pass(lines.rest()));
  });

  return {
    drain: () => guarded(() => {
      if (over) return;
      // What the stream has taken while it was paused comes as 'data'.
      socket.read();
      for (let count = 0; count < MOST_CHUNKS; count++) {
        const chunk = readNow(descriptor);
        if (chunk === undefined) break;
        pass(lines.push(chunk));
      }
      pass(lines.rest());
    }),
  };
}

/** The socket has made this end non-blocking; the writers have one of their own. */
function readNow(descriptor: number): Buffer | undefined {
  const chunk = Buffer.allocUnsafe(CHUNK);
  try {
    const length = readSync(descriptor, chunk, 0, CHUNK, null);
    return length === 0 ? undefined : chunk.subarray(0, length);
  } catch {
    // EAGAIN: nothing is there now.
    return undefined;
  }
}
