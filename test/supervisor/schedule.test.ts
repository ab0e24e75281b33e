import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { tell, type Report } from '../../src/core/messages.ts';
import { PLAIN, type Schedule } from '../../src/core/policy.ts';
import { createSchedules, type Schedules } from '../../src/supervisor/schedule.ts';
import { createSupervisor, type Supervisor } from '../../src/supervisor/supervisor.ts';
import * as cron from '../../src/timers/cron.ts';
import { definition } from '../help/definition.ts';
import { fakeKernel, type FakeKernel } from '../help/fake-kernel.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const START = Date.parse('2026-06-01T10:00:00Z');

beforeEach(() => void vi.useFakeTimers({ now: START }));
afterEach(() => void vi.useRealTimers());

type World = {
  kernel: FakeKernel; supervisor: Supervisor; schedules: Schedules; reports: Report[]; failures: string[];
  /** How often each was begun, and the wall time of each, without its date. */
  begun: string[];
  loads: () => number;
  /** Services that wait for what they need. */
  awaiting: Set<string>;
};

/** The wall clock and the monotonic one go on together; `setClock` moves the wall alone. */
function world(): World {
  const kernel = fakeKernel();
  Object.defineProperty(kernel, 'time', { get: () => performance.now() });
  const reports: Report[] = [];
  const failures: string[] = [];
  const begun: string[] = [];
  const report = (said: Report): void => void reports.push(said);
  const failed = (where: string, error: unknown): void => void failures.push(`${where}: ${String(error)}`);
  const supervisor = createSupervisor({ kernel, rule: 'n6', environment: () => [], wall: () => Date.now(), report, failed, forgotten: () => undefined });
  const awaiting = new Set<string>();
  let loads = 0;
  const schedules = createSchedules({
    supervisor, report, failed,
    wall: () => Date.now(),
    begin(name) {
      begun.push(`${name} ${new Date().toISOString().slice(11, 19)}`);
      supervisor.give(name, { type: 'onceWanted' });
    },
    isAwaiting: (name) => awaiting.has(name),
    loadCron() {
      loads++;
      return Promise.resolve(cron);
    },
  });
  return { kernel, supervisor, schedules, reports, failures, begun, awaiting, loads: () => loads };
}

const scheduled = (name: string, schedule: Schedule | undefined, fingerprint = '1'): ReturnType<typeof definition> =>
  definition({ name, fingerprint, policy: { ...PLAIN, kind: 'oneshot', restart: 'never', schedule } });
const crontab = (expression: string, zone = 'UTC'): Schedule => ({ cron: expression, zone });
/** Lets what was loaded arrive. */
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);
const setClock = (milliseconds: number): void => void vi.setSystemTime(Date.now() + milliseconds);
/** All that was started runs to its end at once. */
function finishAll({ kernel, supervisor }: World): void {
  let pid = 100;
  for (const { answer } of kernel.pending.splice(0)) {
    answer({ pid: ++pid });
    supervisor.exited(pid, { code: 0 });
  }
}
/** Minute by minute, each run ending at once. */
async function pass(it: World, milliseconds: number): Promise<void> {
  for (let left = milliseconds; left > 0; left -= MINUTE) {
    await vi.advanceTimersByTimeAsync(Math.min(left, MINUTE));
    finishAll(it);
  }
}

test('an interval begins the job again and again, counted from when it was first seen', async () => {
  const it = world();
  it.supervisor.add(scheduled('job', { every: 10 * MINUTE }));
  expect(it.kernel.pending).toEqual([]);
  expect(it.schedules.nextRun('job')).toBe('2026-06-01T10:10:00.000Z');
  await pass(it, 25 * MINUTE);
  expect(it.begun).toEqual(['job 10:10:00', 'job 10:20:00']);
  expect(it.schedules.nextRun('job')).toBe('2026-06-01T10:30:00.000Z');
  expect(it.loads()).toBe(0);
});

test('an interval does not begin with the rest of the millisecond in which it was first seen', async () => {
  const it = world();
  Object.defineProperty(it.kernel, 'time', { get: () => performance.now() + 0.4 });
  it.supervisor.add(scheduled('job', { every: 10 * MINUTE }));
  await pass(it, 9 * MINUTE);
  expect(it.begun).toEqual([]);
  await pass(it, 2 * MINUTE);
  expect(it.begun).toHaveLength(1);
});

