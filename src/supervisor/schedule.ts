/** Begins oneshots when their time has come. One timer for the earliest of all; nothing scheduled: none. */
import type { Report } from '../core/messages.ts';
import { mayBegin, NEVER, skippedText, wrongSchedule, type Plan } from '../core/plan.ts';
import type { SavedSchedule } from '../core/persist/life.ts';
import type { Policy, Schedule } from '../core/policy.ts';
import type { Times } from '../timers/cron.ts';
import { followPolicies, picked } from './follow-policies.ts';
import type { Supervisor } from './supervisor.ts';

export type Schedules = Readonly<{
  /** undefined: it has no schedule. */
  of(name: string): Plan | undefined;
  /** ISO 8601; null: it has no schedule, or none that comes. */
  nextRun(name: string): string | null;
  save(): SavedSchedule[];
  /** Nothing begins any more. */
  stop(): void;
}>;

export type SchedulesOptions = Readonly<{
  supervisor: Supervisor;
  /** Milliseconds since 1970: what cron expressions are about. Intervals go by the supervisor's own clock, which does not jump. */
  wall(): number;
  /** Starts it once; called only for what is at rest and waits for nobody. */
  begin(name: string): void;
  /** Has it been asked for, and waits for what it needs? */
  isAwaiting(name: string): boolean;
  /** Asked for when the first cron expression is seen. */
  loadCron(): Promise<{ timesOf(expression: string, zone: string | undefined): Times }>;
  report(report: Report): void;
  failed(where: string, error: unknown): void;
  /** What an earlier life had come to; of schedules that are others now, nothing. */
  saved?: readonly SavedSchedule[] | undefined;
}>;

type Job = {
  readonly now: () => number;
  /** What its clock says, as milliseconds since 1970. */
  readonly onWall: (at: number) => number;
  readonly times: Times;
  /** By its clock; undefined: never again. */
  due: number | undefined;
  /** Times up to this one have had their turn, or were before it was seen. */
  had: number;
  /** When the clock was looked at last, in monotonic milliseconds. */
  seen: number;
};

/**
 * Milliseconds until the timer looks at the clock again. While the machine sleeps, and when somebody sets its clock forward, a timer comes too late:
 * by at most this. Also less than what setTimeout can wait for (2^31 - 1).
 */
const LONGEST_WAIT = 3_600_000;
/** A clock that goes back by less than this comes again to times that had their turn, and passes over them; further back, it was wrong before (cron(8)). */
const LONGEST_STEP_BACK = 3 * 3_600_000;

