/**
 * The loop: event -> step -> effects -> kernel. The only mutable state of n6 is here: the roster, the deadlines, the
 * journal. One event that causes others queues them; the queue is drained, nothing recurses.
 */
import type { Effect } from '../core/effects.ts';
import type { Event } from '../core/events.ts';
import { foundService } from '../core/found.ts';
import { refreshed, usedBy } from '../core/refresh.ts';
import { newService, step, type Service } from '../core/service.ts';
import { startsByItself, type Definition } from '../core/definition.ts';
import { createLauncher } from '../launch/launcher.ts';
import { createDeadlines } from './deadlines.ts';
import { createDraining } from './draining.ts';
import { createInheritance } from './inheritance.ts';
import type { Supervisor, SupervisorOptions, Unstamped } from './interface.ts';
import { createJournal } from './journal.ts';
import { createMainPids } from './main-pids.ts';
import { createMembers } from './members.ts';
import { createPipes } from './pipes.ts';
import { createProcesses } from './processes.ts';
import { createReloads } from './reloads.ts';
import { createRuns } from './runs.ts';
import { createStopCommands } from './stop-commands.ts';
import { createTally } from './tally.ts';
import { atRest, createRoster } from './roster.ts';

export type { Supervisor, SupervisorOptions } from './interface.ts';

export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { kernel, report, failed } = options;
  const roster = createRoster();
  const journal = createJournal(() => options.wall(), failed);
  const tally = createTally(() => kernel.now());
  journal.subscribe((event) => tally.count(event));
  const members = createMembers(() => journal.recent());
  journal.subscribe((event) => members.hear(event));
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
    tell(name);
  }

  function tell(name: string): void {
    for (const watcher of watchers) guarded('a watcher', () => watcher(name, roster.get(name)));
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

  const inheritance = createInheritance({
    roster, journal, deadlines, pipes, drains, processes, mainPids, tally, members, runs, retired, give, perform, tell, report: options.report,
  });

  function forget(name: string): void {
    const isGone = retired.delete(name);
    deadlines.clear(name);
    const gone = roster.get(name)?.definition;
    roster.forget(name);
    for (const pipe of [gone?.stdinPipe, gone?.stdoutPipe]) if (pipe !== undefined && !isNamed(pipe)) pipes.close(pipe);
    journal.announce({ event: 'service-removed', service: name });
    guarded('forgetting', () => (isGone ? options.forgotten(name) : options.left?.(name)));
    tell(name);
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
    tally,
    members,
    reloads,
    give,
    add(definition) {
      const { name } = definition;
      const found = options.find?.(definition);
      roster.keep(found === undefined ? newService(definition, options.rule, kernel.now()) : foundService(definition, options.rule, found, kernel.now()));
      if (found !== undefined) inheritance.take(name, found);
      journal.announce({ event: 'service-added', service: name });
      if (justRead.size === 0) queueMicrotask(() => justRead.clear());
      justRead.add(name);
      if (found === undefined ? startsByItself(definition) : found.wantedUp && roster.get(name)?.state.name !== 'done') want(name);
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
    ...inheritance,
  };
}
