/** The stories of a service's life, each event with all it leads to. Restarting and readiness have files of their own. */
import { expect, test } from 'vitest';
import { KILL_AGAIN } from '../../src/core/service.ts';
import {
  comesUp, continueWanted, deadlinePassed, downWanted, exited, killed, onceWanted, pauseWanted, play, reloadWanted, restartWanted, service,
  signalWanted, spawned, spawnFailed, upWanted,
} from './play.ts';

const finish = { hasFinish: true };

test('it starts, stops by its stop signal, and is down', () => {
  play(service(), [
    ...comesUp(7),
    [5000, downWanted, 'stopping, SIGTERM to 7, SIGCONT to 7, stopping'],
    [5100, exited(7), 'down, no deadline, exited, finished, down'],
  ]);
});

test('finish runs after every run and is told how it ended', () => {
  play(service(finish), [
    ...comesUp(7),
    [5000, exited(7, 3), 'spawning, no deadline, exited, finish of 7 (exit 3)'],
    [5001, spawned(8), 'finishing, deadline 10001'],
    [5100, exited(8), 'spawning, no deadline, finished, no deadline, starting, run 1'],
  ]);
});

test('a service with a down file stays down until somebody asks', () => {
  const asked = play(service({ startsDown: true }), [[10, upWanted, 'spawning, no deadline, starting, run 1']]);
  expect(service({ startsDown: true }).wanted).toBe('down');
  expect(asked.wanted).toBe('up');
});

test('asked to stop while its start is in flight, it is stopped as soon as there is a process', () => {
  play(service({ killAfter: 3000 }), [
    [0, upWanted, 'spawning, no deadline, starting, run 1'],
    [1, downWanted, 'spawning'],
    [2, spawned(7), 'stopping, up, SIGTERM to 7, SIGCONT to 7, deadline 3002, stopping'],
    [3, exited(7), 'down, no deadline, exited, finished, down'],
  ]);
});

test('asked to stop and to start again while its start is in flight, it just starts', () => {
  play(service(), [
    [0, upWanted, 'spawning, no deadline, starting, run 1'],
    [1, downWanted, 'spawning'],
    [2, upWanted, 'spawning'],
    [3, spawned(7), 'running, up'],
  ]);
});

test('asked to start while it stops, it starts as soon as it has ended', () => {
  play(service(finish), [
    ...comesUp(7),
    [100, downWanted, 'stopping, SIGTERM to 7, SIGCONT to 7, stopping'],
    [101, upWanted, 'stopping'],
    [102, exited(7), 'spawning, no deadline, exited, finish of 7 (exit 0)'],
    [103, spawned(8), 'finishing, deadline 5103'],
    [104, exited(8), 'spawning, no deadline, finished, no deadline, starting, run 1'],
  ]);
});

test('asked to stop while finish runs, it is down after it', () => {
  play(service(finish), [
    ...comesUp(7),
    [5000, exited(7), 'spawning, no deadline, exited, finish of 7 (exit 0)'],
    [5001, downWanted, 'spawning'],
    [5002, spawned(8), 'finishing, deadline 10002'],
    [5003, exited(8), 'down, no deadline, finished, down'],
  ]);
});

test('a service that ignores its stop signal is killed at its limit', () => {
  play(service({ killAfter: 3000, stopSignal: 'SIGINT' }), [
    ...comesUp(7),
    [10, downWanted, 'stopping, SIGINT to 7, SIGCONT to 7, deadline 3010, stopping'],
    [3010, deadlinePassed, `stopping, report killed, SIGKILL to 7, deadline ${3010 + KILL_AGAIN}`],
    [3011, killed(7), 'down, no deadline, exited, finished, down'],
  ]);
});

test('a process that outlives SIGKILL is told of once and killed again and again, until it ends', () => {
  const stuck = play(service({ killAfter: 0 }), [
    ...comesUp(7),
    [0, downWanted, 'stopping, SIGTERM to 7, SIGCONT to 7, deadline 0, stopping'],
    [0, deadlinePassed, 'stopping, report killed, SIGKILL to 7, deadline 5000'],
    [5000, deadlinePassed, 'stopping, report unkillable, SIGKILL to 7, deadline 10000'],
    [10_000, deadlinePassed, 'stopping, SIGKILL to 7, deadline 15000'],
    [10_001, killed(7), 'down, no deadline, exited, finished, down'],
  ]);
  expect(stuck.lastExit).toEqual({ signal: 'SIGKILL', number: 9, dumped: false });
});

