import { expect, test } from 'vitest';
import { statusOf } from '../../src/core/status.ts';
import { becameReady, comesUp, downWanted, exited, play, service, spawned } from './play.ts';

const says = { notificationDescriptor: 3 };
const now = { monotonic: 0, wall: 0 };

test('a service that says when it is ready is starting until then', () => {
  const starting = play(service(says), comesUp(7));
  expect(statusOf(starting, now).state).toBe('starting');
  const ready = play(starting, [[50, becameReady(7), 'running, ready']]);
  expect(statusOf(ready, now).state).toBe('ready');
  expect(ready.readyAt).toBe(50);
});

test('one that never says so is up', () => {
  expect(statusOf(play(service(), comesUp(7)), now).state).toBe('up');
});

test('said twice, it is told once', () => {
  const ready = play(service(says), [...comesUp(7), [50, becameReady(7), 'running, ready'], [60, becameReady(7), 'running']]);
  expect(ready.readyAt).toBe(50);
});

test('the newline of a former process makes nobody ready', () => {
  play(service(says), [
    ...comesUp(7),
    [2000, exited(7), 'spawning, no deadline, exited, finished, no deadline, starting, run 1'],
    [2001, spawned(8), 'running, up'],
    [2002, becameReady(7), 'running'],
    [2003, becameReady(8), 'running, ready'],
  ]);
});

test('the newline of a process that stops, or is gone, is too late', () => {
  play(service(says), [
    ...comesUp(7),
    [1, downWanted, 'stopping, SIGTERM to 7, SIGCONT to 7, stopping'],
    [2, becameReady(7), 'stopping'],
    [3, exited(7), 'down, no deadline, exited, finished, down'],
    [4, becameReady(7), 'down'],
  ]);
});

test('readiness belongs to one life', () => {
  const again = play(service(says), [
    ...comesUp(7),
    [50, becameReady(7), 'running, ready'],
    [2000, exited(7), 'spawning, no deadline, exited, finished, no deadline, starting, run 1'],
    [2001, spawned(8), 'running, up'],
  ]);
  expect(again.readyAt).toBeUndefined();
  expect(statusOf(again, now).state).toBe('starting');
});
