/**
 * What becomes of a service that has ended by itself, or could not be started: the policy of `service.yaml`, and, where it says nothing, the
 * container's rule (contract section 10).
 */
import type { SpawnFailure } from './events.ts';
import { exitName } from './exit.ts';
import type { Backoff } from './policy.ts';
import { earliestRestart, RETRY_HOPELESS, RETRY_TEMPORARY } from './restart.ts';
import type { FailureReason, Service } from './state.ts';

/** Milliseconds of a life that clears what is counted, where `backoff` does not say how long. */
export const RESET_AFTER = 10_000;
/** Milliseconds that a back-off waits at least, but for the first restart: whatever is written, it is no busy loop. */
export const SHORTEST_BACKOFF = 10;

export type Verdict =
  | { name: 'again'; until: number; tries: number; failures: readonly number[] }
  /** It was a success, and that is all that was wanted. */
  | { name: 'down' | 'done' }
  | { name: 'failed'; why: FailureReason; tries: number; failures: readonly number[] };

/** It has ended, its `finish` too. */
export function judgeEnd(service: Service, at: number): Verdict {
  const { definition: { policy }, condemned, lastExit } = service;
  const failed = condemned !== undefined || lastExit === undefined || !policy.successes.includes(exitName(lastExit));
  if (!failed && policy.kind === 'oneshot') return { name: 'done' };
  if (!failed && policy.restart !== 'always') return { name: 'down' };
  const stable = service.diedAt - service.startedAt >= (policy.backoff?.resetAfter ?? RESET_AFTER);
  return judge(service, at, failed, stable, (tries) =>
    (policy.backoff === undefined ? earliestRestart(service.rule, service) : service.endedAt + delayOf(policy.backoff, tries, chanceOf(service, at))));
}

/** Its `run` could not be started: a failure that waits at least a second. */
export function judgeStart(service: Service, at: number, failure: SpawnFailure): Verdict {
  const { backoff } = service.definition.policy;
  // An earlier life still has its lock: this is waiting, not failing.
  if (failure.step === 'lock') return { name: 'again', until: at + RETRY_TEMPORARY, tries: service.tries, failures: service.failures };
  return judge(service, at, true, false, (tries) => {
    if (backoff === undefined) return at + (failure.hopeless ? RETRY_HOPELESS : RETRY_TEMPORARY);
    return at + Math.max(RETRY_TEMPORARY, delayOf(backoff, tries, chanceOf(service, at)));
  });
}

function judge(service: Service, at: number, failed: boolean, stable: boolean, untilOf: (tries: number) => number): Verdict {
  const { backoff, giveUp, restart } = service.definition.policy;
  const tries = backoff === undefined && giveUp === undefined ? 0 : (stable ? 0 : service.tries) + 1;
  const failures = giveUp === undefined ? [] : counted(service.failures, at, failed, stable, giveUp.within);
  if (failed && restart === 'never') return { name: 'failed', why: 'not restarted', tries, failures };
  if (failed && giveUp !== undefined && failures.length >= giveUp.after) return { name: 'failed', why: 'gave up', tries, failures };
  return { name: 'again', until: untilOf(tries), tries, failures };
}

/** In a row, a success or a long life clears them; within a time, that time alone does. */
function counted(failures: readonly number[], at: number, failed: boolean, stable: boolean, within: number | undefined): readonly number[] {
  const earlier = within !== undefined ? failures.filter((time) => time > at - within) : stable || !failed ? [] : failures;
  return failed ? [...earlier, at] : earlier;
}

/** Milliseconds before the `tries`-th restart in a row. `chance`: 0 to 1, for the jitter. */
export function delayOf({ initial, factor, max, jitter }: Backoff, tries: number, chance: number): number {
  if (tries <= 1) return 0;
  const delay = Math.min(max, initial * factor ** (tries - 2));
  return Math.max(SHORTEST_BACKOFF, Math.round(delay * (1 + jitter * (2 * chance - 1))));
}

/** A core without chance: what differs between two services, and between two lives of one, spreads their starts (FNV-1a). */
function chanceOf({ definition, startedAt, diedAt, group }: Service, at: number): number {
  let hash = 0x811c9dc5;
  for (const letter of `${definition.name} ${startedAt} ${diedAt} ${at} ${group}`) hash = Math.imul(hash ^ letter.codePointAt(0)!, 0x01000193);
  // The last letters have hardly reached the upper bits yet.
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}