test('a service without timeout-kill is waited for', () => {
  play(service(), [
    ...comesUp(7),
    [0, downWanted, 'stopping, SIGTERM to 7, SIGCONT to 7, stopping'],
    [1_000_000, signalWanted('SIGKILL'), 'stopping, SIGKILL to 7'],
    [1_000_001, killed(7), 'down, no deadline, exited, finished, down'],
  ]);
});

test('a finish that hangs is killed at its limit, and the service comes back', () => {
  play(service({ hasFinish: true, finishWithin: 100 }), [
    ...comesUp(7),
    [5000, exited(7), 'spawning, no deadline, exited, finish of 7 (exit 0)'],
    [5000, spawned(8), 'finishing, deadline 5100'],
    [5100, deadlinePassed, 'finishing, report killed, SIGKILL to 8, deadline 10100'],
    [10_100, deadlinePassed, 'finishing, report unkillable, SIGKILL to 8, deadline 15100'],
    [10_200, killed(8), 'spawning, no deadline, finished, no deadline, starting, run 1'],
  ]);
});

test('a finish without a limit is waited for', () => {
  play(service({ hasFinish: true, finishWithin: undefined }), [
    ...comesUp(7),
    [5000, exited(7), 'spawning, no deadline, exited, finish of 7 (exit 0)'],
    [5000, spawned(8), 'finishing'],
    [9_000_000, exited(8), 'spawning, no deadline, finished, no deadline, starting, run 1'],
  ]);
});

test('a finish that cannot be started is told of and does not keep the service from coming back', () => {
  play(service(finish), [
    ...comesUp(7),
    [5000, exited(7), 'spawning, no deadline, exited, finish of 7 (exit 0)'],
    [5001, spawnFailed(true), 'spawning, report spawnFailed, finished, no deadline, starting, run 1'],
  ]);
});

test('finish exiting 125 is a permanent failure until somebody asks for the service', () => {
  const failed = play(service(finish), [
    ...comesUp(7),
    [5000, exited(7, 1), 'spawning, no deadline, exited, finish of 7 (exit 1)'],
    [5001, spawned(8), 'finishing, deadline 10001'],
    [5002, exited(8, 125), 'failed, no deadline, finished, failed'],
  ]);
  expect(failed.wanted).toBe('down');
  play(failed, [[6000, upWanted, 'spawning, no deadline, starting, run 1']]);
  play(failed, [[6000, onceWanted, 'spawning, no deadline, starting, run 1']]);
  play(failed, [[6000, restartWanted, 'spawning, no deadline, starting, run 1']]);
  play(failed, [[6000, downWanted, 'down, no deadline, down']]);
});

test('run exiting 125 is an exit like any other', () => {
  play(service(), [...comesUp(7), [5000, exited(7, 125), 'spawning, no deadline, exited, finished, no deadline, starting, run 1']]);
});

test('pause and continue are signals; a paused service can be stopped', () => {
  const paused = play(service(), [...comesUp(7), [1, pauseWanted, 'running, SIGSTOP to 7']]);
  expect(paused.state).toMatchObject({ paused: true });
  expect(play(paused, [[2, continueWanted, 'running, SIGCONT to 7']]).state).toMatchObject({ paused: false });
  play(paused, [[2, downWanted, 'stopping, SIGTERM to 7, SIGCONT to 7, stopping']]);
});

test('reload sends the reload signal of the directory', () => {
  play(service({ reloadSignal: 'SIGUSR2' }), [...comesUp(7), [1, reloadWanted, 'running, SIGUSR2 to 7, reloaded']]);
});

test('what is only for a running process does nothing where there is none', () => {
  for (const event of [reloadWanted, pauseWanted, continueWanted, signalWanted('SIGUSR1')]) {
    play(service(), [
      [0, event, 'down'],
      [1, upWanted, 'spawning, no deadline, starting, run 1'],
      [2, event, 'spawning'],
      [3, spawned(7), 'running, up'],
      [4, exited(7), 'backingOff, no deadline, exited, finished, deadline 1003'],
      [5, event, 'backingOff'],
    ]);
  }
});

test('the exit of a process that is not its own is told of and changes nothing', () => {
  const before = play(service(), [...comesUp(7), [1, exited(99), 'running, report impossible']]);
  expect(before.state).toMatchObject({ name: 'running', pid: 7 });
  play(before, [[2, spawned(8), 'running, report impossible'], [3, spawnFailed(true), 'running, report impossible']]);
});
