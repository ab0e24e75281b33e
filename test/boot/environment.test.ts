import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { DEFAULT_PATH, loadEnvironment, parseEnviron, storeEnvironment, withPath, type Variable } from '../../src/boot/environment.ts';
import { temporary, write } from '../help/machine.ts';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const variable = (name: string, value: string): Variable => ({ name: bytes(name), value: bytes(value) });
const text = (variables: readonly Variable[]): string[][] => variables.map(({ name, value }) => [name.toString('latin1'), value.toString('latin1')]);
const loaded = (directory: string): string[] => loadEnvironment(directory).map((entry) => entry.toString('latin1'));

describe('parseEnviron', () => {
  test('every byte is kept; what has no name or no = is dropped', () => {
    expect(text(parseEnviron(bytes('a.b=1\0X=\xff\0N=a\nb \0E=\0nothing\0=x\0\0-x=y=z\0')))).toEqual([
      ['a.b', '1'], ['X', '\xff'], ['N', 'a\nb '], ['E', ''], ['-x', 'y=z'],
    ]);
  });

  test('the last entry may lack its NUL; nothing is nothing', () => {
    expect(text(parseEnviron(bytes('A=1')))).toEqual([['A', '1']]);
    expect(parseEnviron(Buffer.alloc(0))).toEqual([]);
  });

  test('of two with one name the first counts, as for the programs that ask', () => {
    expect(text(parseEnviron(bytes('A=1\0B=2\0A=3\0')))).toEqual([['A', '1'], ['B', '2']]);
  });

  test("what the system shows of a real process's environment", () => {
    const environ = execFileSync('cat', ['/proc/self/environ'], { env: { A: '1', 'b.c': 'two\nlines', E: '' } });
    expect(text(parseEnviron(environ))).toEqual([['A', '1'], ['b.c', 'two\nlines'], ['E', '']]);
  });
});

describe('storeEnvironment', () => {
  test('a value and one newline, 0644 in 0755, whatever the umask', () => {
    const directory = path.join(temporary(), 'deep/container_environment');
    const before = process.umask(0o077);
    onTestFinished(() => void process.umask(before));
    expect(storeEnvironment(directory, [variable('A', '1'), variable('E', ''), variable('N', 'a\n')])).toEqual([]);
    expect(['A', 'E', 'N'].map((name) => readFileSync(path.join(directory, name), 'utf8'))).toEqual(['1\n', '\n', 'a\n\n']);
    expect([directory, path.join(directory, 'A')].map((file) => (statSync(file).mode & 0o7777).toString(8))).toEqual(['755', '644']);
  });

  test('whatever an earlier life left is removed, and links are not followed', () => {
    const directory = temporary();
    const outside = path.join(temporary(), 'outside');
    writeFileSync(outside, 'untouched');
    write(directory, { OLD: 'x', '.hidden': 'x', 'sub/file': 'x', 'A@': outside });
    storeEnvironment(directory, [variable('A', '1')]);
    expect(readdirSync(directory)).toEqual(['A']);
    expect(readFileSync(outside, 'utf8')).toBe('untouched');
  });

  test('names that are no file names a reader would see are given back', () => {
    const directory = temporary();
    const refused = ['a/b', '.', '..', '.hid', 'x'.repeat(256)];
    expect(storeEnvironment(directory, [...refused, 'y'.repeat(255), 'a b', '-x'].map((name) => variable(name, 'v'))).map(String)).toEqual(refused);
    expect(readdirSync(directory).sort()).toEqual(['-x', 'a b', 'y'.repeat(255)]);
  });

  test('a directory that cannot be made throws its errno', () => {
    const file = path.join(temporary(), 'file');
    writeFileSync(file, '');
    expect(() => storeEnvironment(path.join(file, 'below'), [])).toThrow(expect.objectContaining({ code: 'ENOTDIR' }) as Error);
  });
});

describe('loadEnvironment', () => {
  test('one final newline is dropped, an empty file is no variable', () => {
    const directory = temporary();
    write(directory, { A: 'v', B: 'v\n', C: 'v\n\n', D: '\n', E: '', F: 'a\0b\n' });
    expect(loaded(directory)).toEqual(['A=v', 'B=v', 'C=v\n', 'D=', 'F=ab']);
  });

  test('what is no variable is skipped, and a FIFO holds nobody', () => {
    const directory = temporary();
    write(directory, { A: '1\n', '.hid': 'x', 'a=b': 'x', 'sub/file': 'x', 'gone@': 'nowhere', 'round@': 'round', 'LINK@': 'A' });
    execFileSync('mkfifo', [path.join(directory, 'fifo')]);
    expect(loaded(directory)).toEqual(['A=1', 'LINK=1']);
  });

  test('no directory throws its errno', () => {
    expect(() => loadEnvironment('/nowhere')).toThrow(expect.objectContaining({ code: 'ENOENT' }) as Error);
  });

  test('what was stored is loaded, byte for byte', () => {
    const byte = (...without: number[]): fc.Arbitrary<number> => fc.integer({ min: 1, max: 255 }).filter((n) => !without.includes(n));
    const name = fc.array(byte(0x3d, 0x2f), { minLength: 1, maxLength: 40 }).filter(([first]) => first !== 0x2e).map((codes) => Buffer.from(codes));
    const value = fc.array(fc.oneof(byte(), fc.constant(10)), { maxLength: 200 }).map((codes) => Buffer.from(codes));
    const variables = fc.uniqueArray(fc.record({ name, value }), { selector: (one) => one.name.toString('latin1'), maxLength: 20 });
    const directory = temporary();
    fc.assert(fc.property(variables, (some) => {
      expect(storeEnvironment(directory, some)).toEqual([]);
      expect(loaded(directory).sort()).toEqual(text(some).map((pair) => pair.join('=')).sort());
    }), { numRuns: 100 });
  });
});

describe('withPath', () => {
  const pathOf = (variables: readonly Variable[]): string[][] => text(withPath(variables, '/command'));
  test.each([
    ['/usr/bin:/bin', '/command:/usr/bin:/bin'],
    ['/command:/usr/bin', '/command:/usr/bin'],
    ['/command', '/command'],
    ['/command2:/bin', '/command:/command2:/bin'],
    ['/bin:/command', '/command:/bin:/command'],
    ['', `/command:${DEFAULT_PATH}`],
  ])('%j becomes %j, and everything else stays in its place', (given, expected) => {
    expect(pathOf([variable('A', '1'), variable('PATH', given), variable('Z', '\xff')])).toEqual([['A', '1'], ['PATH', expected], ['Z', '\xff']]);
  });

  test('without a PATH it is the default', () => {
    expect(pathOf([variable('A', '1')])).toEqual([['A', '1'], ['PATH', `/command:${DEFAULT_PATH}`]]);
  });
});

test('nobody else sees a half-written directory', () => {
  const directory = path.join(temporary(), 'environment');
  mkdirSync(directory, { mode: 0o755 });
  // A name that is there already ends the writing in the middle.
  expect(() => storeEnvironment(directory, [variable('A', '1'), variable('A', '2')])).toThrow(expect.objectContaining({ code: 'EEXIST' }) as Error);
  expect(existsSync(path.join(directory, 'A'))).toBe(true);
  expect((statSync(directory).mode & 0o7777).toString(8)).toBe('700');
});
