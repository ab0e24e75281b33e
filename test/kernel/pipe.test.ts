import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { file, scratch } from './files.ts';
import { exitOf, happened, kernel, start, told } from './kernel.ts';

test('a pipe is one, and both its ends are close-on-exec', () => {
  const { read, write } = kernel.pipe();
  for (const end of [read, write]) {
    expect(fstatSync(end).isFIFO()).toBe(true);
    expect(flags(end) & O_CLOEXEC).toBe(O_CLOEXEC);
    expect(flags(end) & constants.O_NONBLOCK).toBe(0);
    kernel.close(end);
    expect(() => fstatSync(end)).toThrow('EBADF');
  }
});

test('everything is read, then the end is told once and the descriptor closed', async () => {
  const { read, write } = kernel.pipe();
  const sizes: (number | undefined)[] = [];
  const ended = new Promise<void>((resolve) => kernel.read(read, (chunk) => {
    sizes.push(chunk?.length);
    if (chunk === undefined) resolve();
  }));
  await start('/bin/sh', ['-c', 'head -c 1000000 /dev/zero'], { stdio: ['null', write, 'null'] });
  kernel.close(write);
  await ended;
  expect(sizes.reduce((sum: number, size) => sum + (size ?? 0), 0)).toBe(1_000_000);
  expect(sizes.filter((size) => size === undefined)).toHaveLength(1);
  expect(() => fstatSync(read)).toThrow('EBADF');
});

test('whoever stops reading hears nothing any more, and the descriptor is closed', async () => {
  const { read, write } = kernel.pipe();
  const chunks: unknown[] = [];
  const stop = kernel.read(read, (chunk) => {
    chunks.push(chunk?.toString());
    stop();
  });
  await exitOf(await start('/bin/sh', ['-c', 'echo one; trap "exit 5" PIPE; while echo more; do :; done'], { stdio: ['null', write, 'null'] }));
  kernel.close(write);
  expect(chunks).toHaveLength(1);
  expect(() => fstatSync(read)).toThrow('EBADF');
  // Once more does nothing, also when the number is somebody else's by now.
  const other = openSync('/dev/null', 'r');
  stop();
  expect(fstatSync(other).isCharacterDevice()).toBe(true);
  closeSync(other);
});

test('close stops the reader of a descriptor', async () => {
  const { read, write } = kernel.pipe();
  kernel.read(read, () => expect.unreachable());
  kernel.close(read);
  expect(() => fstatSync(read)).toThrow('EBADF');
  expect(() => writeSync(write, 'to nobody')).toThrow('EPIPE');
  kernel.close(write);
  await exitOf(await start('/bin/true'));
});

test('a listener that throws is told to the owner of errors, and reading goes on', async () => {
  const before = told.length;
  const { read, write } = kernel.pipe();
  const chunks: string[] = [];
  const ended = new Promise<void>((resolve) => kernel.read(read, (chunk) => {
    if (chunk === undefined) resolve();
    chunks.push(String(chunk));
    throw new Error('a bad listener');
  }));
  writeSync(write, 'one');
  await happened(() => told.length > before);
  kernel.close(write);
  await ended;
  expect(chunks).toEqual(['one', 'undefined']);
  expect(told.slice(before).filter((entry) => 'failed' in entry)).toHaveLength(2);
});

test('closing what is not open is told to the owner of errors', () => {
  const before = told.length;
  kernel.close(987);
  expect(told.slice(before)).toMatchObject([{ failed: { message: 'close' } }]);
});

test('a FIFO is made, read, and outlives its writers', async () => {
  const fifo = path.join(scratch, 'control');
  const descriptor = kernel.fifo(fifo, 0o600);
  expect(statSync(fifo).isFIFO()).toBe(true);
  expect(statSync(fifo).mode & 0o777).toBe(0o600);
  let text = '';
  let stop = (): void => {};
  const complete = new Promise<void>((resolve) => {
    stop = kernel.read(descriptor, (chunk) => {
      text += chunk?.toString() ?? 'END';
      if (text.length >= 3) resolve();
    });
  });
  for (const letter of ['u', 'd', 'x']) {
    // The shell's open waits until there is a reader, and closes again.
    expect(await exitOf(await start('/bin/sh', ['-c', `printf ${letter} >"$0"`, fifo]))).toEqual({ code: 0 });
  }
  await complete;
  stop();
  expect(text).toBe('udx');
});

test('an old FIFO is used again, anything else in its place is refused', () => {
  const fifo = path.join(scratch, 'again');
  kernel.close(kernel.fifo(fifo, 0o600));
  kernel.close(kernel.fifo(fifo, 0o600));
  const plain = file('no-fifo', 'content');
  expect(() => kernel.fifo(plain, 0o600)).toThrow(expect.objectContaining({ code: 'EEXIST' }));
  expect(readFileSync(plain, 'utf8')).toBe('content');
  expect(() => kernel.fifo(path.join(scratch, 'nowhere/fifo'), 0o600)).toThrow(expect.objectContaining({ code: 'ENOENT' }));
});

test('asking for a lock again opens nothing: closing that would lose the lock', () => {
  const place = path.join(scratch, 'lock');
  expect(kernel.lock(place)).toBe(true);
  const open = readdirSync('/proc/self/fd').length;
  expect(kernel.lock(path.join(scratch, '.', 'lock'))).toBe(true);
  expect(readdirSync('/proc/self/fd')).toHaveLength(open);
  kernel.unlock(place);
  expect(readdirSync('/proc/self/fd')).toHaveLength(open - 1);
});

const O_CLOEXEC = 0o2000000;

/** As the system sees it (proc(5), /proc/PID/fdinfo). */
const flags = (descriptor: number): number => parseInt(/^flags:\t(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8').split('\n')[1]!)![1]!, 8);
