import { describe, expect, test } from 'vitest';
import { parseArguments, UsageError } from '../../src/log/arguments.ts';
import { parseScript } from '../../src/log/script.ts';
import { localText, tai64nText, withBeginning } from '../../src/log/stamps.ts';

describe('options', () => {
  test('letters together, a value behind its letter', () => {
    expect(parseArguments(['-bpd3', '-q', '-t', '0', '--', '-x', '1'])).toEqual({
      blocking: true, protect: true, verbosity: 0, lineLimit: 8192, lastLineTimeout: 0, notify: 3, directives: ['-x', '1'],
    });
  });
  test.each([[['-l', '5', '1'], 48], [['-l0', '1'], 0], [['-l60', '1'], 60]])('%j', (words, limit) => {
    expect(parseArguments(words).lineLimit).toBe(limit);
  });
  test.each([[[]], [['--']], [['-z', '1']], [['-d', 'x', '1']], [['-d', '2', '1']], [['-l']]])('%j is wrong', (words: string[]) => {
    expect(() => parseArguments(words)).toThrow(UsageError);
  });
});

describe('directives', () => {
  test('settings are for the actions after them, time stamps for one', () => {
    const { steps } = parseScript(['n3', 's4096', 'l10', '!gzip -nq9', 'T', 'pfoo', './a', 'p', 't', 'n4', '!', './b', '1']);
    expect(steps).toEqual([
      {
        kind: 'act', labels: { tai64n: false, local: true, prefix: 'foo ' },
        target: {
          kind: 'directory', directory: './a',
          keeping: { archives: 3, size: 4096, total: 0, tolerance: 10, retry: 2000, every: 0, processor: ['execlineb', '-Pc', 'gzip -nq9'] },
        },
      },
      {
        kind: 'act', labels: { tai64n: true, local: false, prefix: '' },
        target: {
          kind: 'directory', directory: './b',
          keeping: { archives: 4, size: 4096, total: 0, tolerance: 10, retry: 2000, every: 0, processor: undefined },
        },
      },
      { kind: 'act', labels: { tai64n: false, local: false, prefix: '' }, target: { kind: 'stdout' } },
    ]);
  });
  test.each([['s1', 4096, 2000], ['s999999999', 268_435_455, 2000], ['s4096', 4096, 2000], ['s5000', 5000, 2000]])('%s', (size, expected, tolerance) => {
    const [step] = parseScript([size, './d']).steps;
    expect(step).toMatchObject({ target: { keeping: { size: expected, tolerance } } });
  });
  test('a tolerance beyond half of the size is half of the size', () => {
    expect(parseScript(['l3000', 's4096', './d']).steps[0]).toMatchObject({ target: { keeping: { tolerance: 2048 } } });
  });
  test.each(['x', 'n', 'nx', 'n-1', 's99999999999', '+[', 'relative', '=', 'tt', 'T1', '11', '22', 'fx', ''])('%j is no directive', (directive) => {
    expect(() => parseScript([directive, '1'])).toThrow(/unrecognized directive/);
  });
  test('without an action', () => {
    expect(() => parseScript(['n20', 'T'])).toThrow(/no action directive specified/);
  });
  test('what is behind the last action is told', () => {
    expect(parseScript(['1', 'T']).warnings).toHaveLength(1);
    expect(parseScript(['T', '1']).warnings).toEqual([]);
  });
});

describe('stamps', () => {
  test('TAI64N, of the spec (2.2.2)', () => {
    expect(tai64nText(1_795_366_953_000_000_005n)).toBe('@400000006b03204e00000005');
  });
  test('local time (D04)', () => {
    const time = 1_795_366_953_042_000_007n;
    const date = new Date(1_795_366_953_000);
    expect(localText(time)).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.042000007$/);
    expect(new Date(localText(time).slice(0, 19)).getTime()).toBe(date.getTime());
  });
  test('before each line, whatever is in it', () => {
    expect(withBeginning(Buffer.from('a\n\n$&\n'), '$1 ').toString()).toBe('$1 a\n$1 \n$1 $&\n');
  });
});
