import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createKeyReader, KEY_ENTRIES, keyNamed } from '../../src/cli/top/keys.ts';

const read = (...chunks: (string | Uint8Array)[]): string[] => {
  const reader = createKeyReader();
  return [...chunks.flatMap((chunk) => reader.push(Buffer.from(chunk as string))), ...reader.flush()];
};

test.each([
  ['q', ['q']],
  ['jk', ['j', 'k']],
  ['\x1b[A\x1bOB', ['up', 'down']],
  ['\x1b[5~\x1b[6~\x1b[H\x1b[4~', ['page-up', 'page-down', 'home', 'end']],
  ['\x1b', ['escape']],
  ['\x1bq', ['escape', 'q']],
  ['\r\n', ['enter', 'enter']],
  ['\x7f\b', ['backspace', 'backspace']],
  ['\x03\x1a\x0c', ['ctrl-c', 'ctrl-z', 'ctrl-l']],
  ['é日', ['é', '日']],
  // F5, Shift-Up, a report of the mouse: nothing to us, and no characters either.
  ['\x1b[15~\x1b[1;2A\x1b[<0;1;2Mx', ['x']],
  ['\0\x1c', []],
])('%j', (bytes, keys) => expect(read(bytes)).toEqual(keys));

test('a sequence and a character may come in parts', () => {
  expect(read('\x1b', '[', 'A', Buffer.from([0xc3]), Buffer.from([0xa9]))).toEqual(['up', 'é']);
});

test('an Esc waits for what may follow, and only that does', () => {
  const reader = createKeyReader();
  expect([reader.push(Buffer.from('\x1b')), reader.isWaiting(), reader.flush(), reader.isWaiting()]).toEqual([[], true, ['escape'], false]);
  expect([reader.push(Buffer.from('q')), reader.isWaiting(), reader.flush()]).toEqual([['q'], false, []]);
});

test('any bytes in any parts are read to their end', () => {
  fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 12 })), (chunks) => {
    const keys = read(...chunks);
    expect(keys.every((key) => key.length > 0 && !/[\x00-\x1f]/.test(key))).toBe(true);
    expect(read(Buffer.concat([...chunks, Buffer.from('\x18Xq')])).at(-1)).toBe('q');
  }), { numRuns: 2000 });
});

test('no key means two things, and the help fits 80 columns', () => {
  const keys = KEY_ENTRIES.flatMap(([, { keys: own }]) => own);
  expect(new Set(keys).size).toBe(keys.length);
  for (const [name, { keys: own }] of KEY_ENTRIES) for (const key of own) expect(keyNamed(key)).toBe(name);
  for (const [, { shown, sentence }] of KEY_ENTRIES) expect(shown.length + sentence.length).toBeLessThan(70);
});
