/** The supervisor as the doors see it. */
import type { Backend, PublicEvent, RescanOutcome, SupervisorInfo } from '../control/backend.ts';
import type { Announcement } from '../core/announcements.ts';
import { COMMANDS } from '../core/commands.ts';
import { withPlan, type Plan } from '../core/plan.ts';
import type { Service } from '../core/service.ts';
import { statusOf, type Moment, type Status } from '../core/status.ts';
import type { Changes } from './changes.ts';
import { graphBackend } from './graph-backend.ts';
import type { Supervisor } from './supervisor.ts';
import { waitFor } from './waiting.ts';

export type BackendOptions = Readonly<{
  info(): SupervisorInfo;
  moment(): Moment;
  rescan(): RescanOutcome;
  shutdown(reason: string): void;
  /** undefined: nothing has dependencies. */
  changes(): Changes | undefined;
  /** When a service with a schedule starts next; undefined: it has none. */
  planOf(name: string): Plan | undefined;
  /** What an agent's handler was called with, as announcements; throws TypeError for a source nobody knows. */
  translate(source: string, payload: Parameters<Backend['poke']>[1]): readonly Announcement[];
}>;

export function createBackend(supervisor: Supervisor, options: BackendOptions): Backend {
  const { roster, journal } = supervisor;
  const shown = (service: Service, now: Moment): Status => withPlan(statusOf(service, now), options.planOf(service.definition.name), now.wall);
  return {
    info: () => options.info(),
    statuses() {
      const now = options.moment();
      return roster.all().map((service) => shown(service, now));
    },
    status(name) {
      const service = roster.get(name);
      return service === undefined ? undefined : shown(service, options.moment());
    },
    command(name, command, signal) {
      const { event, goal } = COMMANDS[command];
      // During the ordered shutdown nothing is started any more; the wish is heard and has no effect.
      if (goal === 'up' && options.info().shuttingDown) return roster.get(name) !== undefined;
      return event === 'signalWanted'
        ? supervisor.give(name, { type: event, signal: signal ?? 'SIGTERM' })
        : supervisor.give(name, { type: event });
    },
    waitFor: (name, goal, timeout, abort) => waitFor(supervisor, name, goal, timeout, abort),
    rescan: () => Promise.resolve(options.rescan()),
    shutdown: (reason) => options.shutdown(reason),
    poke: (source, payload): PublicEvent[] => options.translate(source, payload).map((announcement) => journal.announce(announcement)),
    graph() {
      const changes = options.changes();
      return changes === undefined ? undefined : graphBackend(changes);
    },
    subscribe: (listener) => journal.subscribe(listener),
    recent: () => journal.recent(),
  };
}
