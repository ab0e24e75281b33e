import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLineSplitter } from '../../src/log/lines.ts';

/** Byte by byte, and too slow for a logger: what a line is (spec/s6-compat 6.7). */
function slowly(input: Buffer, limit: number): string {
  let result = '', line = '';
  for (const byte of input) {
    if (byte === 0 || byte === 10) {
      result += `${line}\n`;
      line = '';
      continue;
    }
    if (limit > 0 && line.length === limit) {
      result += `${line}\n`;
      line = '';
    }
    line += String.fromCharCode(byte);
  }
  return line === '' ? result : `${result}${line}\n`;
}

test.each([0, 3, 48])('any input in any chunks, limit %i', (limit) => {
  const bytes = fc.array(fc.constantFrom(0, 10, 10, 97, 98, 255), { maxLength: 200 });
  fc.assert(fc.property(fc.array(bytes, { maxLength: 12 }), (chunks) => {
    const splitter = createLineSplitter(limit);
    const given = chunks.map((chunk) => splitter.push(Buffer.from(chunk)).toString('latin1'));
    for (const text of given.filter((piece) => piece !== '')) expect(text.endsWith('\n')).toBe(true);
    expect(given.join('') + splitter.finish().toString('latin1')).toBe(slowly(Buffer.from(chunks.flat()), limit));
    expect(splitter.partial()).toBe(false);
  }), { numRuns: 500 });
});

test('a chunk of the next line does not change one that is held', () => {
  const splitter = createLineSplitter(100);
  const buffer = Buffer.from('abc');
  splitter.push(buffer);
  buffer.fill('x');
  expect(splitter.partial()).toBe(true);
  expect(splitter.push(Buffer.from('d\n')).toString()).toBe('abcd\n');
});
