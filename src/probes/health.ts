/** Whether a service is healthy: what a probe finds, what its own heartbeat says, or both. */
import type { Health } from '../core/policy.ts';
import { keepAsking, type Try } from './asking.ts';
import { noHeartbeat, TRIGGERED } from './sentences.ts';

export type HealthWatch = Readonly<{
  /** A heartbeat, or what the service says in its place. */
  heard(watchdog: 'alive' | 'trigger'): void;
  /** From now on a heartbeat is expected in this many milliseconds. */
  expectEvery(milliseconds: number): void;
  stop(): void;
}>;

export type HealthOptions = Readonly<{
  health: Health;
  /** undefined: the heartbeat alone. */
  attempt: Try | undefined;
  /** Of the service, for the time of its first check: a thousand of them are not all checked at once. */
  name: string;
  /** When failures begin to count, and now; monotonic milliseconds. */
  countsFrom: number;
  now(): number;
  /** What was told before this watch began: after a pause it goes on from there. */
  known: boolean | undefined;
  /** Another result than before. */
  changed(healthy: boolean, detail: string): void;
}>;

export function watchHealth({ health, attempt, name, countsFrom, now, known, changed }: HealthOptions): HealthWatch {
  // One of them that has not been heard of yet is neither.
  const verdicts: { probe?: boolean | undefined; heartbeat?: boolean | undefined } = {};
  if (attempt !== undefined) verdicts.probe = undefined;
  if (health.watchdog !== undefined) verdicts.heartbeat = undefined;
  let told = known;
  let failures = 0;
  let within = health.watchdog ?? 0;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  function conclude(part: 'probe' | 'heartbeat', healthy: boolean, detail: string): void {
    verdicts[part] = healthy;
    const all = Object.values(verdicts);
    const result = all.includes(false) ? false : all.includes(undefined) ? told : true;
    if (result === undefined || result === told) return;
    told = result;
    changed(result, result ? '' : detail);
  }

  function answered(failure: string | undefined): void {
    if (failure === undefined) {
      failures = 0;
      return conclude('probe', true, '');
    }
    if (now() < countsFrom) return;
    failures++;
    if (failures >= health.retries) conclude('probe', false, failure);
  }

  function expect(): void {
    clearTimeout(timer);
    timer = setTimeout(() => conclude('heartbeat', false, noHeartbeat(within)), Math.max(within, countsFrom - now()));
  }

  const stopAsking = attempt === undefined ? undefined : keepAsking(attempt, health, share(name) * health.interval, answered);
  if (health.watchdog !== undefined) expect();

  return {
    heard(watchdog) {
      if (health.watchdog === undefined || stopped) return;
      expect();
      conclude('heartbeat', watchdog === 'alive', TRIGGERED);
    },
    expectEvery(milliseconds) {
      if (health.watchdog === undefined || stopped) return;
      within = milliseconds;
      expect();
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
      stopAsking?.();
    },
  };
}

/** The same number for the same name, from 0 up to 1, and spread evenly over many names (FNV-1a). */
export function share(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  // Names that end in counting numbers differ in few bits: mixed once more, so that they are not neighbours.
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}
