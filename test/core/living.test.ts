/** Stories of what a running service tells or is found to be: readiness in time, health, main process, reloads, mistakes in its directory. */
import { describe, expect, test } from 'vitest';
import { deathsOf, explain, whyNotUp } from '../../src/core/explain.ts';
import type { Policy } from '../../src/core/policy.ts';
import { reached, statusOf } from '../../src/core/status.ts';
import {
  becameReady, comesUp, deadlinePassed, downWanted, exited, healthChanged, mainPidTold, play, policy, redefined, reloadEnded, reloadWanted,
  restartWanted, service, spawned, statusTold, upWanted,
} from './play.ts';

const ended = 'no deadline, exited, finished';
const stops = 'SIGTERM to 7, SIGCONT to 7';
const health = (onFailure: 'restart' | 'none'): Partial<Policy> =>
  ({ health: { probe: undefined, watchdog: 1000, retries: 1, startPeriod: 0, interval: 1, timeout: 1, onFailure } });

describe('ready in time', () => {
  const says = policy({ ready: { by: 'notify' }, readyWithin: 30_000, restart: 'on-failure' });
  const begins = [[0, upWanted, 'spawning, no deadline, starting, run 1'], [0, spawned(7), 'running, up, deadline 30000']] as const;

  test('it is, and nothing waits any more', () => {
    play(service(says), [...begins, [100, becameReady(7), 'running, no deadline, ready']]);
  });

  test('it is not: stopped, a failure whatever its code, and why', () => {
    const late = play(service(says), [...begins, [30_000, deadlinePassed, `stopping, no deadline, ${stops}, stopping`]]);
    expect(whyNotUp(late, 30_000)).toBe('not ready after 30 s; sent SIGTERM');
    play(late, [[30_001, exited(7), `spawning, ${ended}, no deadline, starting, run 1`]]);
  });

  test('stopped before, its deadline is gone', () => {
    play(service(says), [...begins, [1, downWanted, `stopping, no deadline, ${stops}, stopping`], [2, exited(7), `down, ${ended}, down`]]);
  });

  test('waited for by its probes, it is starting until then', () => {
    expect(statusOf(play(service(says), begins), { monotonic: 0, wall: 0 }).state).toBe('starting');
  });
});

describe('health', () => {
  const checked = play(service(policy(health('none'))), comesUp(7));

  test('what changes is told, and only that', () => {
    const unhealthy = play(checked, [
      [1, healthChanged(7, true), 'running'],
      [2, healthChanged(7, false), 'running, unhealthy'],
      [3, healthChanged(7, false), 'running'],
      [4, healthChanged(6, true), 'running'],
    ]);
    expect(statusOf(unhealthy, { monotonic: 0, wall: 0 })).toMatchObject({ state: 'up', health: 'unhealthy', why: 'unhealthy: no answer' });
    expect(reached('healthy', unhealthy)).toBe('not yet');
    const healthy = play(unhealthy, [[5, healthChanged(7, true), 'running, healthy']]);
    expect(reached('healthy', healthy)).toBe('yes');
    expect(whyNotUp(healthy, 0)).toBe('');
  });

  test('unknown is not healthy; a service without a check is as healthy as it is ready', () => {
    expect(reached('healthy', checked)).toBe('not yet');
    expect(reached('healthy', play(service(), comesUp(7)))).toBe('yes');
    expect(reached('healthy', play(service({ notificationDescriptor: 3 }), comesUp(7)))).toBe('not yet');
  });

  test('on-failure: restart stops it, and its code does not matter', () => {
    const stopping = play(service(policy({ ...health('restart'), restart: 'on-failure' })), [
      ...comesUp(7), [2000, healthChanged(7, false), `stopping, unhealthy, ${stops}, stopping`],
    ]);
    expect(whyNotUp(stopping, 0)).toBe('unhealthy: no answer; sent SIGTERM');
    const again = play(stopping, [[2001, exited(7), `spawning, ${ended}, no deadline, starting, run 1`], [2002, spawned(8), 'running, up']]);
    expect(again).toMatchObject({ condemned: undefined, ailment: undefined, state: { health: undefined } });
  });
});

test('what it says of itself is told, in this life', () => {
  const said = play(service(), [...comesUp(7), [1, statusTold(7, 'warming up'), 'running'], [2, statusTold(6, 'dead'), 'running']]);
  expect(whyNotUp(said, 0)).toBe('warming up');
  expect(play(said, [[2000, exited(7), `spawning, ${ended}, no deadline, starting, run 1`], [2001, spawned(8), 'running, up']]).said).toBe('');
});

test('another main process: it is signalled, and its end is the end', () => {
  const moved = play(service(), [...comesUp(7), [1, mainPidTold(7, 20), 'running'], [2, mainPidTold(7, 30), 'running']]);
  expect(statusOf(moved, { monotonic: 0, wall: 0 }).pid).toBe(20);
  play(moved, [[3, downWanted, 'stopping, SIGTERM to 20, SIGCONT to 20, stopping'], [4, exited(20), `down, ${ended}, down`]]);
});

