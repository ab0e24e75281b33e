/** What an observer sees of a service: derived, never stored. */
import { exitFields } from './announcements.ts';
import type { Goal } from './commands.ts';
import type { Service, State, StateName } from './service.ts';
import { whyNotUp } from './messages.ts';

/** THE list of public states (architecture, "The loop"). */
export const PUBLIC_STATES = ['down', 'starting', 'up', 'ready', 'stopping', 'backing-off', 'failed', 'done'] as const;
export type PublicState = (typeof PUBLIC_STATES)[number];

/** One service as `svc status --json` and the API show it. Times are ISO 8601, durations seconds. */
export type Status = Readonly<{
  name: string;
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
}>;

/** Both clocks at one moment: every monotonic stamp of a service becomes wall time through it. */
export type Moment = Readonly<{ monotonic: number; wall: number }>;

export function statusOf(service: Service, now: Moment): Status {
  const { state, definition } = service;
  const alive = state.name === 'running' || state.name === 'stopping';
  return {
    name: definition.name,
    state: publicState(state, definition.notificationDescriptor !== undefined),
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
  };
}

const PLAIN: { [N in Exclude<StateName, 'running' | 'spawning'>]: PublicState } = {
  down: 'down',
  backingOff: 'backing-off',
  stopping: 'stopping',
  finishing: 'stopping',
  failed: 'failed',
  done: 'done',
};

/** A service that can say when it is ready is `starting` until it has. */
function publicState(state: State, announcesReadiness: boolean): PublicState {
  if (state.name === 'spawning') return state.program === 'run' ? 'starting' : 'stopping';
  if (state.name !== 'running') return PLAIN[state.name];
  if (state.ready) return 'ready';
  return announcesReadiness ? 'starting' : 'up';
}

/**
 * Has the wish come true? `failed` tells a waiter to stop waiting: it will not come true by itself.
 * `ready` is, as in s6-svc(8) -wU, the same as `up` for a service that never says so.
 */
export function reached(goal: Goal, service: Service): 'yes' | 'not yet' | 'failed' {
  const { state } = service;
  if (goal === 'down') return state.name === 'down' || state.name === 'failed' ? 'yes' : 'not yet';
  const announcesReadiness = service.definition.notificationDescriptor !== undefined;
  if (state.name === 'running' && (goal === 'up' || state.ready || !announcesReadiness)) return 'yes';
  if (state.name === 'failed') return 'failed';
  return state.name === 'backingOff' && state.failure?.hopeless === true ? 'failed' : 'not yet';
}

export const isoTime = (monotonic: number, now: Moment): string => new Date(now.wall - (now.monotonic - monotonic)).toISOString();
