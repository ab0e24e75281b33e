import { describe, expect, test } from 'vitest';
import type { Service } from '../../src/core/service.ts';
import { isoTime, PUBLIC_STATES, reached, statusOf } from '../../src/core/status.ts';
import {
  becameReady, comesUp, deadlinePassed, downWanted, exited, failure, killed, onceWanted, pauseWanted, play, policy, redefined, restartWanted, service, spawned,
  spawnFailed, upWanted,
} from './play.ts';

/** 2023-11-14T22:13:20.000Z was at monotonic zero. */
const at = (monotonic: number) => ({ monotonic, wall: 1_700_000_000_000 + monotonic });

const up = play(service(), comesUp(7));
const ending = 'spawning, no deadline, exited, finish of 7 (exit 3)';
const stop = 'stopping, SIGTERM to 7, SIGCONT to 7, deadline 5100, stopping';
const withFinish = play(service({ hasFinish: true, killAfter: 100 }), comesUp(7));
const finishing = play(withFinish, [[5000, exited(7, 3), ending], [5001, spawned(8), 'finishing, deadline 10001']]);
const stopping = play(withFinish, [[5000, downWanted, stop]]);
const backingOff = play(service(), [...comesUp(7), [10, exited(7, 3), 'backingOff, no deadline, exited, finished, deadline 1000']]);
const cannotStart = play(service(), [
  [0, upWanted, 'spawning, no deadline, starting, run 1'],
  [0, spawnFailed(true), 'backingOff, report spawnFailed, deadline 10000'],
]);
const failed = play(finishing, [[5002, exited(8, 125), 'failed, no deadline, finished, failed']]);

describe('the public state, and why', () => {
  const table: Record<string, readonly [service: Service, state: (typeof PUBLIC_STATES)[number], why: string]> = {
    'with a down file': [service({ startsDown: true }), 'down', 'has a down file'],
    'never started': [service(), 'down', 'not started'],
    'being started': [play(service(), [[0, upWanted, 'spawning, no deadline, starting, run 1']]), 'starting', ''],
    running: [up, 'up', ''],
    'not ready yet': [play(service({ notificationDescriptor: 3 }), comesUp(7)), 'starting', ''],
    ready: [play(service({ notificationDescriptor: 3 }), [...comesUp(7), [9, becameReady(7), 'running, ready']]), 'ready', ''],
    paused: [play(up, [[9, pauseWanted, 'running, SIGSTOP to 7']]), 'up', 'paused'],
    'running once': [play(up, [[9, onceWanted, 'running']]), 'up', 'runs once'],
    stopping: [stopping, 'stopping', 'sent SIGTERM'],
    'killed': [play(stopping, [[5100, deadlinePassed, 'stopping, report killed, SIGKILL to 7, deadline 10100']]), 'stopping', 'sent SIGKILL'],
    'finish is being started': [play(withFinish, [[5000, exited(7, 3), ending]]), 'stopping', 'running finish'],
    'finish runs': [finishing, 'stopping', 'running finish'],
    'waiting for its restart': [backingOff, 'backing-off', 'exit 3 after 10 ms, next try in 600 ms'],
    'could not be started': [cannotStart, 'backing-off', 'cannot start: /services/web/run does not exist (ENOENT), next try in 9.6 s'],
    'failed for good': [failed, 'failed', 'exit 3 after 5.0 s, finish said: do not restart'],
    'a oneshot that runs': [play(service(policy({ kind: 'oneshot' })), comesUp(7)), 'starting', ''],
    'a oneshot that is done': [
      play(service(policy({ kind: 'oneshot' })), [...comesUp(7), [300, exited(7), 'done, no deadline, exited, finished']]), 'done', 'exit 0 after 300 ms',
    ],
    'ended and not wanted': [play(up, [
      [1, onceWanted, 'running'],
      [2500, killed(7), 'down, no deadline, exited, finished, down'],
    ]), 'down', 'killed by SIGKILL after 2.5 s'],
  };
  for (const [what, [given, state, why]] of Object.entries(table)) {
    test(what, () => expect(statusOf(given, at(400))).toMatchObject({ state, why }));
  }

  test('a process that outlives SIGKILL', () => {
    const stuck = play(stopping, [
      [5100, deadlinePassed, 'stopping, report killed, SIGKILL to 7, deadline 10100'],
      [10_100, deadlinePassed, 'stopping, report unkillable, SIGKILL to 7, deadline 15100'],
    ]);
    expect(statusOf(stuck, at(11_000)).why).toBe('outlives SIGKILL');
  });

  test('every public state is reached', () => {
    expect(new Set(Object.values(table).map(([, state]) => state))).toEqual(new Set(PUBLIC_STATES));
  });
});

