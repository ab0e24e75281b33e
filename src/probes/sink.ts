/**
 * n6's own standard output and error, for lines of services. As long as the reader takes something now and then nothing is
 * lost: n6 stops reading, and services wait in their pipes as they would without n6 between. A reader that takes nothing
 * for a while does not hold them up any longer: what cannot be written is counted, and said when he is back.
 */
import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { LineSink } from './capture.ts';
import { lostText } from './sentences.ts';

export type SinkOptions = Readonly<{
  /**
   * A descriptor to write to: `shared` is n6's own 1 or 2, which must not be changed; otherwise it is a description of our own,
   * non-blocking, of a pipe or a terminal. Asked again when the reader has gone. Throws when nobody reads there.
   */
  open(): Readonly<{ descriptor: number; kind: 'pipe' | 'terminal' | 'shared' }>;
  /** Milliseconds that a full pipe is waited for. */
  patience: number;
}>;

export function createSink({ open, patience }: SinkOptions): LineSink {
  let direct: number | undefined;
  let socket: Socket | undefined;
  let lost = 0;
  let stuck = false;
  let timer: NodeJS.Timeout | undefined;
  const listeners = new Set<(full: boolean) => void>();

  function tellFull(full: boolean): void {
    for (const listener of listeners) listener(full);
  }

  function connect(): void {
    const { descriptor, kind } = open();
    if (kind !== 'pipe') return void (direct = descriptor);
    const made = new Socket({ fd: descriptor, readable: false, writable: true });
    made.on('drain', release);
    // EPIPE: nobody reads any more. The next line tries to find somebody.
    made.on('error', () => undefined);
    made.on('close', () => {
      if (socket === made) socket = undefined;
      release();
    });
    socket = made;
  }

  function release(): void {
    clearTimeout(timer);
    timer = undefined;
    stuck = false;
    tellFull(false);
  }

  function hold(): void {
    if (timer !== undefined) return;
    timer = setTimeout(() => {
      stuck = true;
      tellFull(false);
    }, patience);
    tellFull(true);
  }

  function send(bytes: Buffer): void {
    if (direct === undefined && socket === undefined) connect();
    if (direct !== undefined) writeAll(direct, bytes);
    else if (!socket!.write(bytes)) hold();
  }

  return {
    write(text, count) {
      try {
        if (stuck) throw new Error('full');
        if (lost > 0) {
          send(Buffer.from(lostText(lost)));
          lost = 0;
        }
        send(text);
      } catch {
        lost += count;
      }
    },
    whenFull(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** A terminal may take a part only. Throws EAGAIN when it takes nothing more. */
function writeAll(descriptor: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at);
}
