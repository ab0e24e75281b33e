/** Is all well? One answer for Docker's HEALTHCHECK and the probes of Kubernetes: `GET /v1/health`, `svc health`. Pure. */
import type { PublicState, Status } from '../core/status.ts';

/** THE list of levels; what is ready is alive, too. */
export const HEALTH_LEVELS = {
  alive: 'the supervisor answers, and nothing has failed for good or is unhealthy',
  ready: 'the same, everything that is wanted up is up, ready or done, and neither the boot nor a shutdown is going on',
} as const;
export type HealthLevel = keyof typeof HEALTH_LEVELS;
/** Unless a level is asked for: what depends on this container wants to know whether it can be used. */
export const DEFAULT_LEVEL: HealthLevel = 'ready';
export const HEALTH_LEVEL_NAMES = Object.keys(HEALTH_LEVELS) as HealthLevel[];
export const isHealthLevel = (name: string): name is HealthLevel => Object.hasOwn(HEALTH_LEVELS, name);

/** One service as the answer has it. */
export type ServiceHealth = Readonly<{ name: string; state: PublicState; why: string }>;

export type Health = Readonly<{
  healthy: boolean;
  /** Services that count: those that are to be up and those that have failed, or those that were named. */
  services: readonly ServiceHealth[];
  /** Those of them that are not well. */
  unwell: readonly ServiceHealth[];
  /** What is not well with the supervisor itself; undefined: nothing. */
  reason: string | undefined;
}>;

export type HealthQuestion = Readonly<{
  level: HealthLevel;
  /** Somebody asks about these alone: they count whether they are wanted up or not. */
  named: boolean;
  shuttingDown: boolean;
  /** The boot, or a change of what is up, is being carried out. */
  changing: boolean;
}>;

export function healthOf(statuses: readonly Status[], { level, named, shuttingDown, changing }: HealthQuestion): Health {
  const counted = statuses.filter((status) => named || counts(status));
  const unwell = counted.filter((status) => !isAlive(status) || (level === 'ready' && !isUp(status)));
  const busy = shuttingDown ? 'the supervisor is shutting down' : changing ? 'services are being brought up or down' : undefined;
  const reason = level === 'alive' ? undefined : busy;
  return { healthy: unwell.length === 0 && reason === undefined, services: counted.map(brief), unwell: unwell.map(brief), reason };
}

/** What has failed was wanted; stopped on purpose it would be down. What a schedule starts tries again by itself. */
const counts = ({ wanted, state, nextRun }: Status): boolean => wanted === 'up' || (state === 'failed' && nextRun === null);

/** For `svc status`, too: a oneshot that is done counts as up. */
export const isUp = ({ state }: Pick<Status, 'state'>): boolean => state === 'up' || state === 'ready' || state === 'done';

const isAlive = ({ state, health }: Status): boolean => state !== 'failed' && health !== 'unhealthy';

const brief = ({ name, state, why }: Status): ServiceHealth => ({ name, state, why });

/** `not ready: web is backing-off (exit 1 after 300 ms, next try in 7 s), db is down`. */
export function notWell(level: HealthLevel, { unwell, reason }: Health): string {
  const parts = unwell.slice(0, MOST).map(({ name, state, why }) => `${name} is ${state}${why === '' ? '' : ` (${why})`}`);
  const rest = unwell.length > MOST ? [`${unwell.length - MOST} more`] : [];
  return `not ${level}: ${[...(reason === undefined ? [] : [reason]), ...parts, ...rest].join(', ')}`;
}

/** Services that a sentence names; the list is beside it. */
const MOST = 20;
