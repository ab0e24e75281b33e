import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytes } from '../../src/cli/bytes.ts';
import { percent } from '../../src/cli/top/columns.ts';
import { KEY_ENTRIES } from '../../src/cli/top/keys.ts';
import { newTop, ORDERS, withServices, type Top } from '../../src/cli/top/model.ts';
import { noServices } from '../../src/cli/sentences.ts';
import { wrap } from '../../src/cli/wrap.ts';
import { widthOf } from '../../src/cli/top/text.ts';
import { draw } from '../../src/cli/top/view.ts';
import { PUBLIC_STATES } from '../../src/core/status.ts';
import { lab, loaded, MARKED, PLAIN, status, typed, up, withLog } from './world.ts';

const at = (top: Top, columns = 80, rows = 24): string[] => draw(top, { columns, rows }, PLAIN, 3000).map((line) => line.trimEnd());

test('80 columns and 24 rows', () => {
  const top = withLog(loaded(), ['the first line', 'x'.repeat(100)]);
  expect(at(top)).toEqual([
    '4 services: 2 up, 1 backing off                CPU 175.0%  1.0G  /etc/services.d',
    '  NAME      STATE          CPU%   MEMORY   UPTIME  RESTARTS  WHY',
    '> db        ready          25.0    10.0M    1h00m         0',
    '  off       down              -        -        -         0  not started',
    '  web-1     up            150.0     1.0G     13 s         2',
    '  web-2     backing-off       -        -        -         7  next try in 7.0 s:…',
    '-- log of db -------------------------------------------------------------------',
    'the first line',
    'x'.repeat(80),
    'x'.repeat(20),
    ...Array.from({ length: 13 }, () => ''),
    'r restart  s stop/start  f follow  w why  / filter  o order  ? help  q quit',
  ]);
});

test('200 columns have the pids and the whole WHY', () => {
  const [, heading, first, , , last] = at(loaded(), 200);
  expect(heading).toMatch(/RESTARTS {6}PID {2}WHY$/);
  expect(first).toMatch(/ 50$/);
  expect(last).toMatch(/next try in 7\.0 s: exit 1 after 300 ms$/);
});

