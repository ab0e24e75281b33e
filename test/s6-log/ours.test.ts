/** What ours promises beyond Debian's (docs/reference/s6-log.md), and that it never loses a line. */
import { constants, openSync, readdirSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { execFileSync, spawn } from 'node:child_process';
import { constants as system } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { temporary, until } from '../help/machine.ts';
import { everything, handles, log, read, start, TOOLS } from './tools.ts';

const ours = TOOLS.find(({ name }) => name === 'ours')!;

test('the last line is kept without its newline, too (D03)', async () => {
  const directory = temporary();
  expect((await log(ours, ['p:', '1', './log'], directory, 'one\ntwo')).stdout).toBe(': one\n: two\n');
  expect(read(directory, 'log/current')).toBe(': one\n: two\n');
});

test('TERM: the rest of a line that never comes is not waited for longer than -t', async () => {
  const logger = start(ours, ['-t', '50', '1'], temporary());
  await logger.send('one\ntw');
  await until(() => logger.stdout() === 'one\n');
  logger.process.kill('SIGTERM');
  expect(await logger.ended).toBe(0);
  expect(logger.stdout()).toBe('one\ntw\n');
});

test('what TERM leaves in the pipe is there for the next logger', async () => {
  const directory = temporary();
  const fifo = path.join(directory, 'fifo');
  execFileSync('mkfifo', [fifo]);
  const pipe = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
  const child = spawn(ours.words[0]!, [...ours.words.slice(1), './log'], { cwd: directory, stdio: [openSync(fifo, 'r'), 'ignore', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  writeSync(pipe, 'first\nsec');
  await until(() => read(directory, 'log/current') === 'first\n');
  child.kill('SIGTERM');
  const rest = Array.from({ length: 100 }, (_, index) => `line ${index}\n`).join('');
  writeSync(pipe, `ond\n${rest}`);
  expect(await ended).toBe(0);
  const buffer = Buffer.alloc(65_536);
  let left = '';
  try {
    left = buffer.toString('latin1', 0, readSync(pipe, buffer));
  } catch {
    // EAGAIN: TERM was heard after everything had been read.
  }
  expect(everything(path.join(directory, 'log')) + left).toBe(`first\nsecond\n${rest}`);
});

test('archives are not larger than their size and one line, however much comes at once', async () => {
  const directory = temporary();
  const input = Array.from({ length: 5000 }, (_, index) => `${index}\n`).join('');
  await log(ours, ['n1000', 's4096', 'l96', './log'], directory, input);
  const place = path.join(directory, 'log');
  expect(everything(place)).toBe(input);
  const sizes = readdirSync(place).filter((name) => name.startsWith('@')).map((name) => read(place, name).length);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(4005);
  expect(Math.min(...sizes)).toBeGreaterThanOrEqual(4000);
});

test('a processor that fails when the input has ended does not keep it from ending', async () => {
  const directory = temporary();
  const input = `${'x'.repeat(5000)}\nend\n`;
  expect((await log(ours, ['s4096', 'l96', '?exit 3', './log'], directory, input)).code).toBe(0);
  expect(everything(path.join(directory, 'log'))).toBe(input);
});

test('random plays: chunks, rotations, clean ends; all logs together are the input', async () => {
  const length = fc.oneof(fc.integer({ min: 0, max: 200 }), fc.constantFrom(4000, 8192));
  const line = length.map((bytes) => `${'abcdefghij'.repeat(820).slice(0, bytes)}\n`);
  const act = fc.oneof(
    { weight: 6, arbitrary: fc.array(line, { minLength: 1, maxLength: 30 }) },
    { weight: 1, arbitrary: fc.constantFrom('rotate', 'restart') },
  );
  await fc.assert(fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: 12 }), fc.boolean(), async (acts, processed) => {
    const directory = temporary();
    const words = ['n100000', 's4096', 'l100', ...(processed ? ['?exec cat'] : []), './log'];
    let logger = start(ours, words, directory);
    let input = '';
    for (const step of acts) {
      if (step === 'rotate') {
        // One that has just been started does not hear it yet, and dies of it.
        await handles(logger, system.signals.SIGALRM);
        await until(() => everything(path.join(directory, 'log')) === input);
        logger.process.kill('SIGALRM');
      } else if (typeof step === 'string') {
        logger.close();
        expect(await logger.ended).toBe(0);
        logger = start(ours, words, directory);
      } else {
        input += step.join('');
        await logger.send(step.join(''));
      }
    }
    logger.close();
    expect(await logger.ended).toBe(0);
    expect(everything(path.join(directory, 'log'))).toBe(input);
  }), { numRuns: Number(process.env.N6_PLAYS ?? 10), endOnFailure: true });
});

test.each([[['1']], [['T', '1']], [['+7', 'p:', '1']]])('a great deal of input, %j: every line comes out', async (words) => {
  const lines = Array.from({ length: 200_000 }, (_, index) => `line ${index} of a usual length, and some more to read\n`).join('');
  const directory = temporary();
  const input = path.join(directory, 'input');
  writeFileSync(input, lines.repeat(6));
  const feed = { ...ours, words: ['/bin/sh', '-c', 'cat input | { "$@"; echo "$?" >code; } | wc -l', 'sh', ...ours.words] };
  expect((await log(feed, words, directory, '')).stdout.trim()).toBe('1200000');
  expect(read(directory, 'code')).toBe('0\n');
});
