/** What an observer sees of a service: derived, never stored. */
import { exitFields } from './announcements.ts';
import type { Goal } from './commands.ts';
import { announcesReadiness, type Definition } from './definition.ts';
import { triesOf, whyNotUp } from './explain.ts';
import type { In, Service, State, StateName } from './state.ts';
import { isoTime, type Moment } from './times.ts';

export { isoTime, type Moment } from './times.ts';

/** THE list of public states (architecture, "The loop"). */
export const PUBLIC_STATES = ['down', 'starting', 'up', 'ready', 'done', 'stopping', 'backing-off', 'failed'] as const;
export type PublicState = (typeof PUBLIC_STATES)[number];

/** One service as `svc status --json` and the API show it. Times are ISO 8601, durations seconds. */
export type Status = Readonly<{
  name: string;
  /** What `service.yaml` calls it; empty: nothing. */
  description: string;
  state: PublicState;
  wanted: 'up' | 'once' | 'down';
  pid: number | null;
  paused: boolean;
  /** Since when it is in this state. */
  since: string;
  /** Seconds that `run` has been running; null while it does not. */
  uptime: number | null;
  restarts: number;
  lastExit: Readonly<{ exitCode?: number; signal?: string; at: string }> | null;
  /** The directory was edited since this life began: a restart would take the new one. */
  stale: boolean;
  /** Why it is not up, or what it waits for; empty when there is nothing to say. */
  why: string;
  /** When its schedule starts it next; null: it has none, or none that comes. */
  nextRun: string | null;
  /** How many times of its schedule were skipped, because it was not at rest. */
  skipped: number;
  /** What its health check says in this life; null: nothing yet, or there is none. */
  health: 'healthy' | 'unhealthy' | null;
  /** Failures so far and how many make it give up, or starts by itself in a row; null without a policy that counts. */
  tries: Readonly<{ count: number; limit: number | null }> | null;
  /** When it is started again; null where it waits for no time. */
  nextTry: string | null;
  /** What is wrong with the file that a template makes for it, so that it goes on with the last good one; empty: nothing. */
  degraded: string;
  /** How the last reload went, as far as anybody looked; null before the first. */
  reload: Readonly<{ at: string; ok: boolean; detail: string }> | null;
}>;

export function statusOf(service: Service, now: Moment): Status {
  const { state, definition } = service;
  const alive = state.name === 'running' || state.name === 'stopping';
  return {
    name: definition.name,
    description: definition.policy.description ?? '',
    state: publicState(state, definition),
    wanted: service.wanted,
    pid: 'pid' in state ? state.pid : null,
    paused: state.name === 'running' && state.paused,
    since: isoTime(service.since, now),
    uptime: alive ? Math.max(0, (now.monotonic - service.startedAt) / 1000) : null,
    restarts: service.restarts,
    lastExit: service.lastExit === undefined ? null : { ...exitFields(service.lastExit), at: isoTime(service.diedAt, now) },
    stale: service.nextDefinition !== undefined,
    why: whyNotUp(service, now.monotonic),
    nextRun: null,
    skipped: 0,
    health: state.name === 'running' ? state.health ?? null : null,
    tries: triesOf(service),
    degraded: '',
    nextTry: state.name === 'backingOff' ? isoTime(state.until, now) : null,
    reload: service.reload === undefined ? null : reloadOf(service.reload, now),
  };
}

const reloadOf = ({ at, failure }: NonNullable<Service['reload']>, now: Moment): NonNullable<Status['reload']> =>
  ({ at: isoTime(at, now), ok: failure === undefined, detail: failure === undefined ? '' : `${failure.step}: ${failure.detail}` });

const PLAIN: { [N in Exclude<StateName, 'running' | 'spawning'>]: PublicState } = {
  down: 'down',
  backingOff: 'backing-off',
  stopping: 'stopping',
  finishing: 'stopping',
  failed: 'failed',
  done: 'done',
};

/** A service that can say when it is ready is `starting` until it has; a oneshot, until it is done. */
function publicState(state: State, definition: Definition): PublicState {
  if (state.name === 'spawning') return state.program === 'run' ? 'starting' : 'stopping';
  if (state.name !== 'running') return PLAIN[state.name];
  if (state.ready && definition.policy.kind === 'longrun') return 'ready';
  return announcesReadiness(definition) || definition.policy.kind === 'oneshot' ? 'starting' : 'up';
}

/**
 * Has the wish come true? `failed` tells a waiter to stop waiting: it will not come true by itself.
 * `ready` is, as in s6-svc(8) -wU, the same as `up` for a service that never says so; `healthy`, the same as `ready` for one
 * without a health check. A oneshot is all of them when it is done, and none before.
 */
export function reached(goal: Goal, service: Service): 'yes' | 'not yet' | 'failed' {
  const { state } = service;
  if (goal === 'down') return state.name === 'down' || state.name === 'failed' ? 'yes' : 'not yet';
  if (state.name === 'done' || (state.name === 'running' && isAsWished(goal, state, service))) return 'yes';
  if (state.name === 'failed') return 'failed';
  return state.name === 'backingOff' && state.failure?.hopeless === true ? 'failed' : 'not yet';
}

function isAsWished(goal: Exclude<Goal, 'down'>, { ready, health }: In<'running'>['state'], { definition }: Service): boolean {
  if (definition.policy.kind === 'oneshot') return false;
  if (goal === 'up') return true;
  return (ready || !announcesReadiness(definition)) && (goal === 'ready' || definition.policy.health === undefined || health === 'healthy');
}
