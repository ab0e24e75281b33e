/**
 * The log files of one service: `current`, and those that it has become (see archive.ts). Writing is done on other threads, many lines at
 * a time: a disk that is slow, full or gone holds up no supervision.
 */
import { promises } from 'node:fs';
import path from 'node:path';
import type { LogFiles } from '../core/policy.ts';
import type { Archives } from './archive.ts';
import { after, batchOf } from './batch.ts';
import { createEmptying } from './emptying.ts';
import { createFlow, type Flow } from './flow.ts';
import { createGate, type Gate } from './gate.ts';
import { canWriteAgain, cannotKeep, cannotWrite, lostInFile } from './sentences.ts';

export type FileSink = Flow & Readonly<{
  /** Whole lines, and how many; the buffer is the sink's from now on. Never waits, never throws. */
  write(bytes: Buffer, lines: number): void;
  /** Sizes and numbers may have changed; the directory has not. */
  change(files: LogFiles): void;
  /** Resolves when all is written, or after so many milliseconds. */
  written(within: number): Promise<void>;
  /** There will be nothing more: what is there is still written, for so many milliseconds. */
  end(within: number): void;
  /** What could not be written. */
  waiting(): Buffer;
}>;

/** Over all services: bytes that wait for disks, and who may write. */
export type Disk = { waiting: number; readonly gate: Gate };
export const createDisk = (): Disk => ({ waiting: 0, gate: createGate(2) });

export type FileSinkOptions = Readonly<{
  files: LogFiles;
  disk: Disk;
  archives: Archives;
  /** Milliseconds for which a disk that takes nothing is waited for. */
  patience: number;
  complain(text: string): void;
}>;

const MOST_WAITING = 4 * 2 ** 20;
const MOST_WAITING_IN_ALL = 32 * 2 ** 20;
/** So much may always wait: it can then be told when it is written. */
const ALWAYS = 64 * 1024;
/** Milliseconds until what could not be written is tried again. */
const RETRY = 2000;
/** Milliseconds until it is looked whether `current` is still the file that is written. */
const LOOK = 1000;

export function createFileSink({ files: given, disk, archives, patience, complain }: FileSinkOptions): FileSink {
  const current = path.join(given.directory, 'current');
  const flow = createFlow(patience, () => undefined);
  let files = given;
  let handle: promises.FileHandle | undefined;
  let inode = 0;
  let lookedAt = 0;
  let size = 0;
  /** When the first line of `current` was written, in milliseconds since 1970. */
  let began = 0;
  let queue: Buffer[] = [];
  let queued = 0;
  let lost = 0;
  let lostInAll = 0;
  let busy = false;
  let broken = false;
  let closed = false;
  let retry: NodeJS.Timeout | undefined;
  const { written, empty } = createEmptying(() => queue.length === 0 && !busy);

  function enqueue(bytes: Buffer): void {
    queue.push(bytes);
    queued += bytes.length;
    disk.waiting += bytes.length;
  }

  function go(): void {
    if (busy || closed || retry !== undefined) return;
    if (queue.length === 0) return empty();
    busy = true;
    disk.gate.enter((leave) => {
      const end = (error?: NodeJS.ErrnoException): void => {
        leave();
        done(error);
      };
      step().then(() => end(), end);
    });
  }

  function done(error: NodeJS.ErrnoException | undefined): void {
    busy = false;
    if (closed) return shut();
    if (error === undefined) {
      recovered();
      return go();
    }
    if (!broken) complain(cannotWrite(current, error.code ?? String(error)));
    broken = true;
    shut();
    retry = setTimeout(() => {
      retry = undefined;
      go();
    }, RETRY);
    retry.unref();
  }

  function recovered(): void {
    flow.taken();
    if (queued <= MOST_WAITING / 2 && disk.waiting <= MOST_WAITING_IN_ALL) flow.release();
    else if (queued <= ALWAYS / 2) flow.release();
    // What was thrown away came after all that waits.
    if (lost > 0 && flow.state() === 'free') {
      enqueue(Buffer.from(lostInFile(lost)));
      lost = 0;
    }
    if (!broken || flow.state() !== 'free') return;
    broken = false;
    complain(canWriteAgain(current, lostInAll));
    lostInAll = 0;
  }

  async function step(): Promise<void> {
    const now = Date.now();
    if (handle !== undefined && now - lookedAt >= LOOK) await look(now);
    handle ??= await open(now);
    if (size >= files.size || (size > 0 && files.age !== undefined && now - began >= files.age)) await rotate(now);
    let left = batchOf(queue, files.size - size);
    if (size === 0) began = now;
    while (left.length > 0) {
      const { bytesWritten } = await handle.writev(left);
      size += bytesWritten;
      take(bytesWritten);
      left = after(left, bytesWritten);
    }
  }

  /** Somebody may have taken `current` away, or put another in its place. */
  async function look(now: number): Promise<void> {
    lookedAt = now;
    const there = await promises.stat(current).catch(() => undefined);
    if (there?.ino !== inode) shut();
  }

  function take(length: number): void {
    queued -= length;
    disk.waiting -= length;
    queue = after(queue, length);
  }

  async function open(now: number): Promise<promises.FileHandle> {
    await promises.mkdir(files.directory, { recursive: true, mode: 0o750 });
    await archives.look(files);
    const opened = await promises.open(current, 'a', 0o640);
    try {
      const stats = await opened.stat();
      size = stats.size;
      inode = stats.ino;
      // File systems that do not know when it was made know when it was changed.
      began = stats.birthtimeMs > 0 ? stats.birthtimeMs : stats.ctimeMs;
      lookedAt = now;
      return opened;
    } catch (error) {
      await opened.close();
      throw error;
    }
  }

  async function rotate(now: number): Promise<void> {
    try {
      await archives.keep(current, files);
    } catch (error) {
      complain(cannotKeep(current, error));
      // Once more when it has grown so much again.
      size = 0;
      began = now;
      return;
    }
    const old = handle!;
    handle = undefined;
    archives.flush(old);
    handle = await open(now);
  }

  function shut(): void {
    // EIO of a disk: what was written before has been told as failed, or not at all.
    handle?.close().catch(() => undefined);
    handle = undefined;
  }

  return {
    state: () => flow.state(),
    whenChanged: (listener) => flow.whenChanged(listener),
    write(bytes, lines) {
      if (closed || flow.state() === 'stuck') {
        lost += lines;
        lostInAll += lines;
        return;
      }
      enqueue(bytes);
      if (queued > MOST_WAITING || (queued > ALWAYS && disk.waiting > MOST_WAITING_IN_ALL)) flow.hold();
      go();
    },
    change: (changed) => void (files = changed),
    written,
    end: (within) => void written(within).then(() => {
      closed = true;
      clearTimeout(retry);
      disk.waiting -= queued;
      queued = 0;
      queue = [];
      if (!busy) shut();
    }),
    waiting: () => Buffer.concat(queue),
  };
}