test('a cron expression begins it at each of its times; the library is loaded once, when the first is seen', async () => {
  const it = world();
  expect(vi.getTimerCount()).toBe(0);
  it.supervisor.add(scheduled('five', crontab('*/5 * * * *')));
  it.supervisor.add(scheduled('hour', crontab('0 * * * *')));
  await settle();
  expect([it.schedules.nextRun('five'), it.schedules.nextRun('hour')]).toEqual(['2026-06-01T10:05:00.000Z', '2026-06-01T11:00:00.000Z']);
  expect(vi.getTimerCount()).toBe(1);
  await pass(it, 11 * MINUTE);
  expect(it.begun).toEqual(['five 10:05:00', 'five 10:10:00']);
  expect(it.loads()).toBe(1);
  expect(it.failures).toEqual([]);
});

test('a zone says whose clock is meant', async () => {
  const it = world();
  it.supervisor.add(scheduled('tokyo', crontab('0 20 * * *', 'Asia/Tokyo')));
  await settle();
  expect(it.schedules.nextRun('tokyo')).toBe('2026-06-01T11:00:00.000Z');
});

test('what is not at rest is skipped, told and counted', async () => {
  const it = world();
  it.supervisor.add(scheduled('job', { every: 10 * MINUTE }));
  await vi.advanceTimersByTimeAsync(10 * MINUTE);
  it.kernel.pending.shift()!.answer({ pid: 7 });
  await vi.advanceTimersByTimeAsync(10 * MINUTE);
  expect(it.begun).toEqual(['job 10:10:00']);
  expect(it.reports.map((report) => [tell(report).level, tell(report).service, tell(report).text]))
    .toEqual([['info', 'job', 'its time has come and it is still running, for 10m00s: this time is skipped']]);
  expect(it.schedules.of('job')?.skipped).toBe(1);
  it.supervisor.give('job', { type: 'downWanted' });
  await vi.advanceTimersByTimeAsync(10 * MINUTE);
  expect(tell(it.reports[1]!).text).toContain('still stopping');
  it.supervisor.exited(7, { code: 0 });
  await vi.advanceTimersByTimeAsync(10 * MINUTE);
  expect(it.begun).toEqual(['job 10:10:00', 'job 10:40:00']);
  expect(it.schedules.of('job')?.skipped).toBe(2);
});

test('what was asked for and waits for others is not asked for again', async () => {
  const it = world();
  it.supervisor.add(scheduled('job', { every: 10 * MINUTE }));
  it.awaiting.add('job');
  await pass(it, 10 * MINUTE);
  expect(it.begun).toEqual([]);
  expect(tell(it.reports[0]!).text).toBe('its time has come and it is still waiting for what it needs: this time is skipped');
  it.awaiting.delete('job');
  await pass(it, 10 * MINUTE);
  expect(it.begun).toEqual(['job 10:20:00']);
});

test('a rescan takes over what is new, what has changed and what has gone; nothing scheduled: no timer', async () => {
  const it = world();
  it.supervisor.add(scheduled('job', crontab('0 * * * *')));
  await settle();
  it.supervisor.redefine(scheduled('job', crontab('30 * * * *'), '2'));
  await settle();
  expect(it.schedules.nextRun('job')).toBe('2026-06-01T10:30:00.000Z');
  it.supervisor.redefine(scheduled('job', { every: HOUR }, '3'));
  expect(it.schedules.nextRun('job')).toBe('2026-06-01T11:00:00.000Z');
  it.supervisor.redefine(scheduled('job', undefined, '4'));
  expect(it.schedules.of('job')).toBeUndefined();
  expect(vi.getTimerCount()).toBe(0);
  it.supervisor.redefine(scheduled('job', crontab('30 * * * *'), '5'));
  await settle();
  it.supervisor.retire('job');
  expect(vi.getTimerCount()).toBe(0);
});

test('the same schedule in a directory that was edited keeps its rhythm', async () => {
  const it = world();
  it.supervisor.add(scheduled('job', { every: 10 * MINUTE }));
  await vi.advanceTimersByTimeAsync(5 * MINUTE);
  it.supervisor.redefine(scheduled('job', { every: 10 * MINUTE }, '2'));
  expect(it.schedules.nextRun('job')).toBe('2026-06-01T10:10:00.000Z');
});

test('what was taken away while the library was loading is not begun', async () => {
  const it = world();
  it.supervisor.add(scheduled('job', crontab('* * * * *')));
  it.supervisor.retire('job');
  await settle();
  expect(vi.getTimerCount()).toBe(0);
  expect(it.failures).toEqual([]);
});

test('a stop ends every timer, also of a job whose library is still loading', async () => {
  const it = world();
  it.supervisor.add(scheduled('a', { every: MINUTE }));
  it.supervisor.add(scheduled('b', crontab('* * * * *')));
  it.schedules.stop();
  await settle();
  it.supervisor.add(scheduled('c', { every: MINUTE }));
  expect(vi.getTimerCount()).toBe(0);
});

