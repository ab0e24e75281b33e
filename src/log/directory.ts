import { closeSync, fchmodSync, fstatSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, statSync, writeSync, existsSync } from 'node:fs';
import path from 'node:path';
import { codeOf } from '../kernel/errno.ts';
import type { Sink } from './dispatch.ts';
import type { Warn } from './outputs.ts';
import { runProcessor } from './processor.ts';
import type { Keeping } from './script.ts';
import { tai64nText } from './stamps.ts';

export type LogDirectory = Sink & Readonly<{
  /** Bytes that could not be written yet. */
  waiting(): number;
  /** Makes `current` an archive, if there is something in it. */
  rotate(): void;
  /** Calls back when everything is written and no processor runs; `current` is then marked as complete. */
  finish(done: () => void): void;
}>;

export type Surroundings = Readonly<{
  /** Nanoseconds since 1970. */
  now(): bigint;
  lock(file: string): boolean;
  warn: Warn;
  /** Something that was waiting has been written. */
  relieved(): void;
}>;

/**
 * A log directory (spec/s6-compat 6.3 to 6.6): `current`, archives `@TAI64N.s`, `lock`. A `current` that was completed
 * (mode u+x) is continued, another becomes `@TAI64N.u`. Throws an Error with a sentence when it cannot be made, opened or locked.
 */
