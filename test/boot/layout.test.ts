import { mkdirSync, readdirSync, readlinkSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { AlreadySupervised, containerLayout, directoryLayout, privateDirectory } from '../../src/boot/layout.ts';
import { temporary } from '../help/machine.ts';

const free = (): boolean => true;
const modeOf = (file: string): string => (statSync(file).mode & 0o7777).toString(8);

test('a container layout has the directories of contract section 4, with their modes, whatever the umask', () => {
  const base = temporary();
  const before = process.umask(0o077);
  const layout = containerLayout(base, free);
  process.umask(before);
  expect(modeOf(layout.runtime)).toBe('700');
  expect(modeOf(layout.scanDirectory)).toBe('755');
  expect(modeOf(layout.copies!)).toBe('755');
  expect(readlinkSync(path.join(base, 's6/services'))).toBe('../service');
});

test('what an earlier life left is taken away, what others put there is kept', () => {
  const base = temporary();
  mkdirSync(path.join(base, 'service/old'), { recursive: true });
  mkdirSync(path.join(base, 'n6'));
  mkdirSync(path.join(base, 'mine'));
  writeFileSync(path.join(base, 'n6/control.sock'), '');
  containerLayout(base, free);
  expect(readdirSync(path.join(base, 'service'))).toEqual([]);
  expect(readdirSync(base)).toContain('mine');
  expect(readdirSync(path.join(base, 'n6'))).not.toContain('control.sock');
});

test('where another supervisor holds the lock, nothing is touched', () => {
  const base = temporary();
  mkdirSync(path.join(base, 'service/in-use'), { recursive: true });
  expect(() => containerLayout(base, () => false)).toThrow(AlreadySupervised);
  expect(readdirSync(path.join(base, 'service'))).toEqual(['in-use']);
});

test('a private directory that others made or may write to is refused', () => {
  const base = temporary();
  expect(privateDirectory({ XDG_RUNTIME_DIR: base })).toBe(path.join(base, 'n6'));
  const target = path.join(base, 'elsewhere');
  mkdirSync(target);
  const runtime = path.join(base, 'runtime');
  symlinkSync(target, runtime);
  expect(() => directoryLayout(base, path.join(base, 'no', 'such\0'), false, free)).toThrow(/cannot write/);
});