export function createSchedules(options: SchedulesOptions): Schedules {
  const { supervisor, wall, report, failed } = options;
  const jobs = new Map<string, Job>();
  const skipped = new Map<string, number>();
  const saved = new Map((options.saved ?? []).map((each) => [each.name, each]));
  let cron: ReturnType<SchedulesOptions['loadCron']> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const ofIntervals = { now: () => supervisor.now(), onWall: (at: number) => Math.round(wall() + at - supervisor.now()) };
  const ofCron = { now: wall, onWall: (at: number) => at };

  const wanted = (name: string): Schedule | undefined => picked(supervisor.roster.get(name), scheduleOf);

  async function awaitCron(name: string, schedule: Extract<Schedule, { cron: string }>): Promise<void> {
    const { timesOf } = await (cron ??= options.loadCron());
    // While it was loading, a rescan may have brought another schedule, or none.
    if (stopped || JSON.stringify(wanted(name)) !== JSON.stringify(schedule)) return;
    try {
      take(name, ofCron, timesOf(schedule.cron, schedule.zone), takeSaved(name));
    } catch (error) {
      note(name, 'warn', wrongSchedule(error instanceof Error ? error.message : String(error)));
    }
    arm();
  }

  /** What is known of it from an earlier life, once. */
  function takeSaved(name: string): SavedSchedule | undefined {
    const known = saved.get(name);
    saved.delete(name);
    return known?.schedule === JSON.stringify(wanted(name)) ? known : undefined;
  }

  function take(name: string, clock: Pick<Job, 'now' | 'onWall'>, times: Times, known: SavedSchedule | undefined): void {
    const job: Job = { ...clock, times, due: undefined, had: known?.had ?? clock.now(), seen: supervisor.now() };
    if (known !== undefined && known.skipped > 0) skipped.set(name, known.skipped);
    plan(job, job.had);
    jobs.set(name, job);
    if (job.due === undefined) note(name, 'warn', NEVER);
  }

  function takeIntervals(name: string, every: number): void {
    const known = takeSaved(name);
    take(name, ofIntervals, intervals(every, known?.due === undefined ? supervisor.now() : known.due - every), known);
  }

  function plan(job: Job, from: number): void {
    if (job.had - from > LONGEST_STEP_BACK) job.had = -Infinity;
    job.due = job.times(Math.max(from, job.had));
    job.seen = supervisor.now();
  }

  function arm(): void {
    if (timer !== undefined) clearTimeout(timer);
    let wait = Infinity;
    for (const { due, now } of jobs.values()) if (due !== undefined) wait = Math.min(wait, due - now());
    timer = wait === Infinity ? undefined : setTimeout(ring, Math.min(LONGEST_WAIT, Math.max(0, Math.ceil(wait))));
  }

  function ring(): void {
    timer = undefined;
    for (const [name, job] of jobs) {
      try {
        look(name, job);
      } catch (error) {
        job.due = undefined;
        failed(`the schedule of ${name}`, error);
      }
    }
    arm();
  }

  /**
   * However late it is, one turn for all times that have passed. Where nothing was due the clock may have been set back meanwhile: looked for is
   * then what has come since the last look, as this clock tells it.
   */
  function look(name: string, job: Job): void {
    const now = job.now();
    const { due } = job;
    if (due === undefined || due > now) return plan(job, now - (supervisor.now() - job.seen));
    job.had = due;
    plan(job, now);
    turn(name);
  }

  function turn(name: string): void {
    const service = supervisor.roster.get(name);
    if (service === undefined) return;
    const isAwaiting = options.isAwaiting(name);
    if (mayBegin(service) && !isAwaiting) return options.begin(name);
    skipped.set(name, (skipped.get(name) ?? 0) + 1);
    note(name, 'info', skippedText(service, isAwaiting, supervisor.now()));
  }

  const note = (service: string, level: 'warn' | 'info', text: string): void => report({ type: 'note', level, service, text });

  function of(name: string): Plan | undefined {
    const job = jobs.get(name);
    return wanted(name) === undefined ? undefined : { next: job?.due === undefined ? undefined : job.onWall(job.due), skipped: skipped.get(name) ?? 0 };
  }

  const unfollow = followPolicies(supervisor, scheduleOf, (name, schedule) => {
    jobs.delete(name);
    if (schedule === undefined) skipped.delete(name);
    else if ('every' in schedule) takeIntervals(name, schedule.every);
    else awaitCron(name, schedule).catch((error: unknown) => failed(`the schedule of ${name}`, error));
    arm();
  });

  return {
    of,
    nextRun(name) {
      const next = of(name)?.next;
      return next === undefined ? null : new Date(next).toISOString();
    },
    save: () => [...jobs].map(([name, { due, had }]) => ({ name, schedule: JSON.stringify(wanted(name)), due, had, skipped: skipped.get(name) ?? 0 })),
    stop() {
      stopped = true;
      unfollow();
      jobs.clear();
      arm();
    },
  };
}

const scheduleOf = ({ schedule }: Policy): Schedule | undefined => schedule;

/** In whole milliseconds, so that a time is never found twice because of a rounding; the first is one interval away, not the rest of this millisecond. */
function intervals(every: number, from: number): Times {
  const began = Math.ceil(from);
  return (after) => began + every * Math.max(1, Math.floor((Math.floor(after) - began) / every) + 1);
}
