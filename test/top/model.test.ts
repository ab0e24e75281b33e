import { describe, expect, test } from 'vitest';
import { LOG_KEPT, ORDERS, shownOf, withLines, withReading, withServices } from '../../src/cli/top/model.ts';
import { lab, loaded, status, typed, up, usage, withLog } from './world.ts';

const names = (top: Parameters<typeof shownOf>[0]): string[] => shownOf(top).map(({ name }) => name);

describe('what is selected', () => {
  test('at first the first; the keys move it, and it stays within the list', () => {
    expect(lab().selected).toBe('db');
    const after = (...keys: string[]): unknown => typed(lab(), ...keys).top.selected;
    expect([after('down'), after('j', 'j'), after('up'), after('G'), after('page-down'), after('end', 'k'), after('G', 'g'), after('G', 'page-up')])
      .toEqual(['off', 'web-1', 'db', 'web-2', 'web-2', 'web-1', 'db', 'db']);
  });

  test('keeps its name when the order changes; where it goes, its neighbour takes its place', () => {
    const top = typed(lab(), 'j', 'j').top;
    const restarts = typed(top, ...ORDERS.slice(1).map(() => 'o')).top;
    expect([restarts.order, names(restarts), restarts.selected]).toEqual(['restarts', ['web-2', 'web-1', 'db', 'off'], 'web-1']);
    const without = withServices(withLog(top, ['x']), lab().services.filter(({ name }) => name !== 'web-1'), 1);
    expect([without.selected, without.log]).toEqual(['web-2', { name: 'web-2', lines: [], lost: 0, problem: '' }]);
    expect(withServices(top, [], 1).selected).toBeUndefined();
    expect(typed(withServices(top, [], 1), 'down', 'up', 'G', 's', 'r', 'f', 'w', 'o').wishes).toEqual([]);
  });
});

describe('orders', () => {
  const by = (order: (typeof ORDERS)[number]): string[] => names({ ...loaded(), order });
  test('each of them', () => {
    expect(Object.fromEntries(ORDERS.map((order) => [order, by(order)]))).toEqual({
      name: ['db', 'off', 'web-1', 'web-2'], state: ['web-2', 'web-1', 'db', 'off'], cpu: ['web-1', 'db', 'off', 'web-2'],
      memory: ['web-1', 'db', 'off', 'web-2'], restarts: ['web-2', 'web-1', 'db', 'off'],
    });
  });
});

describe('the filter', () => {
  test('takes what is typed, also a q, and globs', () => {
    const typing = typed(lab(), '/', 'W', 'E').top;
    expect([typing.mode, typing.filter, names(typing), typing.selected]).toEqual(['typing', 'WE', ['web-1', 'web-2'], 'web-1']);
    expect(names(typed(typing, 'q').top)).toEqual([]);
    expect(names(typed(lab(), '/', ...'*-2').top)).toEqual(['web-2']);
  });

  test('is accepted, corrected, and taken away', () => {
    const done = typed(lab(), '/', 'w', 'x', 'backspace', 'enter').top;
    expect([done.mode, done.filter]).toEqual(['list', 'w']);
    expect(typed(done, 'escape').top.filter).toBe('');
    expect(typed(lab(), '/', 'w', 'escape').top).toMatchObject({ mode: 'list', filter: '' });
    expect(typed(lab(), '/', 'a', 'b', 'ctrl-u').top).toMatchObject({ mode: 'typing', filter: '' });
    expect(typed(lab(), '/', 'backspace').top.mode).toBe('list');
    expect(typed(lab(), '/', 'up', 'page-down').top.filter).toBe('');
    expect(typed(lab(), '/', 'ctrl-c').wishes).toEqual([{ type: 'quit' }]);
  });
});

describe('wishes', () => {
  test('r, and s by what is wanted', () => {
    expect(typed(lab(), 'r', 's', 'j', 's', 'G', 's').wishes).toEqual([
      { type: 'command', command: 'restart', name: 'db' }, { type: 'command', command: 'stop', name: 'db' },
      { type: 'command', command: 'start', name: 'off' }, { type: 'command', command: 'stop', name: 'web-2' },
    ]);
    const failed = withServices(lab(), [status('job', { state: 'done', wanted: 'up' }), status('web', { state: 'failed', wanted: 'up' })], 0);
    expect(typed(failed, 's', 'j', 's').wishes).toEqual(['job', 'web'].map((name) => ({ type: 'command', command: 'start', name })));
  });

  test('the others', () => {
    expect(typed(lab(), 'w', 'enter', 'ctrl-l', 'ctrl-z', 'q', 'ctrl-c').wishes).toEqual([
      { type: 'why', name: 'db' }, { type: 'why', name: 'db' }, { type: 'redraw' }, { type: 'suspend' }, { type: 'quit' }, { type: 'quit' },
    ]);
    expect(typed(lab(), 'x', 'ctrl-x', 'Q').wishes).toEqual([]);
  });

  test('no key acts on a service from the help', () => {
    const { top, wishes } = typed(lab(), '?', 's');
    expect([top.mode, wishes]).toEqual(['list', []]);
    expect(typed(lab(), '?').top.mode).toBe('help');
    expect(typed(lab(), '?', 'escape').top.mode).toBe('list');
  });
});

