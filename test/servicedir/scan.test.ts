import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';
import { problemText } from '../../src/core/messages.ts';
import { scanServices } from '../../src/servicedir/scan.ts';
import { temporary, write } from '../help/machine.ts';

const RUN = '#!/bin/sh\nexec sleep 1000\n';
const names = (directory: string): string[] => scanServices(directory).definitions.map(({ name }) => name);

test('directories and links to directories are services; files and names with a dot are not', () => {
  const directory = temporary();
  const elsewhere = temporary();
  write(directory, { 'web/run!': RUN, '.hidden/run!': RUN, 'README': '', 'to-file@': 'README' });
  write(elsewhere, { 'run!': RUN });
  symlinkSync(elsewhere, path.join(directory, 'linked'));
  execFileSync('mkfifo', [path.join(directory, 'fifo')]);
  const { definitions, problems, unreadable } = scanServices(directory);
  expect(definitions.map(({ name, directory: place }) => [name, place])).toEqual(['linked', 'web'].map((name) => [name, path.join(directory, name)]));
  expect(problems).toEqual([]);
  expect(unreadable).toBeUndefined();
});

test('sorted by bytes, as s6 and sh do', () => {
  const directory = temporary();
  const sorted = ['10-b', '9-a', 'Z', 'a', 'a b', 'é', '\uffee', '\u{1f600}'];
  for (const name of [...sorted].reverse()) mkdirSync(path.join(directory, name));
  expect(names(directory)).toEqual(sorted);
});

test('one broken directory does not hide the others, and its problems say whose they are', () => {
  const directory = temporary();
  write(directory, { 'a/run!': RUN, 'b/run': 'nothing', 'c/run!': RUN });
  const { definitions, problems } = scanServices(directory);
  expect(definitions).toHaveLength(3);
  expect(problems.map(({ service, file }) => [service, file])).toEqual([['b', path.join(directory, 'b/run')]]);
});

test('a link that leads nowhere, and links in a circle, are told', () => {
  const directory = temporary();
  write(directory, { 'gone@': 'nowhere', 'round@': 'round', 'web/run!': RUN });
  const { definitions, problems } = scanServices(directory);
  expect(definitions.map(({ name }) => name)).toEqual(['web']);
  expect(problems.map(problemText)).toEqual(['gone', 'round'].map((name) =>
    `${directory}/${name}: expected a service directory, got "a link that leads nowhere"; see where it leads: readlink ${directory}/${name}`));
});

test('names that are not UTF-8 or hold control characters are told and skipped', () => {
  const directory = temporary();
  write(directory, { 'web/run!': RUN, 'two\nlines/run!': RUN });
  mkdirSync(Buffer.concat([Buffer.from(`${directory}/bad`), Buffer.of(0xff)]));
  const { definitions, problems } = scanServices(directory);
  expect(definitions.map(({ name }) => name)).toEqual(['web']);
  expect(problems.map(({ service, file, value }) => [service, file, value])).toEqual([['', directory, 'bad\ufffd'], ['', directory, 'two\nlines']]);
});

test('a scan directory that cannot be read says why', () => {
  const directory = temporary();
  writeFileSync(path.join(directory, 'file'), '');
  expect(scanServices(path.join(directory, 'none')).unreadable).toBe('ENOENT');
  expect(scanServices(path.join(directory, 'file')).unreadable).toBe('ENOTDIR');
});

test('a relative directory gives absolute definitions', () => {
  const directory = temporary();
  write(directory, { 'web/run!': RUN });
  const relative = path.relative(process.cwd(), directory);
  expect(scanServices(relative).definitions[0]!.directory).toBe(path.join(directory, 'web'));
});

test('a thousand services', () => {
  const directory = temporary();
  for (let n = 0; n < 1000; n++) write(directory, { [`s${n}/run!`]: RUN });
  expect(names(directory)).toHaveLength(1000);
});
