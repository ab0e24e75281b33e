/** The programs of /command, called one by one as shells call them, and beside a real execline. */
import { beforeAll, describe, expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import build from '../help/build.ts';
import { root, run, temporary, write, type Ran } from '../help/machine.ts';

const command = path.join(root, 'build/n6/command');
const SEARCH = `${command}:/usr/bin:/bin:${path.dirname(process.execPath)}`;

beforeAll(build);

/** Real programs in /usr/bin come first, so that ours hide execlineb there in a mount namespace of their own. */
function called(words: readonly string[], options: { env?: Record<string, string>; cwd?: string } = {}): Promise<Ran> {
  const env = { PATH: SEARCH, ...options.env };
  const hide = '[ ! -e /usr/bin/execlineb ] || mount --bind "$0" /usr/bin/execlineb; exec "$@"';
  const entries = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return run('unshare', ['--mount', 'sh', '-c', hide, path.join(command, 'execlineb'), 'env', '-i', ...entries, ...words], { cwd: options.cwd ?? temporary() });
}

describe('execlineb', () => {
  test('is an interpreter', async () => {
    const directory = temporary();
    write(directory, { 'finish!': `#!${command}/execlineb -S1\nif { test $1 -ne 0 }\nif { test \${1} -ne 256 }\n# a comment\nprintf "%s|" $0 $@ $#\n` });
    expect(await called(['./finish', '3', 'x y'], { cwd: directory })).toEqual({ code: 0, stdout: './finish|3|x y|2|', stderr: '' });
    expect((await called(['./finish', '256', '9'], { cwd: directory })).code).toBe(1);
  });
  test('keeps the environment as it is, also what a shell cannot hold', async () => {
    const env = { 'a.b': '1', 'NODE_OPTIONS': '--absent', 'PWD': '/stale', 'B': 'x\ny' };
    const { stdout } = await called(['execlineb', '-P', '-c', 'foreground { true } env'], { env });
    expect(stdout.split('\n').sort()).toEqual(['', '?=0', 'B=x', 'NODE_OPTIONS=--absent', `PATH=${SEARCH}`, 'PWD=/stale', 'a.b=1', 'y']);
  });
  test('names file and line of a mistake', async () => {
    const directory = temporary();
    write(directory, { script: 'true\nif {\n true\n' });
    const wrong = await called(['execlineb', '-P', 'script'], { cwd: directory });
    expect(wrong.code).toBe(100);
    expect(wrong.stderr).toMatch(/^script: line 2: the block/);
    const missing = await called(['execlineb', '-P', 'absent']);
    expect(missing.code).toBe(111);
    expect(missing.stderr).toContain('cannot read absent');
    expect((await called(['execlineb', '-z'])).code).toBe(100);
  });
  test('an --env-file among its words is not for Node', async () => {
    expect(await called(['execlineb', '-P', '-c', 'echo --env-file /nonexistent $1', 'x'])).toMatchObject({ code: 0, stderr: '' });
    expect((await called(['foreground', 'true', '', 'echo', '--env-file', '/nonexistent'])).stdout).toBe('--env-file /nonexistent\n');
  });
  test('a value known later is read by the word itself, in the process of the script', async () => {
    const { stdout } = await called(['sh', '-c', `echo $$; exec execlineb -P -c 'backtick -n X { echo "a b" } importas -s x X sh -c "echo $$ $0 $@" $x'`]);
    const [before, after] = stdout.trim().split('\n');
    expect(after).toBe(`${before} a b`);
  });
});

describe('alone, as from a shell', () => {
  test.each<[string, string[], Partial<Ran>]>([
    ['a block is words up to an empty one', ['foreground', 'echo', 'a', '', 'echo', 'b'], { code: 0, stdout: 'a\nb\n' }],
    ['and may have its spaces', ['if', ' true', '', 'echo', 'b'], { code: 0, stdout: 'b\n' }],
    ['cd', ['cd', '/usr', 'sh', '-c', 'pwd'], { code: 0, stdout: '/usr\n' }],
    ['cd fails', ['cd', 'absent', 'true'], { code: 111 }],
    ['cd knows no -', ['cd', '-', 'true'], { code: 111 }],
    ['umask', ['umask', '1077', 'sh', '-c', 'umask'], { code: 0, stdout: '0077\n' }],
    ['umask refuses', ['umask', '9', 'true'], { code: 100 }],
    ['fdmove copies', ['fdmove', '-c', '2', '1', 'sh', '-c', 'echo x >&2'], { code: 0, stdout: 'x\n' }],
    ['fdmove moves', ['fdmove', '5', '1', 'sh', '-c', 'echo x >&5; [ ! -e /proc/self/fd/1 ]'], { code: 0, stdout: 'x\n' }],
    ['fdmove fails', ['fdmove', '1', '9', 'true'], { code: 111 }],
    ['fdclose', ['fdclose', '0', 'sh', '-c', '[ ! -e /proc/self/fd/0 ]'], { code: 0 }],
    ['export', ['export', 'a.b', '$(echo)', 'printenv', 'a.b'], { code: 0, stdout: '$(echo)\n' }],
    ['unexport', ['unexport', 'PWD', 'printenv', 'PWD'], { code: 1 }],
    ['redirfd reads', ['redirfd', '-r', '0', '/proc/self/comm', 'cat'], { code: 0 }],
    ['redirfd fails', ['redirfd', '-r', '0', 'absent', 'cat'], { code: 111 }],
    ['redirfd -u makes nothing', ['redirfd', '-u', '1', 'absent', 'cat'], { code: 111 }],
    ['redirfd wants a mode', ['redirfd', '1', 'file', 'cat'], { code: 100 }],
    ['importas', ['importas', '-u', 'x', 'PATH', 'sh', '-c', 'echo "$1"', 'sh', '<${x}>'], { code: 0, stdout: `<${SEARCH}>\n` }],
    ['define', ['define', 'x', '"; touch pwned', 'echo', '$x'], { code: 0, stdout: '"; touch pwned\n' }],
    ['exit', ['env', 'exit', '7'], { code: 7 }],
  ])('%s', async (_, words, expected) => {
    expect(await called(words)).toMatchObject(expected);
  });
  test('redirfd writes, appends, and does not overwrite', async () => {
    const cwd = temporary();
    for (const mode of ['-w', '-a', '-x', '-wnb']) await called(['redirfd', mode, '1', 'file', 'printf', '%s', mode], { cwd });
    expect(readFileSync(path.join(cwd, 'file'), 'utf8')).toBe('-wnb');
    await called(['redirfd', '-a', '1', 'file', 'printf', 'x'], { cwd });
    expect(readFileSync(path.join(cwd, 'file'), 'utf8')).toBe('-wnbx');
    expect((await called(['redirfd', '-x', '1', 'file', 'true'], { cwd })).code).toBe(111);
  });
});

test('a real execline wins', async () => {
  const there = temporary();
  write(there, { 'execlineb!': '#!/bin/sh\necho theirs "$@"\n' });
  const { stdout } = await run('unshare', ['--mount', 'sh', '-c', 'mount --bind "$0" /usr/bin/execlineb && exec "$@"', path.join(there, 'execlineb'),
    path.join(command, 'execlineb'), '-P', '-c', 'x']);
  expect(stdout).toBe('theirs -P -c x\n');
});
