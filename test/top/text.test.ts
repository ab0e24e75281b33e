import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cut, fill, plain, rowsOf, widthOf } from '../../src/cli/top/text.ts';

test.each([
  ['plain', 'plain'],
  ['\x1b[1;31mred\x1b[0m and \x1b[2Kgone', 'red and gone'],
  ['\x1b]0;a title\x07text', 'text'],
  ['\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\', 'link'],
  ['\x1bPq#0;2\x1b\\sixel', 'sixel'],
  ['\x1b(Bset \x1b=keypad', 'set keypad'],
  ['\x9b31mC1', 'C1'],
  ['10%\r50%\r100%', '100%'],
  ['dos\r', 'dos'],
  ['a\tb', 'a       b'],
  ['nul\0bell\x07', 'nul·bell·'],
  ['right\u202eleft', 'right·left'],
  ['cut \x1b[1', 'cut 1'],
  ['\x1b', '·'],
])('plain(%j)', (line, expected) => expect(plain(line)).toBe(expected));

test.each([['web', 3], ['日本', 4], ['é', 1], ['e\u0301', 1], ['🚀', 2], ['한', 2], ['', 0], ['a\u200bb', 2]])('%j is %i cells wide', (text, width) => {
  expect(widthOf(text)).toBe(width);
});

test('cut and fill', () => {
  expect([cut('abcdef', 4, '…'), cut('abcd', 4, '…'), cut('日本語', 4, '…'), cut('ab', 0, '…'), cut('ab', 1, '…')]).toEqual(['abc…', 'abcd', '日…', '', '…']);
  expect([fill('ab', 4, '~'), fill('ab', 4, '~', 'right'), fill('日本語', 4, '~'), fill('abcde', 4, '~')]).toEqual(['ab  ', '  ab', '日~ ', 'abc~']);
});

test('rows of a width, with nothing lost', () => {
  expect(rowsOf('abcdefg', 3)).toEqual(['abc', 'def', 'g']);
  expect(rowsOf('', 3)).toEqual(['']);
  expect(rowsOf('日本', 3)).toEqual(['日', '本']);
});

test('whatever a service writes, it is text without control characters, and fits', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 0, max: 40 }), (line, width) => {
    const text = plain(line);
    expect(text).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
    expect(widthOf(cut(text, width, '…'))).toBeLessThanOrEqual(width);
    expect(widthOf(fill(text, width, '…'))).toBe(width);
    for (const row of rowsOf(text, width)) expect(widthOf(row)).toBeLessThanOrEqual(width);
    if (width >= 2) expect(rowsOf(text, width).join('')).toBe(text);
  }), { numRuns: 2000 });
});
