/** The container's output: read slowly, not at all, by nobody, by somebody again. */
import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { createGate } from '../../src/logs/gate.ts';
import { createSink, type LineSink, type Place } from '../../src/logs/sink.ts';
import { until } from '../help/machine.ts';

const scratch = mkdtempSync(path.join(tmpdir(), 'n6-sink-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const complaints: string[] = [];
const sinkOn = (open: () => Place, patience = 50): LineSink =>
  createSink({ open, patience, slow: createGate(1), complain: (text) => void complaints.push(text) });

function readAvailable(reader: number, chunk: Buffer): string {
  try {
    return chunk.toString('latin1', 0, readSync(reader, chunk));
  } catch {
    return '';
  }
}

/** A FIFO with n6's kind of description for writing, and a reader that reads when it is told. */
function fifo(): { open(): { descriptor: number; kind: 'pipe' }; read(most?: number): string; hangUp(): void } {
  const place = path.join(scratch, `fifo-${Math.random()}`);
  execFileSync('mkfifo', [place]);
  let reader: number | undefined = openSync(place, constants.O_RDONLY | constants.O_NONBLOCK);
  const hangUp = (): void => {
    if (reader !== undefined) closeSync(reader);
    reader = undefined;
  };
  onTestFinished(hangUp);
  return {
    open: () => ({ descriptor: openSync(place, constants.O_WRONLY | constants.O_NONBLOCK), kind: 'pipe' }),
    read(most = 2 ** 20) {
      reader ??= openSync(place, constants.O_RDONLY | constants.O_NONBLOCK);
      return readAvailable(reader, Buffer.alloc(most));
    },
    hangUp,
  };
}

test('a reader that stops is waited for, then lines are counted and the count is said; none is torn', async () => {
  const pipe = fifo();
  const sink = sinkOn(pipe.open);
  const told: string[] = [];
  sink.whenChanged(() => void told.push(sink.state()));
  complaints.length = 0;
  const line = (index: number): string => `${index} ${'x'.repeat(2000)}\n`;
  for (let index = 0; index < 100; index++) sink.write(Buffer.from(line(index)), 1);
  await until(() => told.length === 2);
  expect(told).toEqual(['full', 'stuck']);
  expect(complaints).toEqual(['nobody reads the output of n6; lines of services are thrown away until somebody does, and counted']);
  for (let index = 0; index < 7; index++) sink.write(Buffer.from('lost\n'), 1);
  let text = '';
  await until(() => (text += pipe.read()).endsWith('read them\n'));
  expect(told).toEqual(['full', 'stuck', 'free']);
  sink.write(Buffer.from('back\n'), 1);
  await until(() => (text += pipe.read()).endsWith('back\n'));
  expect(text).toBe(`${Array.from({ length: 100 }, (_, index) => line(index)).join('')}n6: 7 lines of services were lost: nobody read them\nback\n`);
});

test('a reader who takes a little now and then loses nothing, however long that lasts', async () => {
  const pipe = fifo();
  const sink = sinkOn(pipe.open, 300);
  const all = Array.from({ length: 200 }, (_, index) => `${index} ${'x'.repeat(5000)}\n`);
  let text = '';
  for (const line of all) {
    while (sink.state() !== 'free') {
      text += pipe.read(20_000);
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(sink.state()).not.toBe('stuck');
    }
    sink.write(Buffer.from(line), 1);
  }
  await until(() => (text += pipe.read()).length === all.join('').length);
  expect(text).toBe(all.join(''));
});

test('lines of others, through another description of the same pipe, stand between whole ones', async () => {
  const pipe = fifo();
  const sink = sinkOn(pipe.open, 10_000);
  const { descriptor: other } = pipe.open();
  onTestFinished(() => closeSync(other));
  let [text, theirs] = ['', 0];
  for (let index = 0; index < 3000; index++) {
    if (sink.state() === 'free') sink.write(Buffer.from(Array.from({ length: 30 }, (_, i) => `ours ${'o'.repeat((index * 7 + i) % 300)}\n`).join('')), 30);
    try {
      writeSync(other, `theirs ${'t'.repeat(index % 500)}\n`);
      theirs++;
    } catch {
      // Full: our own turn.
    }
    if (index % 3 === 0) text += pipe.read(70_000);
    if (index % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  void sink.written(10_000);
  await until(() => {
    text += pipe.read();
    return sink.waiting().length === 0;
  });
  text += pipe.read();
  expect(theirs).toBeGreaterThan(500);
  expect(text.split('\n').filter((line) => !/^(?:ours o*|theirs t*|)$/.test(line))).toEqual([]);
});

test('a line longer than a pipe takes at once comes whole', async () => {
  const pipe = fifo();
  const sink = sinkOn(pipe.open, 10_000);
  const line = `${'x'.repeat(10 * 2 ** 20)}\n`;
  sink.write(Buffer.from(line), 1);
  sink.write(Buffer.from('next\n'), 1);
  let text = '';
  await until(async () => {
    text += pipe.read();
    await new Promise((resolve) => setImmediate(resolve));
    return text.length >= line.length + 5;
  });
  expect(text === `${line}next\n`).toBe(true);
});

test('a reader that goes is no error, and one that comes back is found', async () => {
  const pipe = fifo();
  const sink = sinkOn(pipe.open);
  sink.write(Buffer.from('1\n'), 1);
  expect(pipe.read()).toBe('1\n');
  pipe.hangUp();
  let text = '';
  for (let index = 0; index < 5; index++) {
    sink.write(Buffer.from('nobody\n'), 1);
    await new Promise((resolve) => setImmediate(resolve));
  }
  pipe.read();
  await until(() => {
    sink.write(Buffer.from('x\n'), 1);
    text += pipe.read();
    return text.includes('x\n');
  });
  expect(text).toMatch(/^n6: 5 lines of services were lost: nobody read them\nx\n/);
});

test('a reader that goes while lines wait for it: they are counted', async () => {
  const pipe = fifo();
  const sink = sinkOn(pipe.open, 10_000);
  for (let index = 0; index < 50; index++) sink.write(Buffer.from(`${'x'.repeat(4000)}\n`), 1);
  expect(sink.state()).toBe('full');
  pipe.hangUp();
  await until(() => sink.state() === 'free');
  pipe.read();
  sink.write(Buffer.from('x\n'), 1);
  const [, lost] = /^n6: (\d+) lines/.exec(pipe.read())!;
  // A pipe holds 16 of them; who has gone has read none.
  expect(Number(lost)).toBeGreaterThan(30);
  expect(Number(lost)).toBeLessThan(40);
});

test('a plain file is written through the descriptor that services have, too', () => {
  const place = path.join(scratch, 'plain');
  writeFileSync(place, '');
  const descriptor = openSync(place, 'w');
  onTestFinished(() => closeSync(descriptor));
  sinkOn(() => ({ descriptor, kind: 'file' })).write(Buffer.from('a\n'), 1);
  expect(readFileSync(place, 'latin1')).toBe('a\n');
});

test('what may block, such as a terminal or a socket that others share, is written to on another thread', async () => {
  // A pipe whose writing end blocks, as one of another user's does that cannot be opened again.
  const place = path.join(scratch, 'blocking');
  execFileSync('mkfifo', [place]);
  const reader = openSync(place, constants.O_RDONLY | constants.O_NONBLOCK);
  const descriptor = openSync(place, 'w');
  onTestFinished(() => [reader, descriptor].forEach((one) => closeSync(one)));
  const sink = sinkOn(() => ({ descriptor, kind: 'slow' }));
  for (let index = 0; index < 100; index++) sink.write(Buffer.from(`${index} ${'x'.repeat(2000)}\n`), 1);
  await until(() => sink.state() === 'stuck');
  sink.write(Buffer.from('lost\n'), 1);
  let text = '';
  const chunk = Buffer.alloc(2 ** 20);
  await until(() => {
    text += readAvailable(reader, chunk);
    return text.endsWith('read them\n');
  });
  expect(text.split('\n').slice(0, 100).map((line) => Number.parseInt(line, 10))).toEqual(Array.from({ length: 100 }, (_, index) => index));
});
