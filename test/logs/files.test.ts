/** Log files: full ones, old ones, compressed ones, and disks that take nothing. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import type { LogFiles } from '../../src/core/policy.ts';
import type { FileSink } from '../../src/logs/files.ts';
import { createLogFiles } from '../../src/logs/log-files.ts';
import { until } from '../help/machine.ts';

const scratch = mkdtempSync(path.join(tmpdir(), 'n6-log-files-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

type Made = Readonly<{ sink: FileSink; directory: string; told: string[]; archives(): string[]; current(): string; everything(): string }>;

let made = 0;
function open(changes: Partial<LogFiles> = {}, patience = 10_000): Made {
  const directory = changes.directory ?? path.join(scratch, `logs-${made++}`);
  const told: string[] = [];
  const { openFiles } = createLogFiles(patience, (_service, text) => void told.push(text));
  const sink = openFiles('web', { size: 10_000, age: undefined, count: 1000, compress: 'none', ...changes, directory })!;
  onTestFinished(() => sink.end(0));
  const archives = (): string[] => readdirSync(directory).filter((name) => name !== 'current').sort();
  const current = (): string => readFileSync(path.join(directory, 'current'), 'latin1');
  const content = (name: string): string => {
    const bytes = readFileSync(path.join(directory, name));
    return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1');
  };
  return { sink, directory, told, archives, current, everything: () => [...archives(), 'current'].map(content).join('') };
}

const lines = (from: number, to: number): string => Array.from({ length: to - from }, (_, i) => `${from + i} ${'x'.repeat((from + i) % 90)}\n`).join('');
const feed = (sink: FileSink, text: string): void => sink.write(Buffer.from(text), text.split('\n').length - 1);

test('a file that is full becomes an archive with whole lines, and nothing is lost', async () => {
  const { sink, archives, everything, directory, told } = open();
  for (let i = 0; i < 5000; i += 37) feed(sink, lines(i, Math.min(5000, i + 37)));
  await sink.written(10_000);
  expect(everything()).toBe(lines(0, 5000));
  expect(archives().length).toBe(Math.floor(lines(0, 5000).length / 10_045));
  for (const name of archives()) {
    expect(name).toMatch(/^\d{4}-\d\d-\d\dT\d{6}\.\d{3}Z\.log$/);
    const { size } = statSync(path.join(directory, name));
    expect(size).toBeGreaterThanOrEqual(10_000);
    expect(size).toBeLessThan(10_100);
    expect(readFileSync(path.join(directory, name), 'latin1').endsWith('\n')).toBe(true);
  }
  expect(told).toEqual([]);
});

test('the oldest go when there are more than may be kept; a file that is not ours stays', async () => {
  const directory = path.join(scratch, 'counted');
  mkdirSync(directory);
  writeFileSync(path.join(directory, 'README.log'), 'mine');
  const { sink, archives, everything } = open({ directory, count: 3 });
  for (let i = 0; i < 5000; i += 100) feed(sink, lines(i, i + 100));
  await sink.written(10_000);
  await until(() => archives().length === 4);
  expect(readFileSync(path.join(directory, 'README.log'), 'latin1')).toBe('mine');
  rmSync(path.join(directory, 'README.log'));
  expect(lines(0, 5000).endsWith(everything())).toBe(true);
});

test('gzip: whole, and what an earlier life left is finished', async () => {
  const directory = path.join(scratch, 'gzip');
  mkdirSync(directory);
  writeFileSync(path.join(directory, '2026-01-01T000000.000Z.log'), 'left\n');
  writeFileSync(path.join(directory, '2026-01-01T000001.000Z.log.gz.new'), 'half');
  writeFileSync(path.join(directory, 'current'), 'begun\n');
  const { sink, archives, everything, told } = open({ directory, compress: 'gzip' });
  for (let i = 0; i < 2000; i += 100) feed(sink, lines(i, i + 100));
  await sink.written(10_000);
  await until(() => archives().every((name) => name.endsWith('.gz')));
  expect(archives().length).toBeGreaterThan(5);
  expect(everything()).toBe(`left\nbegun\n${lines(0, 2000)}`);
  expect(told).toEqual([]);
});

test('a file whose first line is too old is full', async () => {
  const { sink, archives, current } = open({ age: 200 });
  feed(sink, 'old\n');
  await sink.written(10_000);
  expect(archives()).toEqual([]);
  await until(() => {
    feed(sink, 'new\n');
    return archives().length === 1;
  });
  await sink.written(10_000);
  expect(current()).toMatch(/^(?:new\n)+$/);
});

test('somebody who takes the file away, or puts another one there, is noticed', async () => {
  const { sink, directory, current } = open();
  feed(sink, 'first\n');
  await sink.written(10_000);
  renameSync(path.join(directory, 'current'), path.join(directory, 'current.1'));
  await until(() => {
    feed(sink, 'next\n');
    return existsSync(path.join(directory, 'current')) && current().includes('next');
  });
  expect(readFileSync(path.join(directory, 'current.1'), 'latin1')).toMatch(/^first\n/);
});

test('two services with one directory: the second is told, and has no file', () => {
  const told: [string, string][] = [];
  const { openFiles, closedFiles } = createLogFiles(100, (service, text) => void told.push([service, text]));
  const files: LogFiles = { directory: path.join(scratch, 'shared'), size: 1000, age: undefined, count: 3, compress: 'none' };
  expect(openFiles('a', files)).toBeDefined();
  expect(openFiles('b', files)).toBeUndefined();
  expect(told).toEqual([['b', `its lines go to no file: ${files.directory} is the log directory of a; give each service its own`]]);
  closedFiles('a');
  expect(openFiles('b', files)).toBeDefined();
});

test('a directory that cannot be made is told once; lines wait, and are written when it can', async () => {
  const place = path.join(scratch, 'in-the-way');
  writeFileSync(place, '');
  const directory = path.join(place, 'logs');
  const { sink, told, everything } = open({ directory });
  for (let i = 0; i < 10; i++) feed(sink, lines(i, i + 1));
  await until(() => told.length === 1);
  expect(told[0]).toContain(`cannot write to ${directory}/current: `);
  rmSync(place);
  await until(() => told.length === 2);
  expect(told[1]).toBe(`writes to ${directory}/current again; nothing was lost`);
  expect(everything()).toBe(lines(0, 10));
});

test('a full disk: it waits, throws away what comes after that, counts it and says so; no torn line', async () => {
  const directory = path.join(scratch, 'full');
  mkdirSync(directory);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', directory], { stdio: 'ignore' });
  } catch {
    // Without root there is no disk that can be filled so fast.
    return;
  }
  onTestFinished(() => void execFileSync('umount', ['-l', directory]));
  const filler = path.join(directory, 'filler');
  writeFileSync(filler, Buffer.alloc(40_000));
  const { sink, told, current } = open({ directory, size: 2 ** 30 }, 100);
  const big = (i: number): string => `${i} ${'y'.repeat(99_990)}\n`;
  let count = 0;
  for (; sink.state() === 'free'; count++) feed(sink, big(count));
  await until(() => sink.state() === 'stuck');
  expect(told[0]).toContain('no space left');
  for (let i = 0; i < 5; i++) feed(sink, 'lost\n');
  execFileSync('mount', ['-o', 'remount,size=64m', directory]);
  await until(() => told.length === 2);
  feed(sink, 'after\n');
  await sink.written(10_000);
  expect(told[1]).toBe(`writes to ${directory}/current again; 5 lines were lost`);
  expect(current()).toBe(`${Array.from({ length: count }, (_, i) => big(i)).join('')}n6: 5 lines were lost: they could not be written\nafter\n`);
});
