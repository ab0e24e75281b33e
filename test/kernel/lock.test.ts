import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { scratch } from './files.ts';
import { launch } from './launch.ts';

test('a lock keeps others out, is not lost by asking again under another name, and can be given back', async () => {
  mkdirSync(path.join(scratch, 'sub'));
  const place = path.join(scratch, 'lock');
  const first = launch('kernel-takes-a-lock', { arguments: [place] });
  expect(await first.next()).toBe(true);
  first.process.kill('SIGHUP');
  expect(await first.next()).toBe(true);
  const second = launch('kernel-takes-a-lock', { arguments: [path.join(scratch, 'sub/../lock')] });
  expect(await second.next()).toBe(false);
  first.process.kill('SIGHUP');
  expect(await first.next()).toBe(true);
  second.process.kill('SIGHUP');
  expect(await second.next()).toBe(false);
  first.process.kill('SIGUSR2');
  expect(await first.next()).toBe('given back');
  second.process.kill('SIGHUP');
  expect(await second.next()).toBe(true);
  first.process.kill('SIGHUP');
  expect(await first.next()).toBe(false);
});

test('a lock ends with its process', async () => {
  const place = path.join(scratch, 'mortal');
  const first = launch('kernel-takes-a-lock', { arguments: [place] });
  expect(await first.next()).toBe(true);
  first.process.kill('SIGKILL');
  await first.ended;
  expect(await launch('kernel-takes-a-lock', { arguments: [place] }).next()).toBe(true);
});

test('a file that cannot be opened is an error, not somebody else', async () => {
  expect(await launch('kernel-takes-a-lock', { arguments: [path.join(scratch, 'nowhere/lock')] }).next()).toBe('ENOENT');
});
