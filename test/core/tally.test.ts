import { expect, test } from 'vitest';
import { step, type Service } from '../../src/core/service.ts';
import { service } from './play.ts';

/** Lives and dies `times` times with exit codes 0, 1, 2 ... */
function die(start: Service, times: number): Service {
  let current = start;
  for (let i = 0; i < times; i++) {
    const at = i * 10_000;
    current = step(current, { type: 'upWanted', at }).service;
    current = step(current, { type: 'spawned', at, pid: i + 2 }).service;
    current = step(current, { type: 'exited', at: at + 5000, pid: i + 2, exit: { code: i } }).service;
  }
  return current;
}

test('the newest deaths are kept, oldest first', () => {
  expect(die(service({ tallySize: 3 }), 5).deaths).toEqual([
    { startedAt: 20_000, at: 25_000, exit: { code: 2 } },
    { startedAt: 30_000, at: 35_000, exit: { code: 3 } },
    { startedAt: 40_000, at: 45_000, exit: { code: 4 } },
  ]);
});

test('a tally of nothing keeps nothing', () => {
  expect(die(service({ tallySize: 0 }), 3).deaths).toEqual([]);
});

test('the tally is a record, not a limit: after more deaths than it holds the service is still started', () => {
  expect(die(service({ tallySize: 1 }), 50).state).toEqual({ name: 'spawning', program: 'run' });
});