test('colours: states, the selected, a supervisor that has gone', () => {
  const lines = draw(loaded(), { columns: 80, rows: 24 }, MARKED, 3000);
  expect(lines[2]).toMatch(/^\[> db +ready .*\]$/);
  expect(lines.slice(3, 6).map((line) => /<(\w+):(\S+) *>/.exec(line)?.slice(1))).toEqual([['dim', 'down'], ['green', 'up'], ['yellow', 'backing-off']]);
  expect(draw({ ...loaded(), connected: false }, { columns: 80, rows: 24 }, MARKED, 0)[0]).toMatch(/^<red:\[no answer from the supervisor, trying again/);
});

test('a long list follows what is selected, and says how much there is', () => {
  const many = withServices(newTop('/s'), Array.from({ length: 1000 }, (_, index) => status(`s${String(index).padStart(4, '0')}`, up(index + 1))), 0);
  const first = at(many);
  expect(first[0]).toContain('1000 services: 1000 up');
  expect([first[2], first[14]].map((line) => line!.slice(0, 7))).toEqual(['> s0000', '  s0012']);
  const middle = at(typed(many, ...Array.from({ length: 100 }, () => 'j')).top);
  expect(middle.find((line) => line.startsWith('>'))).toMatch(/s0100/);
  expect(at(typed(many, 'G').top)[14]).toMatch(/^> s0999/);
});

test('nothing to show is said', () => {
  expect(at(newTop('/s')).slice(2, 4)).toEqual(wrap(noServices('/s'), 80).split('\n'));
  expect(at(typed(lab(), '/', 'z').top).slice(2, 3).concat(at(typed(lab(), '/', 'z').top).slice(-1))).toEqual(['no service matches z', '/z_']);
  expect(at({ ...withLog(lab(), []), log: { name: 'db', lines: [], lost: 0, problem: 'db is not captured' } })).toContain('db is not captured');
});

test('why, what became of a wish, the filter and the order', () => {
  expect(at({ ...lab(), note: 'db is ready. '.repeat(10) }).slice(6, 9))
    .toEqual(['-- why db '.padEnd(80, '-'), `${'db is ready. '.repeat(6)}db`, `is ready. ${'db is ready. '.repeat(3)}`.trim()]);
  expect(at({ ...lab(), notice: { text: 'db is\nup', bad: false } }).at(-1)).toBe('db is·up');
  expect(at(typed(lab(), '/', 'w', 'enter', 'o').top).at(-1)).toMatch(/^\/w by state {2}r restart/);
});

describe('the whole log', () => {
  const long = typed(withLog(lab(), Array.from({ length: 50 }, (_, index) => `line ${index}`), 7), 'f').top;
  test('its end, and further back', () => {
    expect(at(long, 40, 6)).toEqual(['log of db, ready', 'line 46', 'line 47', 'line 48', 'line 49', expect.stringContaining('f back')]);
    expect(at(typed(long, 'k').top, 40, 6).slice(0, 5)).toEqual(['log of db, ready, 1 line back', 'line 45', 'line 46', 'line 47', 'line 48']);
    expect(at(typed(long, 'g').top, 40, 6).slice(0, 3)).toEqual(['log of db, ready, 49 lines back', '(7 earlier lines are not kept)', 'line 0']);
  });
});

test('help has every key', () => {
  const lines = at(typed(lab(), '?').top);
  for (const [, { shown, sentence }] of KEY_ENTRIES) expect(lines.some((line) => line.includes(shown) && line.endsWith(sentence))).toBe(true);
});

test('numbers', () => {
  expect([0, 512, 999, 1000, 1024, 34.5 * 2 ** 20, 99.94 * 2 ** 20, 120 * 2 ** 20, 1000 * 2 ** 30].map(bytes))
    .toEqual(['0', '512', '999', '1.0K', '1.0K', '34.5M', '99.9M', '120M', '1.0T']);
  expect([0, 0.04, 12.34, 100, 999.9, 1599.6].map(percent)).toEqual(['0.0', '0.0', '12.3', '100.0', '999.9', '1600']);
});

test('whatever is known, the screen is full, fits, and nothing on it moves the cursor', () => {
  const text = fc.string({ unit: 'binary', maxLength: 30 });
  const service = fc.record({
    name: text, state: fc.constantFrom(...PUBLIC_STATES), why: text, uptime: fc.option(fc.double({ min: 0, max: 1e9, noNaN: true })),
    restarts: fc.nat(), pid: fc.option(fc.nat()),
  });
  const keys = [...KEY_ENTRIES.flatMap(([, entry]) => entry.keys), 'a', '*'];
  const play = fc.record({
    services: fc.uniqueArray(service, { maxLength: 12, selector: ({ name }) => name }), keys: fc.array(fc.constantFrom(...keys), { maxLength: 12 }),
    lines: fc.array(fc.string({ maxLength: 100 })), note: fc.option(text, { nil: undefined }), order: fc.constantFrom(...ORDERS),
    columns: fc.integer({ min: 1, max: 200 }), rows: fc.integer({ min: 1, max: 60 }),
  });
  fc.assert(fc.property(play, ({ services, keys: pressed, lines, note, order, columns, rows }) => {
    const first = withServices({ ...newTop('/s'), order }, services.map(({ name, ...rest }) => status(name, rest)), 0);
    const top = { ...typed(withLog(first, lines), ...pressed).top, ...(note === undefined ? {} : { note }) };
    const screen = draw(top, { columns, rows }, PLAIN, 1000);
    expect(screen).toHaveLength(rows);
    for (const line of screen) {
      expect(line).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
      expect(widthOf(line)).toBeLessThanOrEqual(columns);
    }
  }), { numRuns: 1500 });
});
