import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findHooks } from '../../src/hooks/find.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'n6-hooks-'));
  mkdirSync(path.join(directory, 'service-up'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const place = (name: string): string => path.join(directory, 'service-up', name);
function put(name: string, mode = 0o755): string {
  writeFileSync(place(name), '#!/bin/sh\n');
  chmodSync(place(name), mode);
  return place(name);
}

test('the executables of an event, in lexical order of their bytes', () => {
  for (const name of ['20-b', 'a', '10-z', 'B', '9']) put(name);
  expect(findHooks(directory, 'service-up')).toEqual({ hooks: ['10-z', '20-b', '9', 'B', 'a'].map(place), ignored: [] });
});

test('no directory of the event, or none at all: no hooks', () => {
  expect(findHooks(directory, 'service-down')).toEqual({ hooks: [], ignored: [] });
  expect(findHooks(path.join(directory, 'nowhere'), 'service-up')).toEqual({ hooks: [], ignored: [] });
});

test('a link to an executable is one', () => {
  symlinkSync('/bin/sh', place('shell'));
  expect(findHooks(directory, 'service-up').hooks).toEqual([place('shell')]);
});

test('what is not executable is told with its remedy', () => {
  put('10-run');
  const file = put('20-not', 0o644);
  expect(findHooks(directory, 'service-up')).toEqual({
    hooks: [place('10-run')],
    ignored: [{ path: file, reason: `it is not executable; make it so: chmod +x ${file}` }],
  });
});

test('a directory and a link that leads nowhere are told', () => {
  mkdirSync(place('lib'));
  symlinkSync('/nowhere', place('link'));
  const { hooks, ignored } = findHooks(directory, 'service-up');
  expect(hooks).toEqual([]);
  expect(ignored.map(({ path: file, reason }) => [path.basename(file), reason])).toEqual([
    ['lib', expect.stringContaining('not a file')],
    ['link', expect.stringContaining('ENOENT')],
  ]);
});

test('names that begin with a dot are left out in silence', () => {
  put('.swp', 0o644);
  put('..data');
  expect(findHooks(directory, 'service-up')).toEqual({ hooks: [], ignored: [] });
});

test('a file where the directory should be is told', () => {
  writeFileSync(path.join(directory, 'service-down'), '');
  const [told] = findHooks(directory, 'service-down').ignored;
  expect(told).toEqual({ path: path.join(directory, 'service-down'), reason: expect.stringContaining('ENOTDIR') as string });
});
