/** Stories of coming back: by itself under both rules (contract section 10), when asked, once, after a start that failed, with a new directory. */
import { expect, test } from 'vitest';
import { RETRY_HOPELESS, RETRY_TEMPORARY } from '../../src/core/restart.ts';
import {
  becameReady, comesUp, deadlinePassed, downWanted, exited, killed, onceWanted, play, redefined, restartWanted, service, spawned, spawnFailed,
  upWanted,
} from './play.ts';

const atOnce = 'spawning, no deadline, exited, finished, no deadline, starting, run 1';
const stops = 'stopping, SIGTERM to 7, SIGCONT to 7, stopping';

test('rule n6: after a life of a second it is started again at once', () => {
  play(service(), [...comesUp(7), [1000, exited(7), atOnce], [1001, spawned(8), 'running, up']]);
});

test('rule n6: otherwise a second lies between two starts', () => {
  play(service(), [
    ...comesUp(7),
    [999, exited(7), 'backingOff, no deadline, exited, finished, deadline 1000'],
    [1000, deadlinePassed, 'spawning, no deadline, starting, run 1'],
    [1001, spawned(8), 'running, up'],
    [1002, exited(8), 'backingOff, no deadline, exited, finished, deadline 2001'],
  ]);
});

test('rule n6: a finish that takes longer than the rest of the second is waiting enough', () => {
  play(service({ hasFinish: true }), [
    ...comesUp(7),
    [10, exited(7), 'spawning, no deadline, exited, finish of 7 (exit 0)'],
    [11, spawned(8), 'finishing, deadline 5011'],
    [1200, exited(8), 'spawning, no deadline, finished, no deadline, starting, run 1'],
  ]);
});

test('rule s6: a service that was not ready waits a second, however long it lived (spec 1.5.1)', () => {
  play(service({}, 's6'), [...comesUp(7), [60_000, exited(7), 'backingOff, no deadline, exited, finished, deadline 61000']]);
});

test('rule s6: one that was ready comes back a second after readiness, or at once (spec 1.5.1)', () => {
  const ready = play(service({ notificationDescriptor: 3 }, 's6'), [...comesUp(7), [300, becameReady(7), 'running, ready']]);
  play(ready, [[600, exited(7), 'backingOff, no deadline, exited, finished, deadline 1300']]);
  play(ready, [[2300, exited(7), atOnce]]);
});

test('rule s6: the second counts from the end of finish', () => {
  play(service({ hasFinish: true }, 's6'), [
    ...comesUp(7),
    [5000, exited(7), 'spawning, no deadline, exited, finish of 7 (exit 0)'],
    [5001, spawned(8), 'finishing, deadline 10001'],
    [5400, exited(8), 'backingOff, no deadline, finished, deadline 6400'],
  ]);
});

test('a start that somebody asks for does not wait, and is no restart of its own', () => {
  const waiting = play(service(), [...comesUp(7), [10, exited(7), 'backingOff, no deadline, exited, finished, deadline 1000']]);
  const back = play(waiting, [[20, upWanted, 'spawning, no deadline, starting, run 1'], [21, spawned(8), 'running, up']]);
  expect(back.restarts).toBe(0);
});

test('coming back by itself is counted', () => {
  const back = play(service(), [...comesUp(7), [5000, exited(7), atOnce], [5001, spawned(8), 'running, up']]);
  expect(back.restarts).toBe(1);
});

test('given up while it waits, it is down and its deadline is gone', () => {
  play(service(), [
    ...comesUp(7),
    [10, exited(7), 'backingOff, no deadline, exited, finished, deadline 1000'],
    [20, downWanted, 'down, no deadline, down'],
  ]);
});

test('restart stops it by its own rules and starts it without a delay', () => {
  const back = play(service(), [
    ...comesUp(7),
    [10, restartWanted, stops],
    [20, exited(7), atOnce],
    [21, spawned(8), 'running, up'],
  ]);
  expect(back.restarts).toBe(0);
});

test('restart of a service that is down starts it', () => {
  play(service({ startsDown: true }), [[0, restartWanted, 'spawning, no deadline, starting, run 1']]);
});

test('restart, and stop before it has ended: it stays down', () => {
  play(service(), [...comesUp(7), [10, restartWanted, stops], [11, downWanted, 'stopping'], [12, exited(7), 'down, no deadline, exited, finished, down']]);
});

test('once: started, and not again after it ended', () => {
  play(service({ startsDown: true }), [
    [0, onceWanted, 'spawning, no deadline, starting, run 1'],
    [1, spawned(7), 'running, up'],
    [5000, killed(7), 'down, no deadline, exited, finished, down'],
  ]);
});

test('once on a running service: it runs on, and is not started again', () => {
  play(service(), [...comesUp(7), [1, onceWanted, 'running'], [5000, exited(7), 'down, no deadline, exited, finished, down']]);
});

test('once, then restart, and restart again before it ended: it runs once more', () => {
  play(service({ startsDown: true }), [
    [0, onceWanted, 'spawning, no deadline, starting, run 1'],
    [1, spawned(7), 'running, up'],
    [10, restartWanted, stops],
    [11, restartWanted, 'stopping'],
    [20, exited(7), atOnce],
    [21, restartWanted, 'spawning'],
    [22, spawned(8), 'running, up'],
    [5000, exited(8), 'down, no deadline, exited, finished, down'],
  ]);
});

test('once, then start: it is kept running', () => {
  const up = play(service(), [...comesUp(7), [1, onceWanted, 'running'], [2, upWanted, 'running']]);
  expect(up.wanted).toBe('up');
});

test('a start that failed for a while is tried again after a second, a hopeless one after ten', () => {
  for (const [hopeless, pause] of [[false, RETRY_TEMPORARY], [true, RETRY_HOPELESS]] as const) {
    play(service(), [
      [0, upWanted, 'spawning, no deadline, starting, run 1'],
      [5, spawnFailed(hopeless), `backingOff, report spawnFailed, deadline ${5 + pause}`],
      [5 + pause, deadlinePassed, 'spawning, no deadline, starting, run 1'],
    ]);
  }
  expect([RETRY_TEMPORARY, RETRY_HOPELESS]).toEqual([1000, 10_000]);
});

test('a start that failed and is not wanted any more is not tried again', () => {
  play(service(), [
    [0, upWanted, 'spawning, no deadline, starting, run 1'],
    [1, downWanted, 'spawning'],
    [2, spawnFailed(true), 'down, report spawnFailed, no deadline, down'],
  ]);
});

test('a start that failed is tried again at once when its directory changes, or when somebody asks', () => {
  const waiting = play(service(), [
    [0, upWanted, 'spawning, no deadline, starting, run 1'],
    [5, spawnFailed(true), 'backingOff, report spawnFailed, deadline 10005'],
  ]);
  play(waiting, [[6, redefined({ fingerprint: '2' }), 'spawning, no deadline, starting, run 2']]);
  play(waiting, [[6, upWanted, 'spawning, no deadline, starting, run 1']]);
});

test('a changed directory does not cut a restart delay short', () => {
  play(service(), [
    ...comesUp(7),
    [10, exited(7), 'backingOff, no deadline, exited, finished, deadline 1000'],
    [11, redefined({ fingerprint: '2' }), 'backingOff'],
    [1000, deadlinePassed, 'spawning, no deadline, starting, run 2'],
  ]);
});
