/** `legacy-services` (spec 4.3 item 7): everything in /etc/services.d, and what scripts have linked into the scan directory. */
import { reached } from '../../core/status.ts';
import type { Service } from '../../core/state.ts';
import type { Supervisor } from '../../supervisor/supervisor.ts';
import { atRest } from '../../supervisor/roster.ts';

export type Legacy = Readonly<{
  /**
   * Calls back when every one of `names` is up, and ready where it can say so; false: not in time, or one never will be.
   * Gives the way to stop waiting, which calls back with false.
   */
  awaitUp(names: readonly string[], limit: number | undefined, done: (all: boolean) => void): () => void;
  /** Asks every one of `names` to stop and calls back when they are at rest, or at the limit. */
  stop(names: readonly string[], limit: number | undefined, done: () => void): void;
}>;

type Judge = (service: Service | undefined) => 'yes' | 'no' | 'not yet';

export function createLegacy(supervisor: Supervisor): Legacy {
  /** Woken by changes of services alone; one look at each of `names` per change of one of them. */
  function until(names: readonly string[], judge: Judge, limit: number | undefined, done: (all: boolean) => void): () => void {
    const left = new Set(names);
    let failed = false;
    let timer: NodeJS.Timeout | undefined;
    let over = false;
    const end = (all: boolean): void => {
      if (over) return;
      over = true;
      if (timer !== undefined) clearTimeout(timer);
      unwatch();
      done(all);
    };
    const look = (name: string, service: Service | undefined): void => {
      if (!left.has(name)) return;
      const answer = judge(service);
      if (answer === 'not yet') return;
      left.delete(name);
      if (answer === 'no') failed = true;
      if (left.size === 0) end(!failed);
    };
    const unwatch = supervisor.watch(look);
    for (const name of names) look(name, supervisor.roster.get(name));
    if (left.size === 0) end(!failed);
    else if (limit !== undefined && limit > 0) timer = setTimeout(() => end(false), limit);
    return () => end(false);
  }

  return {
    awaitUp: (names, limit, done) => until(names, (service) => {
      if (service === undefined) return 'no';
      const answer = reached('ready', service);
      return answer === 'yes' ? 'yes' : answer === 'failed' ? 'no' : 'not yet';
    }, limit, done),
    stop(names, limit, done) {
      for (const name of names) supervisor.stop(name);
      until(names, (service) => (service === undefined || atRest(service) ? 'yes' : 'not yet'), limit, () => done());
    },
  };
}
