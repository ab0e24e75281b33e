import { chmodSync, copyFileSync, writeFileSync } from 'node:fs';
import { execFileSync, spawn } from 'node:child_process';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadEnvironment, storeEnvironment } from '../../src/boot/environment.ts';
import { temporary, write, type Files } from '../help/machine.ts';
import { lacking } from '../help/needs.ts';
import { companions, ended, plain, SHELLS, type Ended } from './shells.ts';

const withContenv = path.join(companions, 'with-contenv');
const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

/** A program of one vice: it says what the system gave it, byte for byte. */
const ENVIRON = ['cat', '/proc/self/environ'];
const entries = ({ stdout }: Ended): string[] => stdout.split('\0').slice(0, -1);
const without = (list: readonly string[], name: string): string[] => list.filter((entry) => !entry.startsWith(`${name}=`));

function filled(files: Files): string {
  const directory = temporary();
  write(directory, files);
  return directory;
}

describe.each(SHELLS)('with-contenv in $shell', ({ words, missing }) => {
  const start = (directory: string, program: readonly string[], env: NodeJS.ProcessEnv = {}, uid?: number): Ended =>
    ended([...words, withContenv, ...program], { env: { ...plain, N6_CONTAINER_ENVIRONMENT: directory, ...env }, ...(uid === undefined ? {} : { uid }) });
  const seen = (directory: string, env: NodeJS.ProcessEnv = {}): string[] => {
    const result = start(directory, ENVIRON, env);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    return without(entries(result), 'N6_CONTAINER_ENVIRONMENT').sort();
  };

  test.skipIf(missing)('exactly what the directory holds, by the rules of contract section 4', () => {
    const directory = filled({
      A: 'v\n', B: 'no newline', C: 'two final\n\n', D: '\n', E: '', F: ' blanks \t\r\n', G: 'a=b "c" \'d\' $(e) `f` \\g\\n *\n',
      H: 'x\n\ny\n\n\nz\n', I: '\n\n\n',
      '.hid': 'x\n', 'a=b': 'x\n', 'sub/file': 'x\n', 'gone@': 'nowhere', 'LINK@': 'A', PATH: `${plain.PATH}\n`,
    });
    execFileSync('mkfifo', [path.join(directory, 'FIFO')]);
    expect(seen(directory, { NOT_IN_IT: '1', PWD: '/', E: 'set' })).toEqual([
      'A=v', 'B=no newline', 'C=two final\n', 'D=', 'F= blanks \t\r', 'G=a=b "c" \'d\' $(e) `f` \\g\\n *',
      'H=x\n\ny\n\n\nz', 'I=\n\n', 'LINK=v', `PATH=${plain.PATH}`,
    ]);
  });

  test.skipIf(missing)('names that a shell cannot hold, and names that mean something to one', () => {
    const odd = ['a.b', 'has-dash', '1num', '-x', '-', 'a b', '$(id)', '`id`', "'", '"', '*', '\\', 'two\nlines', 'é'];
    const names = [...odd, 'value', 'line', 'IFS', 'LC_ALL', 'directory', 'entry1', 'OPTIND'];
    const directory = temporary();
    const all = [...names.map((name) => Buffer.from(name)), bytes('\xff\xfe')];
    storeEnvironment(directory, all.map((name) => ({ name, value: bytes('v') })));
    const expected = all.map((name) => `${name.toString('latin1')}=v`).sort();
    expect(seen(directory, { LC_ALL: 'C.UTF-8' })).toEqual(expected);
    expect(seen(filled({ '-x': 'alone\n' }))).toEqual(['-x=alone']);
  });

  test.skipIf(missing)('every byte a value can have, alone and together', () => {
    const all = Array.from({ length: 255 }, (_, n) => n + 1);
    const directory = temporary();
    storeEnvironment(directory, [
      { name: bytes('ALL'), value: Buffer.from(all) }, ...all.map((n) => ({ name: bytes(`B${n}`), value: Buffer.of(n) })),
    ]);
    const expected = [`ALL=${Buffer.from(all).toString('latin1')}`, ...all.map((n) => `B${n}=${String.fromCharCode(n)}`)].sort();
    expect(seen(directory, { LC_ALL: 'C.UTF-8' })).toEqual(expected);
  });

  test.skipIf(missing)('whatever is stored arrives', () => {
    const byte = fc.oneof(fc.integer({ min: 1, max: 255 }), fc.constantFrom(10, 13, 32, 39, 34, 92, 127, 1));
    const name = fc.array(byte.filter((n) => n !== 0x3d && n !== 0x2f), { minLength: 1, maxLength: 12 }).filter(([first]) => first !== 0x2e);
    const one = fc.record({ name: name.map((codes) => Buffer.from(codes)), value: fc.array(byte, { maxLength: 40 }).map((codes) => Buffer.from(codes)) });
    const directory = temporary();
    fc.assert(fc.property(fc.uniqueArray(one, { selector: (variable) => variable.name.toString('latin1'), maxLength: 30 }), (variables) => {
      storeEnvironment(directory, variables);
      expect(seen(directory)).toEqual(loadEnvironment(directory).map((entry) => entry.toString('latin1')).sort());
    }), { numRuns: 25 });
  });

  test.skipIf(missing)('values as long as the system allows; a longer one is refused by the system', () => {
    const long = Array.from({ length: 1500 }, (_, n) => `line ${n} ${'x'.repeat(70)}`).join('\n');
    const directory = filled({ ONE: `${'y'.repeat(130_000)}\n`, MANY: `${long}\n` });
    expect(seen(directory)).toEqual([`MANY=${long}`, `ONE=${'y'.repeat(130_000)}`]);
    // MAX_ARG_STRLEN, execve(2): 32 pages; 200 kB are too much where a page has 4 kB.
    writeFileSync(path.join(directory, 'LONG'), 'z'.repeat(33 * Number(execFileSync('getconf', ['PAGESIZE'], { encoding: 'utf8' }))));
    const refused = start(directory, ['true']);
    expect(refused.code).toBe(126);
    expect(refused.stderr).toMatch(/Argument list too long/);
  });

  test.skipIf(missing)('of its own environment it keeps how to find n6 again, and no more', () => {
    const directory = filled({ N6_DIR: 'from the file\n', N6_OTHER: 'file\n', N6_CONTAINER_ENVIRONMENT: '/wrong\n' });
    const env = { N6_DIR: '/some where/$x', N6_OTHER: 'caller', N6_HOME: '/n6' };
    const expected = [`N6_CONTAINER_ENVIRONMENT=${directory}`, 'N6_DIR=/some where/$x', 'N6_OTHER=file'];
    expect(entries(start(directory, ENVIRON, env)).sort()).toEqual(expected);
    expect(seen(directory)).toContain('N6_DIR=from the file');
  });

  test.skipIf(missing)('later edits of the directory are seen by later starts', () => {
    const directory = filled({ A: '1\n' });
    expect(seen(directory)).toEqual(['A=1']);
    write(directory, { A: '2', B: '3\n' });
    expect(seen(directory)).toEqual(['A=2', 'B=3']);
  });

  test.skipIf(missing)('the caller cannot change how the directory is read', () => {
    const directory = filled({ A: '1\n', B: '2\n' });
    const options = { SHELLOPTS: 'noglob:nounset:errexit', ENV: '/nowhere', CDPATH: '/', POSIXLY_CORRECT: '1' };
    const hostile = { ...options, IFS: '1 \n', LC_ALL: 'en_US.UTF-8', count: '7', assignments: 'x' };
    expect(entries(start(directory, ENVIRON, hostile)).filter((entry) => /^[AB]=/.test(entry)).sort()).toEqual(['A=1', 'B=2']);
  });

  test.skipIf(missing)('S6_KEEP_ENV leaves the environment as it is', () => {
    const directory = filled({ A: 'file\n', PATH: `${plain.PATH}\n` });
    const look = (keep: string): Ended => start(directory, ['sh', '-c', 'echo "$A $OTHER"'], { A: 'caller', OTHER: 'caller', S6_KEEP_ENV: keep });
    expect(['1', 'yes', '0', ''].map((keep) => look(keep).stdout)).toEqual(['caller caller\n', 'caller caller\n', 'file \n', 'file \n']);
    expect(start('/nowhere', ['sh', '-c', 'exit 5'], { S6_KEEP_ENV: '1' }).code).toBe(5);
  });

  test.skipIf(missing)('exit codes', () => {
    const directory = filled({ PATH: `${plain.PATH}\n`, NOTHING: '' });
    expect([0, 1, 7, 111, 255].map((code) => start(directory, ['sh', '-c', `exit ${code}`]).code)).toEqual([0, 1, 7, 111, 255]);
    expect(start(directory, ['no-such-program']).code).toBe(127);
    expect(start(directory, [path.join(directory, 'NOTHING')]).code).toBe(126);
    expect(start(directory, [])).toMatchObject({ code: 100, stdout: '', stderr: 'usage: with-contenv PROGRAM [ARGUMENT...]\n' });
    expect(start('/nowhere', ['true'])).toMatchObject({
      code: 111,
      stderr: 'with-contenv: cannot read the container environment /nowhere; is it n6 that started this? '
        + 'N6_CONTAINER_ENVIRONMENT names another place\n',
    });
  });

  test.skipIf(missing || process.getuid?.() !== 0)('what it may not read it tells, and does not leave out', () => {
    const directory = filled({ A: '1\n', SECRET: 'x\n' });
    chmodSync(directory, 0o755);
    chmodSync(path.join(directory, 'SECRET'), 0o600);
    expect(start(directory, ['true'], {}, 65534)).toMatchObject({
      code: 111, stdout: '', stderr: `with-contenv: cannot read ${directory}/SECRET; allow it: chmod 644 ${directory}/SECRET\n`,
    });
    chmodSync(directory, 0o700);
    expect(start(directory, ['true'], {}, 65534)).toMatchObject({ code: 111, stdout: '', stderr: expect.stringContaining(`chmod 755 ${directory}`) as string });
  });

  test.skipIf(missing)('a program whose name holds =, arguments as they are, and the working directory', () => {
    const directory = filled({ A: '1\n', PATH: `${plain.PATH}\n` });
    const place = temporary();
    write(place, { 'a=b!': '#!/bin/sh\npwd\necho "$A"\nprintf "[%s]" "$@"\n' });
    const program = ['./a=b', 'x y', '', '*', '$A', '-e', 'two\nlines'];
    const result = ended([...words, withContenv, ...program], { cwd: place, env: { ...plain, N6_CONTAINER_ENVIRONMENT: directory } });
    expect(result).toMatchObject({ code: 0, stderr: '', stdout: `${place}\n1\n[x y][][*][$A][-e][two\nlines]` });
  });

  test.skipIf(missing)('an empty directory gives an empty environment, and PATH only comes from it', () => {
    const directory = temporary();
    expect(seen(directory)).toEqual([]);
    const place = temporary();
    write(place, { 'only-here!': '#!/bin/sh\necho found\n' });
    expect(start(directory, ['only-here'], { PATH: `${place}:${plain.PATH}` }).code).toBe(127);
    write(directory, { PATH: `${place}\n` });
    expect(start(directory, ['only-here']).stdout).toBe('found\n');
  });

  test.skipIf(missing)('becomes its program: the pid stays, nothing is left in between', async () => {
    const directory = filled({ PATH: `${plain.PATH}\n` });
    const [shell = '', ...rest] = [...words, withContenv, 'sh', '-c', 'echo $$'];
    const child = spawn(shell, rest, { env: { ...plain, N6_CONTAINER_ENVIRONMENT: directory } });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await new Promise((resolve) => child.once('close', resolve));
    expect(output).toBe(`${child.pid}\n`);
  });
});

