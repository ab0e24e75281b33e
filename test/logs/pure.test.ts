/** Lines, their forms, and what is kept of them in memory. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chosenLogs } from '../../src/core/logs.ts';
import type { Logs } from '../../src/core/policy.ts';
import { createFormat, linesOf, textOf } from '../../src/logs/format.ts';
import { countLines, createSplitter, type Piece } from '../../src/logs/lines.ts';
import { createRing } from '../../src/logs/ring.ts';
import { parseLogState } from '../../src/logs/state.ts';

type Kept = { text: string; lines: number; ended: boolean };
const collect = (into: Kept[]) => ({ bytes, lines, ended }: Piece): void => void into.push({ text: bytes.toString('latin1'), lines, ended });

describe('lines', () => {
  test('whatever the chunks are, no byte is lost, and only whole lines come', () => {
    fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 30 })), (chunks) => {
      const found: Kept[] = [];
      const held = { bytes: 0 };
      const splitter = createSplitter(held);
      for (const chunk of chunks) {
        const given = Buffer.from(chunk);
        splitter.push(given, collect(found));
        // The buffer is its owner's again.
        given.fill(0x21);
      }
      for (const { text, ended, lines } of found) {
        expect(ended).toBe(true);
        expect(text.endsWith('\n')).toBe(true);
        expect(lines).toBe(countLines(Buffer.from(text, 'latin1')));
      }
      splitter.rest(collect(found));
      expect(Buffer.from(found.map(({ text }) => text).join(''), 'latin1')).toEqual(Buffer.concat(chunks.map((chunk) => Buffer.from(chunk))));
      expect(held.bytes).toBe(0);
    }));
  });

  test('too long ones come in pieces, each as long as may be kept', () => {
    const found: Kept[] = [];
    const splitter = createSplitter({ bytes: 0 }, undefined, 100);
    for (let i = 0; i < 25; i++) splitter.push(Buffer.from('x'.repeat(10)), collect(found));
    splitter.push(Buffer.from('y\nz\n'), collect(found));
    expect(found.map(({ text, lines, ended }) => [text.length, lines, ended])).toEqual([[110, 1, false], [110, 1, false], [34, 2, true]]);
  });

  test('all beginnings of lines together have a limit, too', () => {
    const found: Kept[] = [];
    const held = { bytes: 0 };
    const splitters = Array.from({ length: 10 }, () => createSplitter(held, undefined, 100, 300));
    for (let i = 0; i < 9; i++) for (const splitter of splitters) splitter.push(Buffer.from('x'.repeat(10)), collect(found));
    expect(held.bytes).toBeLessThanOrEqual(300);
    expect(found.length).toBeGreaterThan(0);
    expect(found.reduce((sum, { text }) => sum + text.length, held.bytes)).toBe(900);
  });

  test('the beginning of a line that an earlier life had read', () => {
    const found: Kept[] = [];
    const splitter = createSplitter({ bytes: 0 }, Buffer.from('half '));
    expect(splitter.held().toString()).toBe('half ');
    splitter.push(Buffer.from('line\n'), collect(found));
    expect(found).toEqual([{ text: 'half line\n', lines: 1, ended: true }]);
  });
});

describe('forms', () => {
  const at = Date.UTC(2026, 10, 28, 10, 15, 30, 123);
  const written = (logs: Logs, bytes: string | Buffer, ended = true): string =>
    createFormat(logs, 'web')(Buffer.from(bytes as string, 'latin1'), ended, 'stderr', at).toString('latin1');

  test.each<[string, Logs, string]>([
    ['raw', chosenLogs('raw', 'web'), 'a\n\nb\n'],
    ['prefix', chosenLogs('prefix', 'web'), 'web: a\nweb: \nweb: b\n'],
    ['a prefix that replaceAll would take for a pattern', { ...chosenLogs('prefix', 'web'), prefix: '$& $1 $$ | ' },
      '$& $1 $$ | a\n$& $1 $$ | \n$& $1 $$ | b\n'],
    ['timestamps', chosenLogs('timestamps', 'web'), '2026-11-28T10:15:30.123Z a\n2026-11-28T10:15:30.123Z \n2026-11-28T10:15:30.123Z b\n'],
    ['timestamps and a prefix', { ...chosenLogs('timestamps', 'web'), prefix: 'w ' },
      '2026-11-28T10:15:30.123Z w a\n2026-11-28T10:15:30.123Z w \n2026-11-28T10:15:30.123Z w b\n'],
    ['json', chosenLogs('json', 'web'), ['a', '', 'b'].map((text) =>
      `{"at":"2026-11-28T10:15:30.123Z","service":"web","stream":"stderr","text":"${text}"}\n`).join('')],
  ])('%s', (_name, logs, expected) => expect(written(logs, 'a\n\nb\n')).toBe(expected));

  test('a piece of a line: as it is, or a line of its own', () => {
    expect(written(chosenLogs('raw', 'web'), 'half', false)).toBe('half');
    expect(written(chosenLogs('prefix', 'web'), 'half', false)).toBe('web: half\n');
    expect(JSON.parse(written(chosenLogs('json', 'web'), 'half', false))).toMatchObject({ text: 'half' });
  });

  test('a prefix of a service whose name is not ASCII', () => {
    expect(Buffer.from(written(chosenLogs('prefix', 'wéb'), 'a\nb\n'), 'latin1').toString()).toBe('wéb: a\nwéb: b\n');
  });

  test('no byte is lost in any of them: NUL, CR, ANSI, what is no UTF-8, U+2028', () => {
    const invalid = Buffer.from([0xff, 0xc3, 0x28, 0xed, 0xa0, 0x80, 10]);
    const nasty = Buffer.concat([Buffer.from('10%\r20%\r\u001b[31mred\u001b[0m\0 "q\\ \u2028\n'), invalid, Buffer.from('ü\n')]);
    expect(written(chosenLogs('raw', 'web'), nasty)).toBe(nasty.toString('latin1'));
    expect(written(chosenLogs('prefix', 'web'), nasty)).toBe(linesOf(nasty).map((line) => `web: ${line.toString('latin1')}\n`).join(''));
    const parsed = Buffer.from(written(chosenLogs('json', 'web'), nasty), 'latin1').toString('utf8').trimEnd().split('\n')
      .map((line) => JSON.parse(line) as { text: string; bytes?: string });
    expect(parsed.map(({ text, bytes }) => (bytes === undefined ? Buffer.from(text) : Buffer.from(bytes, 'base64')))).toEqual(linesOf(nasty));
    expect(parsed.map(({ bytes }) => bytes !== undefined)).toEqual([false, true, false]);
  });

  test('JSON of whatever bytes is what is read back', () => {
    fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 12 }).filter((line) => !line.includes(10)), { minLength: 1 }), (given) => {
      const bytes = Buffer.concat(given.flatMap((line) => [Buffer.from(line), Buffer.from('\n')]));
      const lines = createFormat(chosenLogs('json', 'x'), 'x')(bytes, true, 'stdout', 0).toString('utf8').split('\n').slice(0, -1)
        .map((line) => JSON.parse(line) as { text: string; bytes?: string });
      const back = lines.map(({ text, bytes: exact }) => (exact === undefined ? Buffer.from(text) : Buffer.from(exact, 'base64')));
      expect(back).toEqual(given.map((line) => Buffer.from(line)));
    }));
  });

  test('text of a line', () => {
    expect(textOf(Buffer.from('ü'))).toEqual({ text: 'ü' });
    expect(textOf(Buffer.from([0xff]))).toEqual({ text: '\ufffd', bytes: '/w==' });
  });
});

describe('the ring', () => {
  const newest = (ring: ReturnType<typeof createRing>, most = 1000, after = 0): [number, string][] =>
    ring.newest('web', most, after, -Infinity).toReversed().map(({ seq, text }) => [seq, text]);

  test('whatever comes: what is kept are the last lines, in order, and what is not is counted', () => {
    const block = fc.array(fc.integer({ min: 0, max: 600 }), { minLength: 1, maxLength: 8 });
    fc.assert(fc.property(fc.integer({ min: 4096, max: 9000 }), fc.array(block, { maxLength: 60 }), (limit, blocks) => {
      const ring = createRing(limit);
      const all: [number, string][] = [];
      for (const sizes of blocks) {
        const lines = sizes.map((size, i) => String((all.length + i) % 10).repeat(size));
        ring.push(Buffer.from(lines.map((line) => `${line}\n`).join('')), { seq: all.length + 1, at: 0, stream: 'stdout', lines: lines.length });
        for (const line of lines) all.push([all.length + 1, line]);
      }
      const kept = newest(ring);
      expect(kept).toEqual(all.slice(all.length - kept.length));
      expect(ring.countAfter(0)).toBe(all.length);
      for (const after of [1, 5, Math.floor(all.length / 2), all.length]) {
        expect(ring.countAfter(after)).toBe(all.filter(([seq]) => seq > after).length);
      }
      expect(ring.blocks().reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeLessThanOrEqual(limit);
      if (all.length > 0) expect(kept.length).toBeGreaterThan(0);
      expect(newest(ring, 3)).toEqual(kept.slice(-3));
    }), { numRuns: 300 });
  });

  test('a line that is longer than all that may be kept: its beginning', () => {
    const ring = createRing(8192);
    ring.push(Buffer.from('before\n'), { seq: 1, at: 0, stream: 'stdout', lines: 1 });
    ring.push(Buffer.from(`${'x'.repeat(100_000)}\n`), { seq: 2, at: 0, stream: 'stdout', lines: 1 });
    const [line] = ring.newest('web', 1, 0, 0);
    expect(line).toMatchObject({ seq: 2, cut: true });
    expect(line!.text.length).toBeGreaterThan(3000);
    expect(line!.text.length).toBeLessThan(8192);
  });

  test('nothing is kept where nothing may be; a limit that falls takes effect at once', () => {
    const none = createRing(0);
    none.push(Buffer.from('a\n'), { seq: 1, at: 0, stream: 'stdout', lines: 1 });
    expect(newest(none)).toEqual([]);
    const ring = createRing(65_536);
    for (let seq = 1; seq <= 200; seq++) ring.push(Buffer.from(`${seq} ${'x'.repeat(100)}\n`), { seq, at: 0, stream: 'stdout', lines: 1 });
    expect(newest(ring)).toHaveLength(200);
    ring.limit(8192);
    const kept = newest(ring);
    expect(kept.length).toBeGreaterThan(20);
    expect(kept.length).toBeLessThan(60);
    expect(kept.at(-1)![0]).toBe(200);
    ring.push(Buffer.from('201\n'), { seq: 201, at: 0, stream: 'stdout', lines: 1 });
    expect(newest(ring, 2).map(([seq]) => seq)).toEqual([200, 201]);
  });

  test('since', () => {
    const ring = createRing(65_536);
    for (let seq = 1; seq <= 5; seq++) ring.push(Buffer.from(`${seq}\n`), { seq, at: seq * 1000, stream: 'stdout', lines: 1 });
    expect(ring.newest('web', 100, 0, 3500).map(({ seq }) => seq)).toEqual([5, 4]);
  });
});

test('a state that is no state is none, and one that is partly so is partly taken', () => {
  for (const given of [undefined, null, 5, 'x', [], {}, { version: 2, seq: 1 }, { version: 1, seq: -1 }]) expect(parseLogState(given)).toBeUndefined();
  const block = { seq: 1, at: 2, stream: 'stdout', lines: 1, length: 2, cut: false };
  const web = { partial: { stdout: 'aGFsZg==' }, ring: [{ block, bytes: 'YQo=' }, { block: {}, bytes: 1 }, 5] };
  expect(parseLogState({ version: 1, seq: 7, began: 'then', services: { web, bad: 5 } })).toEqual({
    version: 1, seq: 7, began: 'then', waiting: { stdout: '', stderr: '' },
    services: { web: { partial: { stdout: 'aGFsZg==', stderr: '' }, waiting: '', matched: false, ring: [{ block, bytes: 'YQo=' }] } },
  });
});
