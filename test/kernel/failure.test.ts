import { mkdirSync, readFileSync, realpathSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { SpawnFailure } from '../../src/core/events.ts';
import type { SpawnRequest } from '../../src/kernel/kernel.ts';
import { file, home, scratch } from './files.ts';
import { exitOf, kernel, outputOf, pipe, request, spawn, start } from './kernel.ts';

const failureOf = async (program: string, more: Partial<SpawnRequest> = {}): Promise<SpawnFailure> => {
  const result = await spawn(request(program, [], { directory: scratch, ...more }));
  if ('pid' in result) throw new Error(`started as ${result.pid}`);
  return result.failure;
};

test('directory: missing, not a directory, a circle of links', async () => {
  const plain = file('plain', '');
  symlinkSync('circle', path.join(scratch, 'circle'));
  expect(await failureOf('./run', { directory: '/nowhere/at all' }))
    .toEqual({ step: 'directory', subject: '/nowhere/at all', code: 'ENOENT', hopeless: true });
  expect(await failureOf('./run', { directory: plain })).toEqual({ step: 'directory', subject: plain, code: 'ENOTDIR', hopeless: true });
  expect(await failureOf('./run', { directory: path.join(scratch, 'circle') })).toMatchObject({ step: 'directory', code: 'ELOOP' });
});

test('file: missing, below something that is no directory, a dangling link, too long a name', async () => {
  file('below', '');
  symlinkSync('nobody', path.join(scratch, 'dangling'));
  expect(await failureOf('./missing')).toEqual({ step: 'file', subject: path.join(scratch, 'missing'), code: 'ENOENT', hopeless: true });
  expect(await failureOf('./below/run')).toMatchObject({ step: 'file', code: 'ENOTDIR' });
  expect(await failureOf('./dangling')).toMatchObject({ step: 'file', code: 'ENOENT' });
  expect(await failureOf(`./${'x'.repeat(300)}`)).toMatchObject({ step: 'file', code: 'ENAMETOOLONG' });
});

test('mode: not executable, a directory', async () => {
  const path644 = file('mode-644', '#!/bin/sh\n', 0o644);
  mkdirSync(path.join(scratch, 'a-directory'));
  expect(await failureOf('./mode-644')).toEqual({ step: 'mode', subject: path644, code: 'EACCES', hopeless: true });
  expect(await failureOf('./a-directory')).toMatchObject({ step: 'mode', code: 'EACCES' });
});

test('hashbang: none, empty, no interpreter in it; never run by a shell instead', async () => {
  for (const [name, content] of [['text', 'echo hello\n'], ['empty', ''], ['bare', '#!\n'], ['blank', '#! \t\nx'], ['late', ' #!/bin/sh\n']] as const) {
    const subject = file(`hashbang-${name}`, content);
    expect(await failureOf(`./hashbang-${name}`)).toEqual({ step: 'hashbang', subject, code: 'ENOEXEC', hopeless: true });
  }
});

test('interpreter: missing, not executable, with a carriage return, of the interpreter itself', async () => {
  const notExecutable = file('interpreter-644', '', 0o644);
  const chained = file('interpreter-script', '#!/nowhere/deeper\n');
  const cases = [
    ['#!/nowhere/sh -x\n', '/nowhere/sh', 'ENOENT'],
    ['#!/bin/sh\r\necho\r\n', '/bin/sh\\r', 'ENOENT'],
    [`#!${notExecutable}\n`, notExecutable, 'EACCES'],
    [`#!${chained}\n`, '/nowhere/deeper', 'ENOENT'],
    ['#!relative/sh', path.join(scratch, 'relative/sh'), 'ENOENT'],
  ] as const;
  for (const [content, subject, code] of cases) {
    file('interpreted', content);
    expect(await failureOf('./interpreted')).toEqual({ step: 'interpreter', subject, code, hopeless: true });
  }
});

test('interpreter: a program whose loader is missing, as one for musl is on glibc', async () => {
  const program = readFileSync(realpathSync('/bin/true'));
  const loader = /\/lib[^\0]*\/ld-[^\0]*/.exec(program.toString('latin1'))![0];
  const other = loader.replace('ld-', 'xx-');
  program.write(other, program.indexOf(loader), 'latin1');
  file('foreign', program);
  expect(await failureOf('./foreign')).toEqual({ step: 'interpreter', subject: other, code: 'ENOENT', hopeless: true });
});

test('descriptor: one that is not open here', async () => {
  expect(await failureOf('/bin/true', { descriptors: [{ child: 3, source: 987 }] }))
    .toEqual({ step: 'descriptor', subject: '3', code: 'EBADF', hopeless: true });
  expect(await failureOf('/bin/true', { stdio: ['null', 987, 'null'] })).toMatchObject({ step: 'descriptor', subject: '1' });
});

test('descriptor: a number above every limit', async () => {
  const { write, content } = pipe();
  expect(await failureOf('/bin/true', { descriptors: [{ child: 2 ** 30, source: write }] })).toMatchObject({ step: 'descriptor', code: 'EBADF' });
  kernel.close(write);
  await content;
});

test('process: an argument that is too long, a NUL byte', async () => {
  expect(await failureOf('/bin/true', { arguments: ['x'.repeat(2 ** 20)] })).toMatchObject({ step: 'process', code: 'E2BIG', hopeless: true });
  expect(await failureOf('/bin/true', { arguments: ['a\0b'] })).toMatchObject({ step: 'process', code: 'EINVAL', hopeless: true });
  expect(await failureOf('/bin/true', { environment: [Buffer.from('A=b\0c')] })).toMatchObject({ step: 'process', code: 'EINVAL' });
});

test('the first thing that the child met is named, though more is wrong', async () => {
  expect(await failureOf('./missing', { directory: '/nowhere' })).toMatchObject({ step: 'directory' });
  expect(await failureOf('./missing', { descriptors: [{ child: 3, source: 987 }] })).toMatchObject({ step: 'descriptor' });
});

test('an interpreter that is missing but that we bring along is used, as if it had been there', async () => {
  mkdirSync(path.join(home, 'command'), { recursive: true });
  file('home/command/with-contenv', '#!/bin/sh\nprintf "%s|" with-contenv "$@"\n');
  file('home/command/with-nothing', '#!/nowhere/sh\n');
  file('brought', '#! /usr/bin/with-contenv  bash -e \necho\n');
  file('unbearable', '#!/usr/bin/with-nothing\n');
  file('not-ours', '#!/usr/bin/with-something\n');
  expect((await outputOf('./brought', ['a b', ''], { directory: scratch })).toString()).toBe('with-contenv|bash -e|./brought|a b||');
  expect(await failureOf('./unbearable')).toMatchObject({ step: 'interpreter', subject: '/nowhere/sh', code: 'ENOENT' });
  expect(await failureOf('./not-ours')).toMatchObject({ step: 'interpreter', subject: '/usr/bin/with-something' });
});

test('what has been repaired by the time of the look is worth another try soon', async () => {
  const failure = await new Promise<SpawnFailure>((resolve) => {
    kernel.spawn(request('./repaired', [], { directory: scratch }), (result) => 'failure' in result && resolve(result.failure));
    // The system call is on its way in another thread; whichever comes first, the file or the call, is right.
    setImmediate(() => {});
  });
  expect(failure).toMatchObject({ code: 'ENOENT', step: 'file' });
  file('repaired', '#!/bin/sh\nexit 5\n');
  expect(await exitOf(await start('./repaired', [], { directory: scratch }))).toEqual({ code: 5 });
});
