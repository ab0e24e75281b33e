/** Whatever is in a service.yaml: the reader answers soon, does not throw, and says where. */
import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { SERVICE } from '../../../src/servicedir/yaml/keys.ts';
import { createYamlReader } from '../../../src/servicedir/yaml/reader.ts';
import { readText } from '../../../src/servicedir/yaml/written.ts';
import { temporary } from '../../help/machine.ts';

let directory = '';
beforeEach(() => void (directory = temporary()));
const read = createYamlReader({ variable: () => undefined });
/** Milliseconds that the slowest of these may hold PID 1, with room for a busy machine: some 100 ms are measured. */
const LONGEST = 3000;

function holds(content: string | Buffer): void {
  writeFileSync(path.join(directory, 'service.yaml'), content);
  const began = performance.now();
  const { problems, policy } = read({ service: 'web', directory, present: new Set(['run']), find: (place) => place });
  expect(performance.now() - began).toBeLessThan(LONGEST);
  for (const { file, expected, remedy } of problems) {
    expect(file).toMatch(/service\.yaml:\d+$/);
    expect(expected.length * remedy.length).toBeGreaterThan(0);
    expect(expected + remedy).not.toMatch(/[\0-\x1f\x7f]/);
  }
  expect(policy.faults).toHaveLength(problems.length);
}

test('any bytes', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => holds(Buffer.from(bytes))), { numRuns: 300 });
});

test('any text of the signs of YAML', () => {
  const signs = fc.constantFrom('[', ']', '{', '}', ',', '&a', '*a', '!', '!!str', '"', "'", '|', '>', '?', '-', ':', '#', '%', '\n', ' ', '  ', '\t', 'a',
    '1', '~', '---', '...', '<<');
  fc.assert(fc.property(fc.array(signs, { maxLength: 60 }), (parts) => holds(parts.join(''))), { numRuns: 1000 });
});

const value = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof({ depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<unknown>(null, true, false, 0, -1, 1e308, 0.5, '', '10s', '-1s', 'TERM', 'KILL 0s', 'a\nb', '\u0000', '__proto__', '"', '(a+)+$',
      '*/0 * * * *', 'http://['),
    fc.string({ maxLength: 12 }), fc.integer(), fc.double(),
    fc.array(tie('any'), { maxLength: 4 }), fc.dictionary(fc.oneof(fc.string({ maxLength: 8 }), innerKeys()), tie('any'), { maxKeys: 4 }),
  ),
})).any;

function innerKeys(): fc.Arbitrary<string> {
  return fc.constantFrom(...new Set(Object.values(SERVICE).flatMap(({ shape }) => Object.keys(shape.nested ?? {}))), '__proto__', 'constructor', 'toString');
}

test('any value for any key', () => {
  const key = fc.oneof(fc.constantFrom(...Object.keys(SERVICE)), fc.constantFrom('__proto__', 'constructor', 'hasOwnProperty'));
  fc.assert(fc.property(fc.array(fc.tuple(key, value), { maxLength: 6 }), (entries) => {
    // JSON is YAML; by hand, because __proto__ is a key like any other there.
    holds(`{ ${entries.map(([name, given]) => `${JSON.stringify(name)}: ${JSON.stringify(given) ?? 'null'}`).join(', ')} }`);
  }), { numRuns: 1500 });
});

const LARGE = 256 * 1024;
const fill = (part: string): string => part.repeat(Math.floor(LARGE / part.length));
test.each([
  ...['[', '{', '- ', '? ', 'a: ', '"', "'", '&', '*', '!', '%\n', ',', '\n', ' ', '#\n', '---\n', '{a: ', '[{', '- - ', '|\n', 'a\n', '-\n', '?\n', ':\n',
    '\u2028', '\ufeff', '\t', '"\\', '{"a":'].map(fill),
  fill('a: 1\n'), `[${fill(',')}`, `[${'a,'.repeat(100_000)}]`, Array.from({ length: 30_000 }, (_, i) => `k${i}: 1\n`).join(''),
  Array.from({ length: 700 }, (_, i) => `${' '.repeat(i)}a:\n`).join(''), Array.from({ length: 15_000 }, (_, i) => `- &a${i} x\n`).join(''),
    `- &a x\n${'- *a\n'.repeat(19_000)}`,
  `${'['.repeat(4000)}${']'.repeat(4000)}`, `${'{a: '.repeat(4000)}${'}'.repeat(4000)}`, `${'- '.repeat(18_000)}x`, `description: "${'\\n\n'.repeat(9000)}"`,
  `user: ${'a'.repeat(200_000)}`, `umask: ${'7'.repeat(200_000)}`, `ready: { log: "${'(a+)+'.repeat(90)}" }`, `ready: { tcp: ${'1'.repeat(200_000)} }`,
    `env: { ${'A'.repeat(200_000)}: 1 }`,
  `${'restrat'.repeat(20_000)}: 1`, `schedule: "${'*,'.repeat(100_000)}"`,
    `give-up: { after: 100000, within: 1s }\nbackoff: { initial: 1s, factor: 1, max: 1s }`,
])('large file %#', (text) => holds(text));

test('what stands for it later is not what is there', () => {
  const { written } = readText('a: &x 1\nb: *x\nc: &x 2\nd: *x\n');
  expect(written?.kind === 'map' ? written.entries.map(({ value: v }) => (v.kind === 'number' ? v.number : v.kind)) : []).toEqual([1, 1, 2, 2]);
});