export function openLogDirectory(directory: string, keeping: Keeping, { now, lock, warn, relieved }: Surroundings): LogDirectory {
  const place = (name: string): string => path.join(directory, name);
  const full = keeping.size - keeping.tolerance;
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let retryTimer: NodeJS.Timeout | undefined;
  let wished = false, processing = false;
  let finished: (() => void) | undefined;
  let lastStamp = 0n;

  attempt(`cannot make the log directory ${directory}`, 'give it a parent directory that may be written to', () => {
    if (!existsSync(directory)) mkdirSync(directory, { mode: 0o700 });
  });
  const locked = attempt(`cannot open ${place('lock')}`, 'allow it to be written', () => {
    // Made here, as readable as everything else. Never opened once it is locked: closing it would unlock it.
    if (!existsSync(place('lock'))) closeSync(openSync(place('lock'), 'a', 0o666));
    return lock(place('lock'));
  });
  if (!locked) throw new Error(`cannot lock ${place('lock')}: another s6-log writes to this directory; give each its own`);
  let { descriptor, size } = attempt(`cannot open ${place('current')}`, 'allow it to be written', () => {
    keepUnfinished();
    return openCurrent();
  });
  if (size >= full) rotate();
  if (keeping.every > 0) setInterval(rotate, Math.min(keeping.every * 1000, LONGEST_TIMER)).unref();

  function openCurrent(): { descriptor: number; size: number } {
    const opened = openSync(place('current'), 'a', 0o666);
    const { mode, size: length } = fstatSync(opened);
    // From here until the end it counts as incomplete.
    fchmodSync(opened, mode & 0o666);
    return { descriptor: opened, size: length };
  }

  /** What an earlier life left behind when it was killed: nothing of it is thrown away but a processor's half results. */
  function keepUnfinished(): void {
    for (const name of ['previous', 'current']) {
      const status = statSync(place(name), { throwIfNoEntry: false });
      const complete = name === 'current' && status !== undefined && (status.mode & 0o100) !== 0;
      if (status !== undefined && !complete) renameSync(place(name), archive('u'));
    }
    for (const name of ['processed', 'newstate']) rmSync(place(name), { force: true });
    if (!existsSync(place('state'))) closeSync(openSync(place('state'), 'a', 0o666));
    trim();
  }

  function archive(ending: 's' | 'u'): string {
    let stamp = now();
    if (stamp <= lastStamp) stamp = lastStamp + 1n;
    while (existsSync(place(`${tai64nText(stamp)}.${ending}`))) stamp += 1n;
    lastStamp = stamp;
    return place(`${tai64nText(stamp)}.${ending}`);
  }

  /** Removes the oldest archives beyond the number and the total size. */
  function trim(): void {
    const archives = readdirSync(directory).filter((name) => /^@[0-9a-f]{24}\.[su]$/.test(name)).sort();
    const sizes = keeping.total === 0 ? [] : archives.map((name) => statSync(place(name)).size);
    let total = sizes.reduce((sum, bytes) => sum + bytes, 0);
    for (const [index, name] of archives.entries()) {
      if (archives.length - index <= keeping.archives && total <= keeping.total) return;
      rmSync(place(name), { force: true });
      total -= sizes[index] ?? 0;
    }
  }

  function rotate(): void {
    // While a processor has its turn `current` grows beyond its size, and rotates afterwards.
    wished = size > 0;
    if (!wished || processing || retryTimer !== undefined) return;
    try {
      const previous = keeping.processor === undefined ? archive('s') : place('previous');
      fchmodSync(descriptor, fstatSync(descriptor).mode | 0o100);
      renameSync(place('current'), previous);
      const old = descriptor;
      ({ descriptor, size } = openCurrent());
      wished = false;
      closeSync(old);
      if (keeping.processor === undefined) trim();
      else treat(keeping.processor);
    } catch (error) {
      // Nothing is lost: `current`, under whatever name, is still open and goes on growing.
      failed(`cannot rotate ${place('current')}`, error);
    }
  }

  function treat(argv: readonly string[]): void {
    processing = true;
    runProcessor(directory, argv, () => archive('s'), (failure) => {
      processing = false;
      if (failure !== undefined) warn(`the processor of ${directory} failed: ${failure}; its input is kept`);
      if (failure !== undefined && finished === undefined) {
        processing = true;
        setTimeout(() => treat(argv), keeping.retry);
        return;
      }
      try {
        // At the end nobody waits for a processor that fails: the next life would find the same file as `.u`.
        if (failure !== undefined) renameSync(place('previous'), archive('u'));
        trim();
      } catch (error) {
        warn(`cannot tidy up ${directory}: ${String(error)}`);
      }
      if (wished || size >= full) rotate();
      end();
    });
  }

  function failed(what: string, error: unknown): void {
    warn(`${what} (${codeOf(error)}); trying again in ${keeping.retry} ms: is there room on the disk?`);
    retryTimer ??= setTimeout(again, keeping.retry);
  }

  function again(): void {
    retryTimer = undefined;
    const waiting = pending;
    pending = [];
    pendingBytes = 0;
    for (const lines of waiting) write(lines);
    if (wished && pendingBytes === 0) rotate();
    if (pendingBytes === 0) relieved();
    end();
  }

  function write(lines: Buffer): void {
    for (let at = 0; at < lines.length;) {
      if (pendingBytes > 0) return wait(lines.subarray(at));
      // Up to the end of the line that fills the file.
      const newline = size >= full ? -1 : lines.indexOf(10, at + Math.max(full - size - 1, 0));
      const end = newline === -1 ? lines.length : newline + 1;
      try {
        const written = writeSync(descriptor, lines, at, end - at);
        size += written;
        at += written;
      } catch (error) {
        wait(lines.subarray(at));
        return failed(`cannot write to ${place('current')}`, error);
      }
      if (size >= full && at === end) rotate();
    }
  }

  function wait(lines: Buffer): void {
    pending.push(Buffer.from(lines));
    pendingBytes += lines.length;
  }

  function end(): void {
    if (finished === undefined || processing || pendingBytes > 0) return;
    const done = finished;
    finished = undefined;
    if (retryTimer !== undefined) clearTimeout(retryTimer);
    try {
      fchmodSync(descriptor, fstatSync(descriptor).mode | 0o100);
    } catch (error) {
      warn(`cannot mark ${place('current')} as complete (${codeOf(error)}); the next start will archive it as .u`);
    }
    done();
  }

  return {
    write,
    waiting: () => pendingBytes,
    rotate,
    finish: (done) => {
      finished = done;
      end();
    },
  };
}

/** setTimeout(3)'s longest: a longer one would ring at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

function attempt<T>(what: string, advice: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw new Error(`${what} (${codeOf(error)}); ${advice}`, { cause: error });
  }
}