test('a whole status, with both clocks', () => {
  expect(statusOf(up, at(2500))).toEqual({
    name: 'web', state: 'up', wanted: 'up', pid: 7, paused: false, since: '2023-11-14T22:13:20.000Z', uptime: 2.5,
      restarts: 0, lastExit: null, stale: false, why: '', description: '', health: null, tries: null, nextTry: null, reload: null,
      nextRun: null, skipped: 0, degraded: '',
  });
});

test('uptime counts while run runs, and only then', () => {
  expect(statusOf(stopping, at(5050)).uptime).toBe(5.05);
  expect(statusOf(finishing, at(5050)).uptime).toBeNull();
  expect(statusOf(backingOff, at(5050)).uptime).toBeNull();
});

test('the pid of a service whose finish runs is that of finish', () => {
  expect(statusOf(finishing, at(5050)).pid).toBe(8);
});

test('the last exit is told with its time, as a code or as a signal', () => {
  expect(statusOf(finishing, at(6000)).lastExit).toEqual({ exitCode: 3, at: '2023-11-14T22:13:25.000Z' });
  const down = play(stopping, [[5010, killed(7), 'spawning, no deadline, exited, finish of 7 (killed by SIGKILL)']]);
  expect(statusOf(down, at(6000)).lastExit).toEqual({ signal: 'SIGKILL', at: '2023-11-14T22:13:25.010Z' });
});

test('stale is what an edited directory makes of a running service', () => {
  expect(statusOf(play(up, [[1, redefined({ fingerprint: '2' }), 'running']]), at(2)).stale).toBe(true);
});

test('isoTime turns a monotonic stamp into wall time', () => {
  expect(isoTime(1000, { monotonic: 3000, wall: 1_700_000_000_000 })).toBe('2023-11-14T22:13:18.000Z');
});

describe('has the wish come true?', () => {
  const saysReady = play(service({ notificationDescriptor: 3 }), comesUp(7));
  for (const [what, goal, given, expected] of [
    ['up', 'up', up, 'yes'],
    ['up before ready', 'up', saysReady, 'yes'],
    ['ready, not yet', 'ready', saysReady, 'not yet'],
    ['ready', 'ready', play(saysReady, [[1, becameReady(7), 'running, ready']]), 'yes'],
    ['ready, of a service that never says so', 'ready', up, 'yes'],
    ['up, waiting for a restart', 'up', backingOff, 'not yet'],
    ['up, and cannot be started', 'up', cannotStart, 'failed'],
    ['up, and has failed for good', 'up', failed, 'failed'],
    ['up, stopping', 'up', stopping, 'not yet'],
    ['down', 'down', service(), 'yes'],
    ['down, of what has failed', 'down', failed, 'yes'],
    ['down, still stopping', 'down', stopping, 'not yet'],
    ['down, finish runs', 'down', finishing, 'not yet'],
    ['down, about to come back', 'down', backingOff, 'not yet'],
  ] as const) test(`${what}: ${expected}`, () => expect(reached(goal, given)).toBe(expected));

  test('a start that may work soon has not failed', () => {
    const soon = play(service(), [
      [0, upWanted, 'spawning, no deadline, starting, run 1'],
      [0, spawnFailed(false), 'backingOff, report spawnFailed, deadline 1000'],
    ]);
    expect(failure(false).hopeless).toBe(false);
    expect(reached('up', soon)).toBe('not yet');
  });

  test('a restart is over when the new process is up', () => {
    const again = play(up, [[10, restartWanted, 'stopping, SIGTERM to 7, SIGCONT to 7, stopping']]);
    expect(reached('up', again)).toBe('not yet');
  });
});
