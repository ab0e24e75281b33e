/** Patterns of s6-log against grep -E of the same machine, in the C locale. */
import { execFileSync, spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { extendedExpression } from '../../src/log/regular-expression.ts';

const LINES = ['', 'a', 'b', 'ab', 'aab', 'abc', 'a.c', 'a\\c', 'a]c', '[a]', 'a-c', '0', '42', 'A', ' ', '\t', 'a{2}', 'x^y', 'x$y', 'é',
  'ERROR: disk', '(a)', 'a|b', '_', 'a*'];
const latin1 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
const environment = { ...process.env, LC_ALL: 'C' };

/** The lines that grep selects; undefined when it refuses the pattern. */
function grep(pattern: string): string[] | undefined {
  const { status, stdout } = spawnSync('grep', ['-E', '-a', '-e', pattern], { input: `${LINES.join('\n')}\n`, env: environment, encoding: 'utf8' });
  return status === 2 ? undefined : stdout.split('\n').slice(0, -1);
}
const ours = (pattern: string): string[] | undefined => {
  const matches = extendedExpression(latin1(pattern));
  return matches === undefined ? undefined : LINES.filter((line) => matches(latin1(line)));
};

test.each([
  '', 'a', '^a', 'a$', '^$', '.', '^.$', '.*', 'a|b', '^(a|b)+$', '(ab)*c', 'a{2}', 'a{1,2}b', 'a{2,}', 'a\\.c', 'a\\\\c', '[abc]',
  '[^a]', '[]a]', '[^]a]', '[a-c]$',
  '[a\\]c', '[[:digit:]]+', '^[[:space:]]$', '[[:upper:][:digit:]]', '[^[:alnum:]]', '[[:punct:]]', '[[.a.]]c', '[[=a=]]b', '[-a]c',
  '[a-]c', 'a\\{2\\}', 'a\\|b', '\\(a\\)', '\\[a\\]',
  'x\\^y', 'x\\$y', '(^a)', '(a$)', 'a?b', '(a)(b)(c)', '((a)|b)c', 'ERROR|FATAL', '^[A-Z]+: ', '[[:blank:]]', '[[:cntrl:]]', 'a\\*', '/',
  '-', 'a/b', '#', 'a+b', 'a**b', 'a+?c', '..', 'é', '\\ba', '\\w', '}', ']',
])('%s', (pattern) => {
  expect(ours(pattern)).toEqual(grep(pattern));
});

test.each(['[', '[a', '(', 'a(b', '[[:none:]]', '[b-a]', 'a\\', 'a{2,1}'])('%s is refused', (pattern) => {
  expect(ours(pattern)).toBeUndefined();
});

test('what is put together at random selects the same lines', () => {
  const atom = fc.constantFrom('a', 'b', 'c', '.', '[ab]', '[^a]', '\\.', '[[:alpha:]]', '[0-9]', '(a|b)', '(ab)');
  const piece = fc.tuple(atom, fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{0,1}')).map((parts) => parts.join(''));
  const branch = fc.tuple(fc.constantFrom('', '', '^'), fc.array(piece, { minLength: 1, maxLength: 4 }), fc.constantFrom('', '', '$'))
    .map(([begin, pieces, end]) => `${begin}${pieces.join('')}${end}`);
  fc.assert(fc.property(fc.array(branch, { minLength: 1, maxLength: 3 }), (branches) => {
    expect(ours(branches.join('|'))).toEqual(grep(branches.join('|')));
  }), { numRuns: 200 });
});

test('grep is there to compare with', () => {
  expect(execFileSync('grep', ['-E', 'a'], { input: 'a\n', encoding: 'utf8' })).toBe('a\n');
});
