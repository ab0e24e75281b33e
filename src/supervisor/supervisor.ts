/**
 * The loop: event -> step -> effects -> kernel. The only mutable state of n6 is here: the roster, the deadlines, the
 * journal. One event that causes others queues them; the queue is drained, nothing recurses.
 */
import type { Announcement } from '../core/announcements.ts';
import type { Effect } from '../core/effects.ts';
import type { Event } from '../core/events.ts';
import type { Exit } from '../core/exit.ts';
import type { Problem, Report } from '../core/messages.ts';
import type { RestartRule } from '../core/restart.ts';
import { refreshed, usedBy } from '../core/refresh.ts';
import { newService, step, type Service } from '../core/service.ts';
import { startsByItself, type Definition } from '../core/definition.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { createLauncher, type Launcher } from '../launch/launcher.ts';
import { createDeadlines } from './deadlines.ts';
import { createDraining } from './draining.ts';
import { createJournal, type Journal } from './journal.ts';
import { createMainPids } from './main-pids.ts';
import { createPipes, type Output } from './pipes.ts';
import { createProcesses } from './processes.ts';
import { createReloads, type Reloads } from './reloads.ts';
import { createRuns, type Runs } from './runs.ts';
import { createStopCommands } from './stop-commands.ts';
import { atRest, createRoster, type Roster } from './roster.ts';

export type Supervisor = Readonly<{
  roster: Roster;
  journal: Journal;
  /** Gives an event to a service; false: no such service. The wave it causes is finished when this returns. */
  give(name: string, event: Unstamped<Event>): boolean;
  /** A new service, given its first wish unless it starts down. */
  add(definition: Definition): void;
  /** The directory has changed. */
  redefine(definition: Definition): void;
  /** The directory has gone: stop the service, and forget it when it is at rest. */
  retire(name: string): void;
  /** The directory of a service that was retired is there again, as it was; nothing happens to one that was not. */
  restore(definition: Definition): void;
  /** Asks it to stop: by its stop signal, or, where it reads from a pipe, by the end of its input once all who write have stopped. */
  stop(name: string): void;
  /** A child of n6 has ended, or an orphan that it had adopted; nothing happens when it is nobody's. */
  exited(pid: number, exit: Exit): void;
  /** To be told when a service has said that its reload has ended. */
  reloads: Pick<Reloads, 'ready'>;
  announce(announcement: Announcement): void;
  /** What says how its process is signalled is read again from its directory. */
  reread(name: string): void;
  /** Calls back after every change of a service: `after` is undefined when it was forgotten. Gives the way to stop. */
  watch(listener: (name: string, after: Service | undefined) => void): () => void;
  now(): number;
}>;

export type SupervisorOptions = Readonly<{
  kernel: Kernel;
  rule: RestartRule;
  /** What `run` and `finish` get, as bytes; asked at every start. */
  environment(): readonly Buffer[];
  /** Makes the starts of services that have a `service.yaml`; default: one without an installation of n6. */
  launcher?: Launcher;
  /** What service.yaml ties a service to n6 by (probes/ties.ts); absent: nothing. */
  ties?: Readonly<{ variables(definition: Definition): Readonly<Record<string, string>>; output(definition: Definition): Output }> | undefined;
  wall(): number;
  report(report: Report): void;
  failed(where: string, error: unknown): void;
  /** Absent: one of its own, which nobody else uses. */
  runs?: Runs;
  /** The container is to end with this code: called again when there is another reason, and also when it is ending already. */
  endContainer?(service: string, code: number, reason: string): void;
  /** A retired service is forgotten. */
  forgotten(name: string): void;
  /** Gives a service its first wish, now or when what it needs is there. Absent: it is started at once. */
  want?(name: string): void;
  /** Somebody asked n6 to let go of a service, and it has: its directory is as it was. Absent: nobody wants to know. */
  left?(name: string): void;
  /** What the directory of a service says now, asked when use is made of it. Absent or undefined: what is known holds. */
  reread?(definition: Definition): { definition: Definition; problems: readonly Problem[] } | undefined;
}>;

/** Events are stamped when they enter the queue: the core never asks the time. */
type Unstamped<E> = E extends { at: number } ? Omit<E, 'at'> : never;

