import { describe, expect, test } from 'vitest';
import { earliestRestart, RESTART_DELAY, RESTART_RULES, type Life } from '../../src/core/restart.ts';

const life = (changes: Partial<Life>): Life => ({ startedAt: 0, readyAt: undefined, diedAt: 0, endedAt: 0, asked: false, ...changes });

describe('n6: a second between two starts, unless it lived as long', () => {
  for (const [what, lived, expected] of [
    ['it died at once', { diedAt: 0, endedAt: 0 }, 1000],
    ['it died just before a second was over', { diedAt: 999, endedAt: 999 }, 1000],
    ['it lived a second', { diedAt: 1000, endedAt: 1000 }, 1000],
    ['it lived long', { diedAt: 60_000, endedAt: 60_000 }, 60_000],
    ['it lived long and finish took its time', { diedAt: 60_000, endedAt: 63_000 }, 63_000],
    ['it died at once and finish took longer than the second', { diedAt: 0, endedAt: 3000 }, 1000],
    ['somebody asked', { diedAt: 10, endedAt: 20, asked: true }, 20],
    ['readiness means nothing', { readyAt: 900, diedAt: 950, endedAt: 950 }, 1000],
  ] as const) test(what, () => expect(earliestRestart('n6', life(lived))).toBe(expected));
});

describe('s6: a second after the end, or after readiness (spec 1.5.1)', () => {
  for (const [what, lived, expected] of [
    ['never ready', { diedAt: 2000, endedAt: 2000 }, 3000],
    ['never ready, however long it lived', { diedAt: 900_000, endedAt: 900_000 }, 901_000],
    ['never ready, and finish took its time', { diedAt: 2000, endedAt: 2500 }, 3500],
    ['ready 0.3 s before it died', { readyAt: 2000, diedAt: 2300, endedAt: 2300 }, 3000],
    ['ready for two seconds', { readyAt: 500, diedAt: 2500, endedAt: 2500 }, 2500],
    ['a restart that somebody asked for waits, too', { diedAt: 2000, endedAt: 2000, asked: true }, 3000],
  ] as const) test(what, () => expect(earliestRestart('s6', life(lived))).toBe(expected));
});

test('there are two rules and one delay', () => {
  expect(RESTART_RULES).toEqual(['n6', 's6']);
  expect(RESTART_DELAY).toBe(1000);
});