test('as a hashbang with an interpreter, and through a script that is a hashbang itself', () => {
  const directory = filled({ A: 'from the file\n', PATH: `${plain.PATH}\n` });
  const place = temporary();
  copyFileSync(withContenv, path.join(place, 'with-contenv'));
  chmodSync(path.join(place, 'with-contenv'), 0o755);
  write(place, {
    'wrapper!': `#!${place}/with-contenv sh\nexport B=wrapped\nexec sh "$@"\n`,
    'plain!': `#!${place}/with-contenv bash\necho "$A" "\${BASH_VERSION:+bash}" "$0" "$@"\n`,
    'nested!': `#!${place}/wrapper\necho "$A $B"\n`,
  });
  const env = { ...plain, N6_CONTAINER_ENVIRONMENT: directory };
  expect(ended([path.join(place, 'plain'), 'x', 'y z'], { env }).stdout).toBe(`from the file bash ${place}/plain x y z\n`);
  expect(ended([path.join(place, 'nested')], { env }).stdout).toBe('from the file wrapped\n');
});

test.runIf(lacking('s6-envdir').length === 0)('the same as the real s6-envdir -Lf', () => {
  const directory = filled({
    A: 'v\n', B: 'no newline', C: '\n\n', D: '\n', E: '', 'has-dash': 'x\n', '.hid': 'x\n', 'a=b': 'x\n', 'a.b': '\x01\x7f\x80\n', '1num': 'y',
  });
  const real = execFileSync('env', ['-i', lookUp('s6-envdir'), '-Lf', directory, lookUp('cat'), '/proc/self/environ'], { encoding: 'latin1' });
  const env = { ...plain, N6_CONTAINER_ENVIRONMENT: directory };
  const ours = execFileSync(withContenv, [lookUp('cat'), '/proc/self/environ'], { encoding: 'latin1', env });
  const sorted = (text: string): string[] => without(text.split('\0').slice(0, -1), 'N6_CONTAINER_ENVIRONMENT').sort();
  expect(sorted(ours)).toEqual(sorted(real));
});

test("needs nothing of the caller's PATH", () => {
  const directory = filled({ A: '1\n' });
  const result = ended(['/bin/sh', withContenv, lookUp('cat'), '/proc/self/environ'], { env: { PATH: '/nowhere', N6_CONTAINER_ENVIRONMENT: directory } });
  expect(entries(result)).toContain('A=1');
});

function lookUp(program: string): string {
  return execFileSync('sh', ['-c', 'command -v "$1"', 'sh', program], { encoding: 'utf8', env: plain }).trim();
}
