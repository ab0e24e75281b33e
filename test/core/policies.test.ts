/** Stories of what service.yaml says about coming back: restart, success-codes, backoff, give-up, critical. */
import { describe, expect, test } from 'vitest';
import { whyNotUp } from '../../src/core/explain.ts';
import type { Policy } from '../../src/core/policy.ts';
import { delayOf, SHORTEST_BACKOFF } from '../../src/core/retry.ts';
import { step, type Service } from '../../src/core/service.ts';
import { statusOf } from '../../src/core/status.ts';
import {
  comesUp, deadlinePassed, downWanted, exited, healthChanged, killed, onceWanted, play, policy, restartWanted, service, spawned, spawnFailed, upWanted,
} from './play.ts';

const ended = 'no deadline, exited, finished';
const atOnce = `spawning, ${ended}, no deadline, starting, run 1`;
const stops = 'stopping, SIGTERM to 7, SIGCONT to 7, stopping';
const backoff = { initial: 1000, factor: 2, max: 5000, jitter: 0, resetAfter: 10_000 };

describe('restart', () => {
  for (const [restart, code, outcome] of [
    ['always', 0, atOnce],
    ['always', 1, atOnce],
    ['on-failure', 0, `down, ${ended}, down`],
    ['on-failure', 143, `down, ${ended}, down`],
    ['on-failure', 1, atOnce],
    ['never', 0, `down, ${ended}, down`],
    ['never', 1, `failed, ${ended}, failed`],
  ] as const) {
    test(`${restart}, exit ${code}`, () => {
      const after = play(service(policy({ restart, successes: [0, 143] })), [...comesUp(7), [2000, exited(7, code), outcome]]);
      if (outcome !== atOnce) expect(after.wanted).toBe('down');
    });
  }

  test('a signal can be a success', () => {
    play(service(policy({ restart: 'on-failure', successes: ['SIGKILL'] })), [...comesUp(7), [2000, killed(7), `down, ${ended}, down`]]);
    play(service(policy({ restart: 'on-failure' })), [...comesUp(7), [2000, killed(7), atOnce]]);
  });

  test('what somebody stops is not judged, and what somebody restarts comes back', () => {
    const never = play(service(policy({ restart: 'never' })), comesUp(7));
    play(never, [[10, downWanted, stops], [11, exited(7, 1), `down, ${ended}, down`]]);
    play(never, [[10, restartWanted, stops], [11, exited(7, 1), atOnce]]);
  });

  test('it is judged by how run ended, when its finish has', () => {
    play(service({ hasFinish: true, ...policy({ restart: 'on-failure' }) }), [
      ...comesUp(7),
      [2000, exited(7), 'spawning, no deadline, exited, finish of 7 (exit 0)'],
      [2001, spawned(8), 'finishing, deadline 7001'],
      [2002, exited(8, 1), 'down, no deadline, finished, down'],
    ]);
  });
});

