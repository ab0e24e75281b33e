/**
 * The container's standard output or error, for lines of services. Nothing that happens there holds up n6: what cannot be written
 * waits for a while, and is then thrown away, counted, and said when somebody reads again.
 */
import { closeSync, write as writeLater, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { createEmptying } from './emptying.ts';
import { createFlow, type Flow } from './flow.ts';
import type { Gate } from './gate.ts';
import { lostText, UNREAD } from './sentences.ts';

export type LineSink = Flow & Readonly<{
  /**
   * Whole lines, and how many; the buffer is the caller's again when this returns. Never waits, never throws. What is given while it
   * is full waits in memory; while it is stuck it is thrown away.
   */
  write(bytes: Buffer, lines: number): void;
  /** Resolves when all is written, or when nobody has taken anything for so many milliseconds. */
  written(within: number): Promise<void>;
  /** What waits to be written. */
  waiting(): Buffer;
}>;

/**
 * `pipe`: a non-blocking description of our own, of a pipe. `file`: a description that never blocks, a regular file's. `slow`: one
 * that may block for ever, such as a terminal or a socket that others share.
 */
export type Place = Readonly<{ descriptor: number; kind: 'pipe' | 'file' | 'slow' }>;

export type SinkOptions = Readonly<{
  /** Where to write to. Asked again when the reader has gone. Throws when nobody reads there. */
  open(): Place;
  /** For places that are slow. */
  slow: Gate;
  /** Milliseconds for which a reader who takes nothing is waited for. */
  patience: number;
  /** Said once, when lines begin to be thrown away. */
  complain(text: string): void;
}>;

/** PIPE_BUF of Linux (pipe(7)): so much is written at once or not at all, between the lines of others. */
const ATOMIC = 4096;
/** What is in memory for a reader who is slow, before services have to wait. */
const MOST_WAITING = 64 * 1024;
/** Milliseconds. */
const RETRY = 20;
const NEWLINE = 10;

type Waiting = { bytes: Buffer; lines: number };

export function createSink({ open, slow, patience, complain }: SinkOptions): LineSink {
  const flow = createFlow(patience, () => complain(UNREAD));
  let place: Place | undefined;
  let socket: Socket | undefined;
  let queue: Waiting[] = [];
  let queued = 0;
  let lost = 0;
  let writing = false;
  const { written, empty } = createEmptying(() => queue.length === 0);

  function enqueue(bytes: Buffer, lines: number): void {
    queue.push({ bytes: Buffer.from(bytes), lines });
    queued += bytes.length;
    if (queued > MOST_WAITING) flow.hold();
  }

  /** As much as can be written now; the rest waits. */
  function send(bytes: Buffer, lines: number): void {
    if (writing || place!.kind === 'slow') {
      enqueue(bytes, lines);
      return next();
    }
    const at = writeNow(place!, bytes);
    if (at === bytes.length) return;
    enqueue(bytes.subarray(at), lines);
    next();
  }

  /** Waits until the first piece of the queue is written. */
  function next(): void {
    if (writing) return;
    const head = queue[0];
    if (head === undefined) return empty();
    const { descriptor, kind } = place!;
    const piece = head.bytes.subarray(0, kind === 'slow' ? head.bytes.length : endOfPiece(head.bytes, 0));
    writing = true;
    const done = (error: Error | null | undefined, written: number): void => {
      // Somebody has made a description non-blocking that he shares with us.
      if ((error as NodeJS.ErrnoException | null)?.code === 'EAGAIN') return void setTimeout(() => done(null, 0), RETRY);
      writing = false;
      if (error === null || error === undefined) taken(written);
      else gone();
    };
    if (kind === 'slow') {
      return slow.enter((leave) => writeLater(descriptor, piece, (error, written) => {
        leave();
        done(error, written);
      }));
    }
    connect(descriptor).write(piece, (error) => done(error, piece.length));
  }

  function taken(length: number): void {
    if (length > 0) flow.taken();
    const head = queue[0]!;
    queued -= length;
    head.bytes = head.bytes.subarray(length);
    try {
      while (queue.length > 0) {
        const { bytes } = queue[0]!;
        const at = place!.kind === 'slow' ? 0 : writeNow(place!, bytes);
        queued -= at;
        queue[0]!.bytes = bytes.subarray(at);
        if (queue[0]!.bytes.length > 0) break;
        queue.shift();
      }
    } catch {
      return gone();
    }
    if (queued <= MOST_WAITING / 2) flow.release();
    if (queue.length === 0 && lost > 0) enqueue(sayLost(), 0);
    next();
  }

  function sayLost(): Buffer {
    const text = Buffer.from(lostText(lost));
    lost = 0;
    return text;
  }

  function connect(descriptor: number): Socket {
    if (socket !== undefined) return socket;
    const made = new Socket({ fd: descriptor, readable: false, writable: true });
    made.on('error', () => undefined);
    made.on('close', () => {
      if (socket === made) gone();
    });
    return (socket = made);
  }

  /** Nobody reads any more. The next line tries to find somebody. */
  function gone(): void {
    lost += queue.reduce((sum, { lines }) => sum + lines, 0);
    queue = [];
    queued = 0;
    writing = false;
    const old = socket;
    const was = place;
    socket = place = undefined;
    if (old !== undefined) old.destroy();
    else if (was?.kind === 'pipe') closeSync(was.descriptor);
    flow.release();
    empty();
  }

  return {
    state: () => flow.state(),
    whenChanged: (listener) => flow.whenChanged(listener),
    write(bytes, lines) {
      if (flow.state() === 'stuck') return void (lost += lines);
      try {
        place ??= open();
        if (lost > 0) send(sayLost(), 0);
        send(bytes, lines);
      } catch {
        gone();
        lost += lines;
      }
    },
    written,
    waiting: () => Buffer.concat(queue.map(({ bytes }) => bytes)),
  };
}

/** Gives how far it has come. Throws when nobody reads. */
function writeNow({ descriptor, kind }: Place, bytes: Buffer): number {
  let at = 0;
  try {
    while (at < bytes.length) {
      const end = kind === 'file' ? bytes.length : endOfPiece(bytes, at);
      at += writeSync(descriptor, bytes, at, end - at);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
  }
  return at;
}

/** As many lines as are written at once, or one that is longer. */
function endOfPiece(bytes: Buffer, at: number): number {
  if (bytes.length - at <= ATOMIC) return bytes.length;
  const last = bytes.lastIndexOf(NEWLINE, at + ATOMIC - 1);
  if (last >= at) return last + 1;
  const first = bytes.indexOf(NEWLINE, at + ATOMIC);
  return first === -1 ? bytes.length : first + 1;
}
