/** What a script's words are. `argv.test.ts` holds the same against the real execlineb. */
import { describe, expect, test } from 'vitest';
import { parse } from '../../src/execline/parse.ts';
import { substitute } from '../../src/execline/substitute.ts';

const words = (text: string): string[] => {
  const result = parse(text);
  expect(result.problems).toEqual([]);
  return result.words;
};
const problem = (text: string) => parse(text).problems[0];

describe('words', () => {
  test('a line break separates words and nothing else', () => {
    expect(words('echo "cron exiting"\ns6-svscanctl -t /run/service\n')).toEqual(['echo', 'cron exiting', 's6-svscanctl', '-t', '/run/service']);
  });
  test('a script without words has nothing to do', () => {
    expect(words('')).toEqual([]);
    expect(words('#!/bin/execlineb -P\n \t# nothing\n\\')).toEqual([]);
  });
  test('escapes count between double quotes only', () => {
    expect(words('"a\\x41\\0x41\\65\\101b\\q"')).toEqual(['ax41AAebq']);
    expect(words('"\\a\\b\\f\\n\\r\\t\\v"')).toEqual(['\x07\b\f\n\r\t\v']);
    expect(words('"\\0x4g" "\\0377" "\\018" "\\1234"')).toEqual(['\x04g', '\xff', '\x018', '{4']);
    expect(words('\\065 \\n a\\ b \\"x')).toEqual(['065', 'n', 'a b', '"x']);
  });
  test('an escaped line break stays in a bare word, vanishes in quotes, separates between words', () => {
    expect(words('a\\\nb "a\\\nb" a \\\n b')).toEqual(['a\nb', 'ab', 'a', 'b']);
  });
  test('# begins a comment only where a word would begin', () => {
    expect(words('a#b # c " {\n"#d" \\#e')).toEqual(['a#b', '#d', '#e']);
  });
  test('quotes are part of the word they stand in', () => {
    expect(words('a"b c"d"e" ""')).toEqual(['ab cde', '']);
  });
});

describe('blocks', () => {
  test('each level is a space before the word, and an empty word is the end', () => {
    expect(words('if { a { b } "" } c')).toEqual(['if', ' a', '  b', ' ', ' ', '', 'c']);
  });
  test('a brace that touches something is part of a word', () => {
    expect(words('a{b c} {} "{" \\} }}')).toEqual(['a{b', 'c}', '{}', '{', '}', '}}']);
  });
});

describe('problems have the line where they begin', () => {
  test.each([
    ['a\nb }\n', 2, /closes no block/],
    ['a\n{ b\n{ c }\n', 2, /never closed/],
    ['{\n\n{ a }', 1, /never closed/],
    ['a\n\n"b\nc', 3, /never closed/],
    ['a\n"\\0x"', 2, /byte from 1 to 255/],
    ['a\n"\\256"', 2, /byte from 1 to 255/],
    ['a\nb\\', 2, /backslash ends/],
  ])('%j', (text, line, message) => {
    expect(problem(text)).toEqual({ line, message: expect.stringMatching(message) as string });
  });
});

describe('substitution', () => {
  const values = new Map([['1', ['one']], ['@', ['a', 'b c']], ['none', []], ['11', ['eleven']]]);
  test.each<[string, string[]]>([
    ['x${1}y', ['xoney']],
    ['$1', ['one']],
    ['$1y', ['$1y']],
    ['$1 ', ['$1 ']],
    ['$11', ['eleven']],
    ['$1$1\\z', ['oneone\\z']],
    ['${2}$$1', ['${2}$one']],
    ['\\$1', ['$1']],
    ['\\\\$1', ['\\one']],
    ['\\\\\\${1}', ['\\${1}']],
    ['\\\\$2', ['\\\\$2']],
    ['$@$@', ['aa', 'ab c', 'b ca', 'b cb c']],
    ['  x${@}', ['  xa', '  xb c']],
    ['x${none}', []],
    ['$@$none', []],
    ['${${1}}', ['${one}']],
  ])('%j', (word, expected) => {
    expect(substitute([word], values)).toEqual(expected);
  });
  test('a value is not looked through again', () => {
    expect(substitute(['$a$b'], new Map([['a', ['$b']], ['b', ['$a']]]))).toEqual(['$b$a']);
  });
});
