import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matches, select } from '../../src/control/glob.ts';

test.each([
  ['*', 'web', true], ['web', 'web', true], ['web', 'webs', false], ['web-*', 'web-1', true], ['web-*', 'db', false], ['*-1', 'web-1', true],
  ['w?b', 'web', true], ['w?b', 'wb', false], ['w*b*', 'web-1', true], ['[wd]b', 'db', true], ['[a-c]x', 'bx', true], ['[a-c]x', 'dx', false],
  ['[!a-c]x', 'dx', true], ['[!a-c]x', 'ax', false], ['[]]', ']', true], ['[a', '[a', true], ['\\*', '*', true], ['\\*', 'a', false], ['', '', true],
  ['', 'a', false], ['**', 'a', true], ['?', 'ü', true], ['a.b', 'axb', false], ['[a-]', '-', true],
])('%s means %s: %s', (pattern, name, expected) => {
  expect(matches(pattern, name)).toBe(expected);
});

test('agrees with a regular expression on every pattern of stars, question marks and letters', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 });
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 }), letters, (pattern, name) => {
    const oracle = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`);
    expect(matches(pattern, name)).toBe(oracle.test(name));
  }), { numRuns: 2000 });
});

test('a pattern that would keep a regular expression busy for years is answered', () => {
  expect(matches(`${'*a'.repeat(200)}b`, 'a'.repeat(250))).toBe(false);
});

test('every selection is made of existing services, each once, and the rest is told', () => {
  const services = ['db', 'web-1', 'web-2', 'w*'].map((name) => ({ name }));
  const named = (patterns: string[]): unknown => {
    const { selected, unmatched } = select(services, patterns);
    return [selected.map(({ name }) => name), unmatched.map(({ detail }) => detail)];
  };
  expect(named(['web-*', 'web-1'])).toEqual([['web-1', 'web-2'], []]);
  expect(named(['w*'])).toEqual([['w*'], []]);
  expect(named(['dbb', 'x*', 'db'])).toEqual([['db'], ['no service named "dbb"; did you mean "db"?', expect.stringContaining('no service matches "x*"')]]);
});
