import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PLAIN } from '../../src/core/policy.ts';
import { createShutdown, type Shutdown } from '../../src/supervisor/ending.ts';
import { createSupervisor, type Supervisor } from '../../src/supervisor/supervisor.ts';
import { definition } from '../help/definition.ts';
import { fakeKernel, type FakeKernel } from '../help/fake-kernel.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function world(takeDown?: (finished: () => void) => void): { kernel: FakeKernel; supervisor: Supervisor; shutdown: Shutdown; ended: () => number } {
  const kernel = fakeKernel();
  kernel.now = () => performance.now();
  let ends = 0;
  const ignore = (): undefined => undefined;
  const supervisor = createSupervisor({ kernel, rule: 'n6', environment: () => [], wall: () => 0, report: ignore, failed: ignore, forgotten: ignore });
  const limits = { grace: 8000, services: undefined, rest: undefined };
  const shutdown = createShutdown({ kernel, supervisor, limits, report: ignore, failed: ignore, startNothing: ignore, takeDown, end: () => void ends++ });
  return { kernel, supervisor, shutdown, ended: () => ends };
}

test('with nothing to stop and no child, it ends at once', () => {
  const { kernel, shutdown, ended } = world();
  kernel.childrenLeft = false;
  shutdown.want('test');
  expect(ended()).toBe(1);
});

test('services stop first; what is left is asked then; the end comes with the last child, not with a clock', () => {
  const { kernel, supervisor, shutdown, ended } = world();
  supervisor.add(definition());
  kernel.pending.shift()!.answer({ pid: 7 });
  shutdown.want('test');
  expect(kernel.rest).toEqual([]);
  supervisor.exited(7, { code: 0 });
  expect(kernel.rest).toEqual(['SIGTERM', 'SIGHUP', 'SIGCONT']);
  expect(ended()).toBe(0);
  kernel.childrenLeft = false;
  shutdown.childless();
  shutdown.childless();
  expect(ended()).toBe(1);
});

test('what does not end in time is killed, and what cannot be killed is left behind', () => {
  const { kernel, supervisor, shutdown, ended } = world();
  supervisor.add(definition());
  kernel.pending.shift()!.answer({ pid: 7 });
  shutdown.want('test');
  vi.advanceTimersByTime(7999);
  expect(kernel.rest).toEqual([]);
  vi.advanceTimersByTime(2);
  expect(kernel.rest).toEqual(['SIGKILL']);
  vi.advanceTimersByTime(2001);
  expect(ended()).toBe(1);
});

test('a second request hurries', () => {
  const { kernel, supervisor, shutdown } = world();
  supervisor.add(definition());
  kernel.pending.shift()!.answer({ pid: 7 });
  shutdown.want('test');
  shutdown.want('its echo');
  expect(kernel.rest).toEqual([]);
  vi.advanceTimersByTime(200);
  shutdown.want('test');
  expect(kernel.rest).toEqual(['SIGKILL']);
});

test('a service whose start is in flight is stopped as soon as it is there', () => {
  const { kernel, supervisor, shutdown } = world();
  supervisor.add(definition());
  shutdown.want('test');
  expect(kernel.rest).toEqual([]);
  kernel.pending.shift()!.answer({ pid: 7 });
  expect(kernel.signals[0]).toEqual([7, 'SIGTERM']);
});

test('services that are taken down in an order are not all asked at once, and what is left is asked when that has ended', () => {
  let finish = (): void => undefined;
  const { kernel, supervisor, shutdown, ended } = world((finished) => void (finish = finished));
  supervisor.add(definition());
  kernel.pending.shift()!.answer({ pid: 7 });
  shutdown.want('test');
  expect(kernel.signals).toEqual([]);
  finish();
  finish();
  expect(kernel.signals.map(([, signal]) => signal)).toEqual(['SIGTERM', 'SIGCONT']);
  supervisor.exited(7, { code: 0 });
  expect(kernel.rest).toEqual(['SIGTERM', 'SIGHUP', 'SIGCONT']);
  kernel.childrenLeft = false;
  shutdown.childless();
  expect(ended()).toBe(1);
});

test('taking down that never ends is ended by the deadline, and nothing that was left out of it is started again', () => {
  const { kernel, supervisor, shutdown, ended } = world(() => undefined);
  supervisor.add(definition());
  kernel.pending.shift()!.answer({ pid: 7 });
  shutdown.want('test');
  vi.advanceTimersByTime(8001);
  expect(kernel.rest).toEqual(['SIGKILL']);
  supervisor.exited(7, { signal: 'SIGKILL', number: 9, dumped: false });
  expect(supervisor.roster.restless()).toBe(0);
  kernel.childrenLeft = false;
  shutdown.childless();
  expect(ended()).toBe(1);
});

test('with nothing left to stop, the part that was taken down in the same turn costs no deadline', () => {
  const { kernel, shutdown, ended } = world((finished) => finished());
  shutdown.want('test');
  expect(kernel.rest).toEqual(['SIGTERM', 'SIGHUP', 'SIGCONT']);
  vi.advanceTimersByTime(8001);
  expect(kernel.rest.slice(3)).toEqual(['SIGKILL']);
  expect(ended()).toBe(0);
});

test('a stop plan that takes longer than the grace has its time', () => {
  const { kernel, supervisor, shutdown } = world();
  const steps = [{ signal: 'SIGUSR1', within: 10_000 }, { signal: 'SIGTERM', within: 5000 }];
  supervisor.add(definition({ policy: { ...PLAIN, stop: { steps, command: undefined, commandWithin: 0, group: false } } }));
  kernel.pending.shift()!.answer({ pid: 7 });
  shutdown.want('test');
  vi.advanceTimersByTime(10_001);
  expect(kernel.signals.map(([, signal]) => signal)).toEqual(['SIGUSR1', 'SIGCONT', 'SIGTERM', 'SIGCONT']);
  expect(kernel.rest).toEqual([]);
  vi.advanceTimersByTime(5001);
  expect(kernel.signals.at(-1)).toEqual([7, 'SIGKILL']);
});