describe('backoff', () => {
  test('the first restart is at once, then it waits longer and longer, and no longer than its cap', () => {
    expect([1, 2, 3, 4, 5, 500].map((tries) => delayOf(backoff, tries, 0.5))).toEqual([0, 1000, 2000, 4000, 5000, 5000]);
  });

  test('jitter is a part of it, in both directions', () => {
    expect([0, 0.5, 1].map((chance) => delayOf({ ...backoff, jitter: 0.1 }, 3, chance))).toEqual([1800, 2000, 2200]);
  });

  test('whatever is written, it is no busy loop', () => {
    expect(delayOf({ initial: 0, factor: 1, max: 0, jitter: 1, resetAfter: 0 }, 2, 0)).toBe(SHORTEST_BACKOFF);
  });

  const first = play(service(policy({ backoff })), [...comesUp(7), [10, exited(7, 1), atOnce], [11, spawned(8), 'running, up']]);
  const second = play(first, [[20, exited(8, 1), `backingOff, ${ended}, deadline 1020`]]);

  test('a life that is long enough begins anew', () => {
    const third = play(second, [[1020, deadlinePassed, 'spawning, no deadline, starting, run 1'], [1020, spawned(9), 'running, up']]);
    play(third, [[1030, exited(9, 1), `backingOff, ${ended}, deadline 3030`]]);
    play(third, [[11_020, exited(9, 1), atOnce]]);
  });

  test('so does whoever starts it by hand', () => {
    play(second, [[30, upWanted, 'spawning, no deadline, starting, run 1'], [31, spawned(9), 'running, up'], [32, exited(9, 1), atOnce]]);
  });

  test('it tells which try comes when', () => {
    expect(whyNotUp(second, 500)).toBe('exit 1 after 9 ms, next try in 520 ms (try 2)');
    expect(statusOf(second, { monotonic: 500, wall: 1_700_000_000_500 }))
      .toMatchObject({ tries: { count: 2, limit: null }, nextTry: '2023-11-14T22:13:21.020Z' });
  });

  test('a start that fails waits a second at least, however short the back-off, and the lock of an earlier life is no failure', () => {
    const short = service(policy({ backoff: { ...backoff, initial: 1 }, giveUp: { after: 1, within: undefined, then: 'fail' } }));
    play(service(policy({ backoff: { ...backoff, initial: 1 } })), [
      [0, upWanted, 'spawning, no deadline, starting, run 1'],
      [5, spawnFailed(true), 'backingOff, report spawnFailed, deadline 1005'],
    ]);
    const locked = { type: 'spawnFailed', failure: { code: 'EAGAIN', step: 'lock', subject: 'lock', hopeless: false } } as const;
    play(short, [[0, upWanted, 'spawning, no deadline, starting, run 1'], [5, locked, 'backingOff, report spawnFailed, deadline 1005']]);
  });

  test('services that die together do not come back together', () => {
    const untils = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => {
      let current = service({ name, ...policy({ backoff: { ...backoff, jitter: 0.5 } }) });
      for (const event of [upWanted, spawned(7), exited(7, 1), spawned(8), exited(8, 1)]) current = step(current, { ...event, at: 5 }).service;
      return current.state.name === 'backingOff' ? current.state.until : 0;
    });
    expect(new Set(untils).size).toBe(6);
    for (const until of untils) expect(until).toSatisfy((at: number) => at >= 505 && at <= 1505);
  });
});

describe('give-up', () => {
  /** Dies at each of these times, and is up again at once. */
  function dying(giveUp: Policy['giveUp'], times: readonly number[], lives = 1): Service {
    let current = service(policy({ giveUp, backoff: { ...backoff, initial: 0, max: 0 } }));
    let pid = 7;
    current = step(current, { type: 'upWanted', at: 0 }).service;
    for (const at of times) {
      if (current.state.name === 'backingOff') current = step(current, { type: 'deadlinePassed', at: at - lives }).service;
      current = step(current, { type: 'spawned', pid: ++pid, at: at - lives }).service;
      current = step(current, { type: 'exited', pid, exit: { code: 1 }, at }).service;
    }
    return current;
  }

  test('after so many failures in a row', () => {
    const giveUp = { after: 3, within: undefined, then: 'fail' } as const;
    const almost = dying(giveUp, [1000, 2000]);
    expect(whyNotUp(almost, 2000)).toBe('exit 1 after 1 ms, next try in 10 ms (2/3)');
    const failed = dying(giveUp, [1000, 2000, 3000]);
    expect(failed).toMatchObject({ state: { name: 'failed', why: 'gave up' }, wanted: 'down' });
    expect(whyNotUp(failed, 3000)).toBe('exit 1 after 1 ms, gave up after 3 failures');
    expect(statusOf(failed, { monotonic: 0, wall: 0 }).tries).toEqual({ count: 3, limit: 3 });
    const again = step(failed, { type: 'upWanted', at: 4000 }).service;
    expect(again).toMatchObject({ state: { name: 'spawning' }, tries: 0, failures: [] });
  });

  test('a long life between them begins anew; within a time, only the time counts', () => {
    expect(dying({ after: 2, within: undefined, then: 'fail' }, [20_000, 40_000, 60_000], 15_000).state.name).toBe('spawning');
    expect(dying({ after: 2, within: 30_000, then: 'fail' }, [20_000, 40_000], 15_000).state.name).toBe('failed');
    expect(dying({ after: 2, within: 10_000, then: 'fail' }, [20_000, 40_000, 60_000]).state.name).toBe('backingOff');
  });

  test('starts that fail count, and what has failed is told by them', () => {
    const failed = play(service(policy({ giveUp: { after: 2, within: undefined, then: 'fail' } })), [
      [0, upWanted, 'spawning, no deadline, starting, run 1'],
      [0, spawnFailed(true), 'backingOff, report spawnFailed, deadline 10000'],
      [10_000, deadlinePassed, 'spawning, no deadline, starting, run 1'],
      [10_000, spawnFailed(true), 'failed, report spawnFailed, failed'],
    ]);
    expect(whyNotUp(failed, 0)).toBe('cannot start: /services/web/run does not exist (ENOENT), gave up after 2 failures');
  });

  test('then: shutdown ends the container', () => {
    play(service(policy({ giveUp: { after: 1, within: undefined, then: 'shutdown' } })), [
      ...comesUp(7), [10, exited(7, 3), `failed, ${ended}, failed, end container 3`],
    ]);
  });
});

