/** The supervisor as the doors see it. */
import type { Backend, PublicEvent, RescanOutcome, SupervisorInfo } from '../control/backend.ts';
import type { LogsBackend } from '../control/logs.ts';
import type { Announcement } from '../core/announcements.ts';
import { COMMANDS } from '../core/commands.ts';
import { waitsForText } from '../core/change-messages.ts';
import type { Goal } from '../core/commands.ts';
import { planText, withPlan, type Plan } from '../core/plan.ts';
import type { Service } from '../core/service.ts';
import { reached, statusOf, type Moment, type PublicState, type Status } from '../core/status.ts';
import { noUsage, type Owner, type Usage } from '../core/usage.ts';
import type { Surveyor } from '../launch/launcher.ts';
import { degradedParagraph, degradedText } from '../core/template-messages.ts';
import type { Templates } from '../templates/port.ts';
import type { Changes } from './changes.ts';
import { graphBackend } from './graph-backend.ts';
import { runEnvironment } from './run-environment.ts';
import type { Supervisor } from './supervisor.ts';
import type { Counts } from './tally.ts';
import { waitFor } from './waiting.ts';
import { whyOf } from './why.ts';

export type BackendOptions = Readonly<{
  info(): Omit<SupervisorInfo, 'seq'>;
  moment(): Moment;
  rescan(): RescanOutcome;
  shutdown(reason: string): void;
  reexecute(): Promise<string | undefined>;
  changes: Changes;
  logs(): Promise<LogsBackend>;
  /** As OpenMetrics text. */
  metrics(info: SupervisorInfo, statuses: readonly Status[], counts: Counts): Promise<string>;
  /** undefined: there are none. */
  templates?(): Templates | undefined;
  /** What the processes of these use; undefined: it cannot be known here. */
  usages(owners: readonly Owner[]): Promise<readonly Usage[] | undefined>;
  launcher: Surveyor;
  /** When a service with a schedule starts next; undefined: it has none. */
  planOf(name: string): Plan | undefined;
  /** What an agent's handler was called with, as announcements; throws TypeError for a source nobody knows. */
  translate(source: string, payload: Parameters<Backend['poke']>[1]): readonly Announcement[];
}>;

export function createBackend(supervisor: Supervisor, options: BackendOptions): Backend {
  const { roster, journal } = supervisor;
  const { changes } = options;

  const wrong = (name: string): ReturnType<Templates['wrong']> => options.templates?.()?.wrong(name);
  const show = (service: Service, now: Moment): Status => {
    const status = withPlan(shown(service, now), options.planOf(service.definition.name), now.wall);
    const ill = wrong(status.name);
    if (ill === undefined) return status;
    const degraded = degradedText(ill.name, ill.failure, ill.tries, ill.next === undefined ? undefined : ill.next - now.monotonic);
    return { ...status, degraded, why: [degraded, status.why].filter((text) => text !== '').join('; ') };
  };

  /** What keeps it from being started is what its dependencies say, while nothing of it is there. */
  function shown(service: Service, moment: Moment): Status {
    const status = statusOf(service, moment);
    if ('pid' in service.state || service.state.name === 'spawning') return status;
    const waits = changes.waitsFor(status.name);
    if (waits === undefined) return status;
    return waits.type === 'needs'
      ? { ...status, state: 'starting', wanted: 'up', why: waitsForText(waits.names) }
      : { ...status, state: 'failed', why: waits.text };
  }

  function judge(goal: Goal, service: Service): ReturnType<typeof reached> {
    const answer = reached(goal, service);
    if (goal === 'down' || answer === 'yes') return answer;
    const waits = changes.waitsFor(service.definition.name);
    if (waits === undefined) return answer;
    return waits.type === 'fault' || isHopeless(waits.names) ? 'failed' : 'not yet';
  }

  /** One of these, or one that they wait for themselves, has failed for good: it comes when somebody has mended that, not by itself. */
  function isHopeless(names: readonly string[]): boolean {
    const waitedFor = new Set(names);
    for (const name of waitedFor) {
      if (roster.get(name)?.state.name === 'failed') return true;
      const waits = changes.waitsFor(name);
      if (waits?.type === 'fault') return true;
      for (const next of waits?.names ?? []) waitedFor.add(next);
    }
    return false;
  }

  return {
    info: () => ({ ...options.info(), seq: journal.seq() }),
    statuses() {
      const now = options.moment();
      return roster.all().map((service) => show(service, now));
    },
    members() {
      const { source, fresh, since = null, members } = supervisor.members.list();
      return { source, fresh, since, members: members.map((member) => ({ ...member, port: member.port ?? null })) };
    },
    templates: () => options.templates?.(),
    metrics() {
      const now = options.moment();
      return options.metrics(this.info(), roster.all().map((service) => show(service, now)), supervisor.tally.counts());
    },
    status(name) {
      const service = roster.get(name);
      return service === undefined ? undefined : show(service, options.moment());
    },
    why(name) {
      const service = roster.get(name);
      const now = options.moment();
      const stateOf = (other: string): PublicState => {
        const found = roster.get(other);
        return found === undefined ? (changes.isUp(other) ? 'done' : 'down') : show(found, now).state;
      };
      if (service === undefined) return undefined;
      const why = whyOf(service, show(service, now), changes.waitsFor(name), stateOf, now);
      const ill = wrong(name);
      const degraded = ill === undefined ? '' : degradedParagraph(ill.name, ill.failure, ill.hasGood);
      return { ...why, paragraph: why.paragraph + degraded + planText(options.planOf(name), now.wall) };
    },
    async usages(names) {
      const usages = await options.usages(names.flatMap((name) => ownerOf(roster.get(name)) ?? []));
      const found = new Map(usages?.map((usage) => [usage.name, usage]));
      return usages && names.map((name) => found.get(name) ?? noUsage(name));
    },
    environment(name) {
      const service = roster.get(name);
      // As its next start would find it.
      return service === undefined ? undefined : runEnvironment(service.nextDefinition ?? service.definition, options.launcher);
    },
    reloading: (name) => roster.get(name)?.reloading !== undefined,
    command(name, command, signal) {
      const { event, goal } = COMMANDS[command];
      // During the ordered shutdown nothing is started any more; the wish is heard and has no effect.
      if (goal === 'up' && options.info().shuttingDown) return roster.get(name) !== undefined;
      if (command === 'start' || command === 'stop' || command === 'restart' || command === 'once') return changes.command(name, command);
      return event === 'signalWanted'
        ? supervisor.give(name, { type: event, signal: signal ?? 'SIGTERM' })
        : supervisor.give(name, { type: event });
    },
    waitFor: (name, goal, timeout, abort) => waitFor(supervisor, name, goal, timeout, abort, judge),
    rescan: () => Promise.resolve(options.rescan()),
    shutdown: (reason) => options.shutdown(reason),
    reexecute: () => options.reexecute(),
    poke(source, payload): PublicEvent[] {
      const announcements = options.translate(source, payload);
      // Whoever can read the list need not be told what has changed in it.
      return supervisor.members.look() ? [] : announcements.map((announcement) => journal.announce(announcement));
    },
    graph: () => graphBackend(changes),
    subscribe: (listener) => journal.subscribe(listener),
    recent: () => journal.recent(),
    logs: () => options.logs(),
  };
}

/** undefined: it has no process. What ends a life is on its own: the group of that life may be a stranger's by now. */
function ownerOf(service: Service | undefined): Owner | undefined {
  if (service === undefined || !('pid' in service.state)) return undefined;
  const { definition: { name }, state } = service;
  return { name, pid: state.pid, group: state.name === 'finishing' ? state.pid : service.group };
}
