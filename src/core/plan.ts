/** Oneshots that begin by themselves: may one begin now, and what is said about it? */
import { seconds } from './messages.ts';
import type { Service } from './state.ts';
import type { Status } from './status.ts';

/** What is known of a service with a schedule. `next`: milliseconds since 1970; undefined: not known yet, or never. */
export type Plan = Readonly<{ next: number | undefined; skipped: number }>;

/** At rest: nobody has asked for it, or it is over. */
export const mayBegin = ({ state, wanted }: Service): boolean =>
  state.name === 'done' || state.name === 'failed' || (state.name === 'down' && wanted === 'down');

/** Why a time was skipped. `now`: monotonic milliseconds. */
export function skippedText({ state, since, startedAt }: Service, isAwaiting: boolean, now: number): string {
  const why = state.name === 'running' ? `still running, for ${seconds(now - startedAt)}`
    : isAwaiting || state.name === 'down' ? 'still waiting for what it needs'
      : `still ${BUSY[state.name]}, for ${seconds(now - since)}`;
  return `its time has come and it is ${why}: this time is skipped`;
}

const BUSY: Readonly<Record<Exclude<Service['state']['name'], 'running' | 'down'>, string>> = {
  spawning: 'starting', stopping: 'stopping', finishing: 'stopping', backingOff: 'waiting for its next try', done: 'done', failed: 'failed',
};

export const wrongSchedule = (reason: string): string => `its schedule cannot be understood: ${reason}; it is not started by itself, see: svc check`;
export const NEVER = 'its schedule has no time that ever comes; it is not started by itself, correct it: a day such as 30 February does not exist';

/** What the paragraph of `svc why` says of it; begins with a blank, empty where there is nothing to say. `wall`: milliseconds since 1970, now. */
export function planText(plan: Plan | undefined, wall: number): string {
  if (plan?.next === undefined) return '';
  const skips = plan.skipped === 0 ? '' : ` It was not at rest at ${plan.skipped} of its times, which were skipped.`;
  return ` Its schedule begins it in ${seconds(Math.max(0, plan.next - wall))}, at ${new Date(plan.next).toISOString()}.${skips}`;
}

/** A status with what the schedule adds. `wall`: milliseconds since 1970, now. */
export function withPlan(status: Status, plan: Plan | undefined, wall: number): Status {
  if (plan === undefined) return status;
  const { next, skipped } = plan;
  if (next === undefined) return { ...status, skipped };
  const comes = `next run in ${seconds(Math.max(0, next - wall))}`;
  const why = status.pid !== null ? status.why : status.lastExit === null || status.why === '' ? comes : `${status.why}, ${comes}`;
  return { ...status, skipped, why, nextRun: new Date(next).toISOString() };
}