describe('reload', () => {
  const looked = policy({ reload: { signal: 'SIGUSR2', command: undefined, check: ['check'], verify: undefined, within: 1000 } });
  const reloading = play(service(looked), [...comesUp(7), [1, reloadWanted, 'running, reload 7']]);

  test('a signal alone is sent at once', () => {
    const plain = policy({ reload: { signal: 'SIGUSR2', command: undefined, check: undefined, verify: undefined, within: 1000 } });
    expect(statusOf(play(service(plain), [...comesUp(7), [1, reloadWanted, 'running, SIGUSR2 to 7, reloaded']]), { monotonic: 1, wall: 1 }).reload)
      .toMatchObject({ ok: true, detail: '' });
  });

  test('its result is told when there is one, and kept', () => {
    const failed = play(reloading, [[2, reloadEnded(7, { step: 'check', detail: 'line 3' }), 'running, reloaded']]);
    expect(statusOf(failed, { monotonic: 2, wall: 2 }).reload).toEqual({ at: '1970-01-01T00:00:00.002Z', ok: false, detail: 'check: line 3' });
    expect(whyNotUp(failed, 2)).toBe('last reload failed: check: line 3');
    expect(whyNotUp(play(failed, [[3, reloadWanted, 'running, reload 7'], [4, reloadEnded(7), 'running, reloaded']]), 4)).toBe('');
  });

  test('asked for while one is under way, one more comes after it', () => {
    play(reloading, [
      [2, reloadWanted, 'running'],
      [3, reloadWanted, 'running'],
      [4, reloadEnded(7), 'running, reloaded, reload 7'],
      [5, reloadEnded(7), 'running, reloaded'],
      [6, reloadEnded(7), 'running'],
    ]);
  });

  test('its process dies, or is stopped, meanwhile: it has failed', () => {
    const dead = play(reloading, [[2, exited(7, 1), 'backingOff, no deadline, exited, reloaded, finished, deadline 1000']]);
    expect(dead.reload).toEqual({ at: 2, failure: { step: 'reload', detail: 'it ended: exit 1' } });
    play(reloading, [[2, restartWanted, `stopping, reloaded, ${stops}, stopping`], [3, reloadEnded(7), 'stopping']]);
  });

  test('its main process changes by it: it is the same reload', () => {
    play(reloading, [[2, mainPidTold(7, 20), 'running'], [3, reloadEnded(7), 'running, reloaded']]);
  });
});

describe('a mistake in service.yaml', () => {
  const faults = ['service.yaml:3: expected a port, got 99999', 'service.yaml:7: unknown key "reddy"'];
  const wrong = { fingerprint: '2', ...policy({ faults }) };
  const failed = play(service(wrong), [[0, upWanted, 'failed, no deadline, failed']]);

  test('keeps it from being started, and is told', () => {
    expect(statusOf(failed, { monotonic: 0, wall: 0 })).toMatchObject({ state: 'failed', wanted: 'up', why: `${faults[0]} (and 1 more)` });
    play(failed, [[1, upWanted, 'failed, no deadline, failed'], [2, downWanted, 'down, no deadline, down']]);
  });

  test('corrected, it is down and wanted', () => {
    expect(play(failed, [[1, redefined({ fingerprint: '3' }), 'down']]).wanted).toBe('up');
    play(failed, [[1, redefined({ ...wrong, fingerprint: '3' }), 'failed']]);
  });

  test('what runs goes on with what it had, says so once, and comes back with it', () => {
    const running = play(service(), [...comesUp(7), [1, redefined(wrong), 'running, report notTaken'], [2, redefined(wrong), 'running']]);
    expect(statusOf(running, { monotonic: 0, wall: 0 })).toMatchObject({ stale: false, why: `edited, and not taken: ${faults[0]} (and 1 more)` });
    play(running, [[2000, exited(7), `spawning, ${ended}, no deadline, starting, run 1`]]);
    play(running, [
      [3, downWanted, `stopping, ${stops}, stopping`], [4, exited(7), `down, ${ended}, down`], [5, upWanted, 'failed, no deadline, failed'],
    ]);
    expect(whyNotUp(play(running, [[3, redefined({ fingerprint: '1' }), 'running']]), 0)).toBe('');
  });
});

describe('in a paragraph', () => {
  const now = { monotonic: 70_000, wall: 1_700_000_070_000 };

  test('what it is, why, how it has ended, what comes next', () => {
    const backoff = { initial: 8000, factor: 1, max: 8000, jitter: 0, resetAfter: 60_000 };
    const story = play(service(policy({ description: "the shop's database", backoff })), [
      ...comesUp(7), [62_000, exited(7, 1), `spawning, ${ended}, no deadline, starting, run 1`], [62_000, spawned(8), 'running, up'],
      [64_000, exited(8, 3), `backingOff, ${ended}, deadline 72000`],
    ]);
    expect(explain(story, now)).toBe("web (the shop's database) has been waiting for its next start for 6.0 s: exit 3 after 2.0 s, next try in 2.0 s (try 2). "
      + 'It came back by itself once. It has ended 2 times: exit 3 6.0 s ago, after 2.0 s; exit 1 8.0 s ago, after 1m02s.');
    expect(deathsOf(story, now)).toEqual([
      { at: '2023-11-14T22:14:24.000Z', lifetime: 2, exitCode: 3 }, { at: '2023-11-14T22:14:22.000Z', lifetime: 62, exitCode: 1 },
    ]);
  });

  test('in every state', () => {
    expect(explain(service({ startsDown: true }), { monotonic: 1000, wall: 0 }))
      .toBe('web has been down for 1.0 s: has a down file. It is started by: svc start.');
    // When a job starts is told by its plan.
    expect(explain(service({ startsDown: true, ...policy({ schedule: { every: 1000 } }) }), { monotonic: 1000, wall: 0 }))
      .toBe('web has been down for 1.0 s: has a down file.');
    expect(explain(play(service(), comesUp(7)), now)).toBe('web has been running for 1m10s.');
  });
});
