import { describe, expect, test } from 'vitest';
import { step } from '../../src/core/service.ts';
import { EVENTS, STATES } from './everything.ts';
import { PLANTED } from './planted.ts';
import { check } from './random.ts';

/** Some 25 events each. */
const PLAYS = 6000;
/** Milliseconds: a machine that builds something else meanwhile is slow. */
const PATIENCE = 300_000;

/** Starts are answered where they were ordered, newlines come from a process that runs, deadlines ring where one is set. */
const ANSWERS = ['spawned', 'spawnFailed', 'becameReady', 'deadlinePassed'];
const REACHABLE = [
  ...STATES.flatMap((state) => EVENTS.filter((event) => !ANSWERS.includes(event)).map((event) => `${state} ${event}`)),
  'spawning spawned', 'spawning spawnFailed', 'running becameReady', 'stopping becameReady',
  'running deadlinePassed', 'backingOff deadlinePassed', 'stopping deadlinePassed', 'finishing deadlinePassed',
];

test('100,000 random events reach every cell of the table that can be reached, and break no law', () => {
  const reached = new Set<string>();
  let total = 0;
  // The rarest cells are met some five times in a round: now and then one of them is not met at all.
  for (let round = 0; round === 0 || (round < 20 && reached.size < REACHABLE.length); round++) {
    const { events, failure } = check(PLAYS, (service, event) => {
      reached.add(`${service.state.name} ${event.type}`);
      return step(service, event);
    });
    expect(failure).toBeUndefined();
    total += events;
  }
  expect(total).toBeGreaterThan(100_000);
  expect([...reached].sort()).toEqual([...REACHABLE].sort());
}, PATIENCE);

/** For as long as it takes: a play that meets the rarest of them comes once in some thousands. */
describe('a planted bug is caught', () => {
  for (const [bug, wrong] of Object.entries(PLANTED)) {
    test(bug, () => {
      expect(check(20 * PLAYS, wrong, { shrink: false }).failure).toMatch(/law broken/);
    }, PATIENCE);
  }
});
