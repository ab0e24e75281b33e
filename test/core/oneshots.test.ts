/** Stories of oneshots: done, run again, undone, failed. */
import { expect, test } from 'vitest';
import { reached } from '../../src/core/status.ts';
import { atRest } from '../../src/supervisor/roster.ts';
import {
  comesUp, deadlinePassed, downWanted, exited, onceWanted, play, policy, redefined, restartWanted, service, spawned, spawnFailed, upWanted,
} from './play.ts';

const oneshot = policy({ kind: 'oneshot', restart: 'never' });
const withDown = policy({ kind: 'oneshot', restart: 'never', down: ['undo'] });
const ended = 'no deadline, exited, finished';
const starts = 'spawning, no deadline, starting, run 1';
const done = play(service(oneshot), [...comesUp(7), [10, exited(7), `done, ${ended}`]]);
const doneWithDown = play(service(withDown), [...comesUp(7), [10, exited(7), `done, ${ended}`]]);

test('it is up when it is done, and not before', () => {
  const running = play(service(oneshot), comesUp(7));
  for (const goal of ['up', 'ready', 'healthy'] as const) {
    expect(reached(goal, running)).toBe('not yet');
    expect(reached(goal, done)).toBe('yes');
  }
  expect(reached('down', done)).toBe('not yet');
  expect(atRest(done)).toBe(true);
  expect(done.wanted).toBe('up');
});

test('started when it is done, nothing happens; restart and once run it again', () => {
  play(done, [[20, upWanted, 'done']]);
  play(done, [[20, restartWanted, starts], [21, spawned(8), 'running, up'], [22, exited(8), `done, ${ended}`]]);
  play(done, [[20, onceWanted, starts], [21, spawned(8), 'running, up'], [22, exited(8), `done, ${ended}`]]);
});

test('once while it runs changes nothing', () => {
  play(service(oneshot), [...comesUp(7), [1, onceWanted, 'running'], [2, exited(7), `done, ${ended}`]]);
});

test('stopped, it is undone by its down', () => {
  play(done, [[20, downWanted, 'down, down']]);
  play(doneWithDown, [
    [20, downWanted, 'spawning, down command'],
    [21, spawned(8), 'finishing'],
    [9_000_000, exited(8), 'down, down'],
  ]);
});

test('run again, it is undone first; wanted again meanwhile, too', () => {
  play(doneWithDown, [[20, restartWanted, 'spawning, down command'], [21, spawned(8), 'finishing'], [22, exited(8), starts]]);
  play(doneWithDown, [[20, downWanted, 'spawning, down command'], [21, spawned(8), 'finishing'], [22, upWanted, 'finishing'], [23, exited(8), starts]]);
});

test('a down that fails is told, and it is down all the same', () => {
  play(doneWithDown, [[20, downWanted, 'spawning, down command'], [21, spawned(8), 'finishing'], [22, exited(8, 1), 'down, report helperFailed, down']]);
  play(doneWithDown, [[20, downWanted, 'spawning, down command'], [21, spawnFailed(true), 'down, report spawnFailed, down']]);
});

test('stopped while it runs it is not done, and there is nothing to undo', () => {
  play(service(withDown), [
    ...comesUp(7),
    [1, downWanted, 'stopping, SIGTERM to 7, SIGCONT to 7, stopping'],
    [2, exited(7, 1), `down, ${ended}, down`],
  ]);
});

test('a failure is one for good, unless its policy tries again; success ends the trying', () => {
  play(service(oneshot), [...comesUp(7), [10, exited(7, 1), `failed, ${ended}, failed`]]);
  play(service(policy({ kind: 'oneshot', restart: 'on-failure' })), [
    ...comesUp(7),
    [10, exited(7, 1), 'backingOff, no deadline, exited, finished, deadline 1000'],
    [1000, deadlinePassed, starts],
    [1001, spawned(8), 'running, up'],
    [1002, exited(8), `done, ${ended}`],
  ]);
});

test('an edited directory counts when it is run the next time', () => {
  play(done, [[20, redefined({ fingerprint: '2', ...oneshot }), 'done'], [21, restartWanted, 'spawning, no deadline, starting, run 2']]);
});
