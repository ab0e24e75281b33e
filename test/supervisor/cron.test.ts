/** What cron expressions mean, where it is not obvious: the rules of croner that users rely on. */
import { expect, test } from 'vitest';
import { timesOf } from '../../src/timers/cron.ts';

/** The next times after one, in UTC, without their seconds. */
function next(count: number, expression: string, zone: string | undefined, after: string): string[] {
  const times = timesOf(expression, zone);
  const found: string[] = [];
  for (let at = Date.parse(after); found.length < count;) {
    const time = times(at);
    if (time === undefined) return [...found, 'never'];
    at = time;
    found.push(new Date(time).toISOString().slice(0, 16));
  }
  return found;
}

test('a time is after the one that is asked about, to the millisecond', () => {
  const times = timesOf('0 * * * *', 'UTC');
  const eleven = Date.parse('2026-01-01T11:00:00Z');
  expect([times(eleven - 1), times(eleven), times(eleven + 1)]).toEqual([eleven, eleven + 3_600_000, eleven + 3_600_000]);
});

test('either day is enough when both are limited; Sunday is 0 and 7; names are known', () => {
  expect(next(4, '0 0 13 * 5', 'UTC', '2026-01-01T00:00:00Z')).toEqual(['2026-01-02T00:00', '2026-01-09T00:00', '2026-01-13T00:00', '2026-01-16T00:00']);
  expect(next(1, '0 0 * * 7', 'UTC', '2026-01-01T00:00:00Z')).toEqual(next(1, '0 0 * * 0', 'UTC', '2026-01-01T00:00:00Z'));
  expect(next(1, '0 0 * FEB MON', 'UTC', '2026-01-01T00:00:00Z')).toEqual(['2026-02-02T00:00']);
});

test('clocks go forward: a time that is named comes at the end of the gap, a step leaves the gap out', () => {
  // Berlin, 2026-03-29: 02:00 is 03:00, which is 01:00 UTC.
  expect(next(3, '30 2 * * *', 'Europe/Berlin', '2026-03-27T12:00:00Z')).toEqual(['2026-03-28T01:30', '2026-03-29T01:00', '2026-03-30T00:30']);
  expect(next(3, '30 2,14 * * *', 'Europe/Berlin', '2026-03-28T20:00:00Z')).toEqual(['2026-03-29T01:00', '2026-03-29T12:30', '2026-03-30T00:30']);
  expect(next(3, '*/30 * * * *', 'Europe/Berlin', '2026-03-29T00:10:00Z')).toEqual(['2026-03-29T00:30', '2026-03-29T01:00', '2026-03-29T01:30']);
});

test('clocks go back: a time that is named comes once, a step comes in both hours', () => {
  // Berlin, 2026-10-25: 03:00 is 02:00 again, at 01:00 UTC.
  expect(next(3, '30 2 * * *', 'Europe/Berlin', '2026-10-23T12:00:00Z')).toEqual(['2026-10-24T00:30', '2026-10-25T00:30', '2026-10-26T01:30']);
  expect(next(2, '30 2,14 * * *', 'Europe/Berlin', '2026-10-24T20:00:00Z')).toEqual(['2026-10-25T00:30', '2026-10-25T13:30']);
  expect(next(3, '0 * * * *', 'Europe/Berlin', '2026-10-24T23:10:00Z')).toEqual(['2026-10-25T00:00', '2026-10-25T01:00', '2026-10-25T02:00']);
});

test('a day that no month has never comes', () => {
  expect(next(1, '0 0 30 2 *', 'UTC', '2026-01-01T00:00:00Z')).toEqual(['never']);
});

test('what is no expression, or no zone, is refused with what is wrong', () => {
  expect(() => timesOf('61 * * * *', undefined)).toThrow('61');
  expect(() => timesOf('* * * *', undefined)).toThrow('* * * *');
  expect(() => timesOf('* * * * * *', undefined)).toThrow('6 parts');
  expect(() => timesOf('* * * * *', 'Mars/Olympus')).toThrow('Mars/Olympus');
});