test('a mistake that nobody has found before is told, and the others go on', async () => {
  const it = world();
  it.supervisor.add(scheduled('wrong', crontab('61 * * * *')));
  it.supervisor.add(scheduled('nowhere', crontab('* * * * *', 'Mars/Olympus')));
  it.supervisor.add(scheduled('never', crontab('0 0 30 2 *')));
  it.supervisor.add(scheduled('right', crontab('* * * * *')));
  await settle();
  const told = it.reports.map(tell);
  expect(told.map(({ service, level }) => [service, level])).toEqual([['wrong', 'warn'], ['nowhere', 'warn'], ['never', 'warn']]);
  expect(told[0]!.text).toContain('61');
  expect(told[1]!.text).toContain('Mars/Olympus');
  expect(it.schedules.nextRun('never')).toBeNull();
  await pass(it, MINUTE);
  expect(it.begun).toEqual(['right 10:01:00']);
  expect(it.failures).toEqual([]);
});

test('a service whose definition has mistakes has no schedule', () => {
  const it = world();
  const job = scheduled('job', { every: MINUTE });
  it.supervisor.add({ ...job, policy: { ...job.policy, faults: ['service.yaml:1: wrong'] } });
  expect(it.schedules.of('job')).toBeUndefined();
  expect(vi.getTimerCount()).toBe(0);
});

test('a time that is further away than setTimeout can wait comes at its time', async () => {
  const it = world();
  it.supervisor.add(scheduled('yearly', crontab('0 10 1 8 *')));
  await settle();
  await vi.advanceTimersByTimeAsync(61 * 24 * HOUR - 1);
  expect(it.begun).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(it.begun).toEqual(['yearly 10:00:00']);
});

test('a timer that rings a moment early begins nothing before its time, and nothing twice', async () => {
  const it = world();
  it.supervisor.add(scheduled('job', crontab('* * * * *')));
  await settle();
  setClock(-2);
  await vi.advanceTimersByTimeAsync(MINUTE);
  expect(it.begun).toEqual([]);
  await vi.advanceTimersByTimeAsync(2);
  expect(it.begun).toEqual(['job 10:01:00']);
  finishAll(it);
  await vi.advanceTimersByTimeAsync(2 * MINUTE - 1);
  expect(it.begun).toEqual(['job 10:01:00', 'job 10:02:00']);
});

test('a clock that is set back comes to no minute twice, and leaves none out', async () => {
  const it = world();
  it.supervisor.add(scheduled('job', crontab('*/10 * * * *')));
  await settle();
  await pass(it, 31 * MINUTE);
  expect(it.begun).toEqual(['job 10:10:00', 'job 10:20:00', 'job 10:30:00']);
  setClock(-20 * MINUTE);
  await pass(it, 40 * MINUTE);
  expect(it.begun.slice(3)).toEqual(['job 10:40:00', 'job 10:50:00']);
});

test('a clock that goes back by years was wrong before: the new one holds', async () => {
  const it = world();
  it.supervisor.add(scheduled('job', crontab('0 * * * *')));
  await settle();
  await pass(it, 61 * MINUTE);
  setClock(-365 * 24 * HOUR);
  await pass(it, 2 * HOUR);
  expect(it.begun).toEqual(['job 11:00:00', 'job 12:00:00', 'job 13:00:00']);
});

test('a clock that is set forward is seen within an hour; all times that were passed over are one', async () => {
  const it = world();
  it.supervisor.add(scheduled('job', crontab('0 * * * *')));
  await settle();
  setClock(5 * HOUR + 30 * MINUTE);
  await pass(it, HOUR);
  expect(it.begun).toEqual(['job 16:30:00']);
  await pass(it, HOUR);
  expect(it.begun).toEqual(['job 16:30:00', 'job 17:00:00']);
});

test('an interval does not care about the wall clock, and makes up for nothing', async () => {
  const it = world();
  it.supervisor.add(scheduled('job', { every: 10 * MINUTE }));
  setClock(-5 * HOUR);
  await pass(it, 10 * MINUTE);
  expect(it.begun).toHaveLength(1);
  setClock(9 * HOUR);
  await pass(it, 9 * MINUTE);
  expect(it.begun).toHaveLength(1);
});

test('a hundred jobs of one minute begin together, each once, behind one timer', async () => {
  const it = world();
  for (let i = 0; i < 100; i++) it.supervisor.add(scheduled(`job-${i}`, crontab('* * * * *')));
  await settle();
  expect(vi.getTimerCount()).toBe(1);
  await pass(it, 2 * MINUTE);
  expect(it.begun).toHaveLength(200);
  expect(new Set(it.begun).size).toBe(200);
});
