/** Clients that wait for a service to reach a goal: woken by its changes, never by a clock of their own but their time limit. */
import type { WaitOutcome } from '../control/backend.ts';
import type { Goal } from '../core/commands.ts';
import type { Service } from '../core/service.ts';
import { reached } from '../core/status.ts';
import type { Supervisor } from './supervisor.ts';

/** `judge`: what may know more than a service itself: that it is started as soon as something else is there, or never. */
export function waitFor(
  supervisor: Supervisor, name: string, goal: Goal, timeout: number | undefined, abort: AbortSignal, judge: typeof reached = reached,
): Promise<WaitOutcome> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    const end = (outcome: WaitOutcome): void => {
      if (timer !== undefined) clearTimeout(timer);
      unwatch();
      abort.removeEventListener('abort', giveUp);
      resolve(outcome);
    };
    const giveUp = (): void => end('timed out');
    const look = (service: Service | undefined): void => {
      if (service === undefined) return end(goal === 'down' ? 'reached' : 'removed');
      const answer = judge(goal, service);
      if (answer !== 'not yet') end(answer === 'yes' ? 'reached' : 'failed');
    };
    // Another one that has failed may be what this one waits for.
    const unwatch = supervisor.watch((changed, service) => {
      if (changed === name) look(service);
      else if (service?.state.name === 'failed') look(supervisor.roster.get(name));
    });
    if (abort.aborted) return giveUp();
    abort.addEventListener('abort', giveUp);
    if (timeout !== undefined) timer = setTimeout(giveUp, timeout);
    look(supervisor.roster.get(name));
  });
}

/**
 * Calls back when no start is in flight any more: what could be started has been, or has failed. `ordered`: how many
 * starts have been decided and not been asked for yet.
 */
export function whenSettled(supervisor: Supervisor, ordered: () => number, act: () => void): void {
  const settled = (): boolean => supervisor.roster.spawning() + ordered() === 0;
  if (settled()) return act();
  const unwatch = supervisor.watch(() => {
    if (!settled()) return;
    unwatch();
    act();
  });
}