describe('critical', () => {
  const critical = play(service(policy({ critical: true, restart: 'never' })), comesUp(7));

  test('the container ends with its code, or 128 and the number of its signal', () => {
    play(critical, [[10, exited(7, 3), `failed, ${ended}, failed, end container 3`]]);
    play(critical, [[10, exited(7, 0), `down, ${ended}, down, end container 0`]]);
    play(critical, [[10, killed(7), `failed, ${ended}, failed, end container 137`]]);
  });

  test('not when somebody stops it, restarts it, or lets it run once', () => {
    play(critical, [[10, downWanted, stops], [11, exited(7, 3), `down, ${ended}, down`]]);
    play(critical, [[10, restartWanted, stops], [11, exited(7, 3), atOnce]]);
    play(critical, [[10, onceWanted, 'running'], [11, exited(7, 3), `down, ${ended}, down`]]);
  });

  test('not as long as it is started again', () => {
    play(service(policy({ critical: true, restart: 'on-failure' })), [...comesUp(7), [2000, exited(7, 1), atOnce]]);
  });

  test('what cannot be started: 127 where it is not there, 126 otherwise', () => {
    const starts = [0, upWanted, 'spawning, no deadline, starting, run 1'] as const;
    play(service(policy({ critical: true, restart: 'never' })), [starts, [0, spawnFailed(true), 'failed, report spawnFailed, failed, end container 127']]);
    play(service(policy({ critical: true, restart: 'never' })), [starts, [0, spawnFailed(false), 'failed, report spawnFailed, failed, end container 126']]);
  });

  test('what n6 has ended for a failure is none with 0', () => {
    const health = { probe: undefined, watchdog: 1, retries: 1, startPeriod: 0, interval: 1, timeout: 1, onFailure: 'restart' } as const;
    play(service(policy({ critical: true, restart: 'never', health })), [
      ...comesUp(7),
      [10, healthChanged(7, false), 'stopping, unhealthy, SIGTERM to 7, SIGCONT to 7, stopping'],
      [11, exited(7, 0), `failed, ${ended}, failed, end container 1`],
    ]);
  });

  test('a finish that says so ends it, too', () => {
    play(service({ hasFinish: true, ...policy({ critical: true, restart: 'on-failure' }) }), [
      ...comesUp(7),
      [10, exited(7, 4), 'spawning, no deadline, exited, finish of 7 (exit 4)'],
      [11, spawned(8), 'finishing, deadline 5011'],
      [12, exited(8, 125), 'failed, no deadline, finished, failed, end container 4'],
    ]);
  });
});