export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { kernel, report, failed } = options;
  const roster = createRoster();
  const journal = createJournal(() => options.wall(), failed);
  const deadlines = createDeadlines(() => kernel.now(), (name) => void give(name, { type: 'deadlinePassed' }));
  const pipes = createPipes(kernel, options.ties?.output);
  const drains = createDraining(roster, pipes, (name, type) => void give(name, { type }));
  const environment = (): readonly Buffer[] => options.environment();
  const launcher = options.launcher ?? createLauncher({ environment, searchPath: '' });
  const processes = createProcesses({ kernel, pipes, launcher, environment, variablesOf: options.ties?.variables, give });
  const runs = options.runs ?? createRuns(kernel);
  const stopCommands = createStopCommands({ runs, launcher, report, give });
  const reloads = createReloads({ kernel, runs, launcher, give });
  const mainPids = createMainPids(kernel, roster, (name, pid, exit) => void give(name, { type: 'exited', pid, exit }));
  const watchers = new Set<(name: string, after: Service | undefined) => void>();
  const retired = new Set<string>();
  /** Services whose definition is of this very turn. */
  const justRead = new Set<string>();
  const queue: { name: string; event: Event }[] = [];
  let draining = false;

  function give(name: string, event: Unstamped<Event>): boolean {
    if (roster.get(name) === undefined) return false;
    queue.push({ name, event: { ...event, at: kernel.now() } });
    drain();
    return true;
  }

  function drain(): void {
    if (draining) return;
    draining = true;
    // An index instead of shift(): a burst of a thousand events must not move the rest of the queue a thousand times.
    for (let i = 0; i < queue.length; i++) guarded(`the event ${queue[i]!.event.type}`, () => take(queue[i]!.name, queue[i]!.event));
    queue.length = 0;
    draining = false;
  }

  function take(name: string, event: Event): void {
    const known = roster.get(name);
    if (known === undefined || (event.type === 'mainPidTold' && !mainPids.mayBe(event.mainPid))) return;
    const part = justRead.delete(name) ? undefined : usedBy(known, event);
    const next = step(part === undefined ? known : refresh(known, part), event);
    roster.keep(next.service);
    if (known.state.name === 'running') follow(name, known.state.pid, next.service.state);
    for (const effect of next.effects) guarded(`the effect ${effect.type}`, () => perform(name, effect));
    drains.changed(name, next.service);
    if ((retired.has(name) || next.service.leaving) && atRest(next.service)) return forget(name);
    for (const watcher of watchers) guarded('a watcher', () => watcher(name, next.service));
  }

  /** What has become of a process that ran. */
  function follow(name: string, pid: number, state: Service['state']): void {
    if (state.name !== 'running') reloads.forget(name);
    else if (state.pid !== pid) mainPids.changed(name, pid, state.pid);
  }

  function refresh(service: Service, part: 'stopping' | 'all'): Service {
    const read = options.reread?.(service.nextDefinition ?? service.definition);
    for (const problem of read?.problems ?? []) report({ type: 'problem', problem });
    return read === undefined ? service : refreshed(service, read.definition, part);
  }

  const performers: { [T in Effect['type']]: (name: string, effect: Extract<Effect, { type: T }>) => void } = {
    spawnRun: (_name, { definition }) => processes.run(definition),
    spawnFinish: (_name, { definition, ranAs, exit }) => processes.finish(definition, ranAs, exit),
    spawnDown: (_name, { definition }) => processes.down(definition),
    runStopCommand: (_name, { definition, pid }) => stopCommands.stop(definition, pid),
    beginReload: (_name, { definition, pid }) => reloads.begin(definition, pid),
    endContainer: (_name, { service, code, reason }) => options.endContainer?.(service, code, reason),
    sendSignal: (_name, { pid, signal }) => void kernel.signal(pid, signal),
    setDeadline: (name, { at }) => deadlines.set(name, at),
    clearDeadline: (name) => deadlines.clear(name),
    announce: (_name, { announcement }) => void journal.announce(announcement),
    report: (_name, effect) => report(effect.report),
  };
  function perform(name: string, effect: Effect): void {
    (performers[effect.type] as (name: string, effect: Effect) => void)(name, effect);
  }

  function forget(name: string): void {
    const isGone = retired.delete(name);
    deadlines.clear(name);
    const gone = roster.get(name)?.definition;
    roster.forget(name);
    for (const pipe of [gone?.stdinPipe, gone?.stdoutPipe]) if (pipe !== undefined && !isNamed(pipe)) pipes.close(pipe);
    journal.announce({ event: 'service-removed', service: name });
    guarded('forgetting', () => (isGone ? options.forgotten(name) : options.left?.(name)));
    for (const watcher of watchers) guarded('a watcher', () => watcher(name, undefined));
  }

  const isNamed = (pipe: string): boolean =>
    roster.all().some(({ definition: { stdinPipe, stdoutPipe } }) => stdinPipe === pipe || stdoutPipe === pipe);

  function stop(name: string): void {
    if (!drains.begin(name)) give(name, { type: 'downWanted' });
  }

  function restore(definition: Definition): void {
    if (!retired.delete(definition.name)) return;
    drains.forget(definition.name);
    if (startsByItself(definition)) want(definition.name);
  }

  function want(name: string): void {
    if (options.want === undefined) give(name, { type: 'upWanted' });
    else options.want(name);
  }

  function guarded(where: string, act: () => void): void {
    try {
      act();
    } catch (error) {
      failed(where, error);
    }
  }

  return {
    roster,
    journal,
    reloads,
    give,
    add(definition) {
      const { name } = definition;
      roster.keep(newService(definition, options.rule, kernel.now()));
      journal.announce({ event: 'service-added', service: name });
      if (justRead.size === 0) queueMicrotask(() => justRead.clear());
      justRead.add(name);
      if (startsByItself(definition)) want(name);
    },
    redefine(definition) {
      const { name } = definition;
      const failed = roster.get(name)?.state.name === 'failed';
      give(name, { type: 'redefined', definition });
      const service = roster.get(name);
      // What was wrong has been corrected, and is still wanted.
      if (failed && service?.state.name === 'down' && service.wanted === 'up') want(name);
      if (failed && service?.state.name === 'down' && service.wanted === 'once') give(name, { type: 'onceWanted' });
      restore(definition);
    },
    restore,
    stop,
    retire(name) {
      const service = roster.get(name);
      if (service === undefined) return;
      const undone = service.state.name !== 'done' || service.definition.policy.down === undefined;
      if (atRest(service) && undone) return forget(name);
      retired.add(name);
      stop(name);
    },
    exited(pid, exit) {
      if (runs.exited(pid, exit)) return;
      mainPids.exited(pid, exit);
      const name = roster.nameOf(pid);
      processes.ended(name ?? '', pid);
      if (name !== undefined) give(name, { type: 'exited', pid, exit });
    },
    reread(name) {
      const service = roster.get(name);
      if (service !== undefined && 'pid' in service.state) roster.keep(refresh(service, 'stopping'));
    },
    announce: (announcement) => void journal.announce(announcement),
    watch(listener) {
      watchers.add(listener);
      return () => void watchers.delete(listener);
    },
    now: () => kernel.now(),
  };
}