describe('the log', () => {
  const long = withLog(lab(), Array.from({ length: 50 }, (_, index) => `line ${index}`));

  test('f has the whole screen, and gives it back', () => {
    expect([typed(long, 'f').top.mode, typed(long, 'f', 'f').top.mode, typed(long, 'f', 'escape').top.mode]).toEqual(['log', 'list', 'list']);
  });

  test('scrolls within itself, and who has scrolled back stays where he is', () => {
    const behind = (...keys: string[]): number => typed(long, 'f', ...keys).top.behind;
    expect([behind('up'), behind('page-up', 'page-up'), behind('g'), behind('g', 'G'), behind('up', 'down', 'down'), behind('page-up', 'f')])
      .toEqual([1, 20, 49, 0, 0, 0]);
    const back = typed(long, 'f', 'page-up').top;
    expect(withLines(back, ['a', 'b'], 0).behind).toBe(12);
    expect(withLines(typed(back, 'G').top, ['a', 'b'], 0).behind).toBe(0);
  });

  test('keeps a limit, and counts what was lost', () => {
    const full = withLines(long, Array.from({ length: LOG_KEPT }, (_, index) => String(index)), 3);
    expect([full.log.lines.length, full.log.lines[0], full.log.lost]).toEqual([LOG_KEPT, '0', 3]);
  });

  test('begins anew with another service, alone', () => {
    const back = typed(long, 'f', 'page-up').top;
    expect(withServices(back, lab().services, 5)).toMatchObject({ log: { lines: { length: 50 } }, behind: 10, mode: 'log' });
    expect(typed(long, 'j').top).toMatchObject({ log: { name: 'off', lines: [] }, behind: 0 });
  });
});

describe('what services use', () => {
  const cpu = (top: ReturnType<typeof lab>, name: string): number | undefined => top.loads?.get(name)?.cpu;

  test('is the difference of two readings, in percent of one CPU', () => {
    expect(['db', 'web-1', 'off'].map((name) => cpu(loaded(), name))).toEqual([25, 150, 0]);
    expect(loaded().loads!.get('web-1')).toMatchObject({ memory: 2 ** 30, processes: 4 });
  });

  test('is not known after one, of a service that is new, or of another life', () => {
    expect(cpu(withReading(lab(), { at: 0, usages: [usage('db', 10)] }), 'db')).toBeUndefined();
    const next = withReading(loaded(), { at: 4000, usages: [usage('db', 0.1), usage('new', 3)] });
    expect([cpu(next, 'db'), cpu(next, 'new')]).toEqual([undefined, undefined]);
    expect(cpu(withReading(next, { at: 5000, usages: [usage('db', 0.2)] }), 'db')).toBeCloseTo(10);
  });

  test('a second reading in the same moment says nothing; a clock that was set back does no harm', () => {
    expect(cpu(withReading(loaded(), { at: 2050, usages: [usage('db', 11)] }), 'db')).toBe(25);
    expect(cpu(withReading(loaded(), { at: 1000, usages: [usage('db', 11)] }), 'db')).toBeUndefined();
  });

  test('may be unknown altogether, and come back', () => {
    const unknown = withReading(loaded(), undefined);
    expect(unknown.loads).toBeUndefined();
    expect(withReading(unknown, { at: 9000, usages: [usage('db', 1)] }).loads!.get('db')).toMatchObject({ cpu: undefined });
  });
});

test('a note and a notice last until the next key', () => {
  const top = { ...lab(), note: 'because', notice: { text: 'web is up', bad: false } };
  expect(typed(top, 'j').top).toMatchObject({ note: undefined, notice: undefined });
  expect(typed({ ...top, filter: 'd' }, 'escape').top).toMatchObject({ note: undefined, filter: 'd' });
  expect(withServices(top, [status('db', up(9))], 1).note).toBe('because');
});
