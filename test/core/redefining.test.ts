/** A directory that was edited while the service is in each of its states. */
import { expect, test } from 'vitest';
import type { Service } from '../../src/core/service.ts';
import { statusOf } from '../../src/core/status.ts';
import {
  comesUp, deadlinePassed, downWanted, exited, play, redefined, restartWanted, service, spawned, spawnFailed, upWanted,
} from './play.ts';

const second = redefined({ fingerprint: '2', hasFinish: true });
const stale = (at: Service): boolean => statusOf(at, { monotonic: 0, wall: 0 }).stale;
const spawning = play(service({ hasFinish: true }), [[0, upWanted, 'spawning, no deadline, starting, run 1']]);
const running = play(spawning, [[0, spawned(7), 'running, up']]);

test('down or failed: the next start is with the new directory', () => {
  const down = play(service({ startsDown: true }), [[0, second, 'down']]);
  expect(stale(down)).toBe(false);
  play(down, [[1, upWanted, 'spawning, no deadline, starting, run 2']]);
  play(running, [
    [5000, exited(7), 'spawning, no deadline, exited, finish of 7 (exit 0)'],
    [5001, spawned(8), 'finishing, deadline 10001'],
    [5002, exited(8, 125), 'failed, no deadline, finished, failed'],
    [5003, second, 'failed'],
    [5004, upWanted, 'spawning, no deadline, starting, run 2'],
  ]);
});

test('running: it runs on, is stale, and takes the new directory at its next start', () => {
  const changed = play(running, [[100, second, 'running']]);
  expect(stale(changed)).toBe(true);
  const restarted = play(changed, [
    [200, restartWanted, 'stopping, SIGTERM to 7, SIGCONT to 7, stopping'],
    [201, exited(7), 'spawning, no deadline, exited, finish of 7 (exit 0)'],
    [202, spawned(8), 'finishing, deadline 5202'],
    [203, exited(8), 'spawning, no deadline, finished, no deadline, starting, run 2'],
  ]);
  expect(stale(restarted)).toBe(false);
});

test('edited back, it is not stale any more', () => {
  const back = play(running, [[100, second, 'running'], [101, redefined({ fingerprint: '1', hasFinish: true }), 'running']]);
  expect(stale(back)).toBe(false);
});

test('a life ends by the rules with which it began: its own finish, its own limit', () => {
  play(running, [
    [100, redefined({ fingerprint: '2', hasFinish: false, killAfter: 10 }), 'running'],
    [200, downWanted, 'stopping, SIGTERM to 7, SIGCONT to 7, stopping'],
    [201, exited(7), 'spawning, no deadline, exited, finish of 7 (exit 0)'],
    [202, spawned(8), 'finishing, deadline 5202'],
    [203, exited(8), 'down, no deadline, finished, down'],
    [204, upWanted, 'spawning, no deadline, starting, run 2'],
  ]);
});

test('spawning, stopping, finishing: remembered until the next start', () => {
  play(spawning, [[1, second, 'spawning'], [2, spawned(7), 'running, up']]);
  play(running, [
    [100, restartWanted, 'stopping, SIGTERM to 7, SIGCONT to 7, stopping'],
    [101, second, 'stopping'],
    [102, exited(7), 'spawning, no deadline, exited, finish of 7 (exit 0)'],
    [103, redefined({ fingerprint: '3' }), 'spawning'],
    [104, spawned(8), 'finishing, deadline 5104'],
    [105, redefined({ fingerprint: '4' }), 'finishing'],
    [106, exited(8), 'spawning, no deadline, finished, no deadline, starting, run 4'],
  ]);
});

test('backing off after a start that failed: tried at once; after a short life: the delay is kept', () => {
  play(spawning, [
    [1, spawnFailed(true), 'backingOff, report spawnFailed, deadline 10001'],
    [2, second, 'spawning, no deadline, starting, run 2'],
  ]);
  play(service(), [
    ...comesUp(7),
    [10, exited(7), 'backingOff, no deadline, exited, finished, deadline 1000'],
    [11, second, 'backingOff'],
    [1000, deadlinePassed, 'spawning, no deadline, starting, run 2'],
  ]);
});
