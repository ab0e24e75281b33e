/** What the supervisor leaves to the next life of its process, and how it takes over from the life before. */
import type { Effect } from '../core/effects.ts';
import type { Event } from '../core/events.ts';
import type { Report } from '../core/messages.ts';
import type { SavedLife, SavedProcess, SavedRun, Saving } from '../core/persist/life.ts';
import { adoptedText, endedUnseen, foundText, interruptedText } from '../core/persist/messages.ts';
import type { Service } from '../core/state.ts';
import type { Deadlines } from './deadlines.ts';
import type { Draining } from './draining.ts';
import type { FoundService, Unstamped } from './interface.ts';
import type { Journal } from './journal.ts';
import type { MainPids } from './main-pids.ts';
import type { Members } from './members.ts';
import type { Pipes } from './pipes.ts';
import type { Processes } from './processes.ts';
import type { Roster } from './roster.ts';
import type { Runs } from './runs.ts';
import type { Tally } from './tally.ts';

export type SavedSupervisor = Pick<SavedLife, 'services' | 'journal' | 'runs' | 'pipes' | 'drains' | 'notices' | 'locked' | 'formerPids' | 'tally' | 'members'>;

export type Inheritance = Readonly<{
  /** Nothing may be being started. */
  save(saving: Saving): SavedSupervisor;
  /** Into an empty supervisor, before anybody watches it; nobody is told. `isSame`: the process is still there, or a zombie that is n6's child. */
  adopt(saved: SavedSupervisor, isSame: (process: SavedProcess) => boolean): void;
  /** A service that has just become known runs already: it goes on with its pipes, and whoever watches is told when all know it. */
  take(name: string, found: FoundService): void;
  /** Everybody watches: what could not be begun, and what was cut off, is taken up again. */
  resume(): void;
}>;

export type InheritanceOptions = Readonly<{
  roster: Roster;
  journal: Journal;
  deadlines: Deadlines;
  pipes: Pipes;
  drains: Draining;
  processes: Processes;
  mainPids: MainPids;
  tally: Tally;
  members: Members;
  runs: Runs;
  /** Names of services that are forgotten as soon as they are at rest. */
  retired: Set<string>;
  give(name: string, event: Unstamped<Event>): boolean;
  perform(name: string, effect: Effect): void;
  /** Whoever watches is told of a service as it is. */
  tell(name: string): void;
  report(report: Report): void;
}>;

export function createInheritance(options: InheritanceOptions): Inheritance {
  const { roster, journal, deadlines, pipes, drains, processes, mainPids, tally, members, runs, retired, give, perform, tell, report } = options;
  /** Services whose main process is not there any more, and nobody will tell how it ended. */
  let lost: { name: string; pid: number }[] = [];
  /** Services for which a stop command, or a command of a reload, of the life before is still running. */
  const stopping = new Set<string>();
  const reloading = new Set<string>();

  const note = (service: string | undefined, text: string): void =>
    report({ type: 'note', level: 'info', text, ...(service === undefined ? {} : { service }) });

  function adoptRun(run: SavedRun): void {
    const { purpose, pid } = run;
    switch (purpose.type) {
      case 'stop':
        stopping.add(purpose.service);
        runs.adopt(run, () => {
          stopping.delete(purpose.service);
          give(purpose.service, { type: 'stopCommandEnded', pid: purpose.pid });
        });
        return note(purpose.service, adoptedText('stop.command', pid));
      case 'reload':
        reloading.add(purpose.service);
        // Not beside it: it would be a second reload at the same time.
        runs.adopt(run, () => {
          reloading.delete(purpose.service);
          const service = roster.get(purpose.service);
          if (service !== undefined) resumeOne(service);
        });
        return note(purpose.service, interruptedText('a command of its reload', pid));
      case 'probe':
        runs.adopt(run, () => undefined);
        return note(purpose.service, interruptedText('a check', pid));
      case 'hook': case 'script':
        runs.adopt(run, () => undefined);
        return note(undefined, adoptedText('a script', pid));
    }
  }

  function resumeOne({ state, definition, group, lastExit, reloading: reload }: Service): void {
    const { name } = definition;
    if (state.name === 'spawning') {
      // The start that it waits for was held back, and has gone with the life that held it.
      if (state.program === 'run') perform(name, { type: 'spawnRun', definition });
      else if (state.program === 'down') perform(name, { type: 'spawnDown', definition });
      else perform(name, { type: 'spawnFinish', definition, ranAs: group, exit: lastExit ?? UNKNOWN });
    } else if (state.name === 'stopping' && state.step < 0 && !stopping.has(name)) {
      perform(name, { type: 'runStopCommand', definition, pid: state.pid });
    } else if (state.name === 'running' && reload !== undefined && !reloading.has(name)) {
      perform(name, { type: 'beginReload', definition, pid: state.pid });
    }
  }

  return {
    save: ({ startTime, keep }) => ({
      services: roster.all().map((service) => {
        const { definition: { name }, state } = service;
        return { service, startTime: 'pid' in state ? startTime(state.pid) : undefined, deadline: deadlines.of(name), retired: retired.has(name) };
      }),
      journal: journal.save(),
      // Hooks are in a section of their own.
      runs: runs.save().filter(({ purpose }) => purpose.type !== 'hook')
        .map((run) => ({ ...run, startTime: startTime(run.pid) ?? '', output: run.output === undefined ? undefined : keep(run.output) })),
      pipes: pipes.save().map(({ key, read, write }) => ({ key, read: keep(read), write: write === undefined ? undefined : keep(write) })),
      drains: drains.save(),
      notices: processes.save().notices.map((notice) => ({ ...notice, descriptor: keep(notice.descriptor) })),
      locked: processes.save().locked,
      formerPids: mainPids.save(),
      tally: tally.save(),
      members: members.save(),
    }),

    adopt(saved, isSame) {
      journal.adopt(saved.journal);
      tally.adopt(saved.tally);
      members.adopt(saved.members);
      pipes.adopt(saved.pipes);
      for (const { service, startTime, deadline, retired: isRetired } of saved.services) {
        const { definition: { name }, state } = service;
        roster.keep(service);
        if (deadline !== undefined) deadlines.set(name, deadline);
        if (isRetired) retired.add(name);
        if ('pid' in state && !isSame({ pid: state.pid, startTime: startTime ?? '' })) lost.push({ name, pid: state.pid });
      }
      drains.adopt(saved.drains);
      processes.adopt(saved);
      mainPids.adopt(saved.formerPids);
      for (const run of saved.runs) if (isSame(run)) adoptRun(run);
    },

    take(name, found) {
      pipes.adopt(found.pipes);
      processes.adopt({ notices: found.notices, locked: [] });
      if (found.process !== undefined) report({ type: 'note', level: 'warn', service: name, text: foundText(found.process.pid) });
      queueMicrotask(() => tell(name));
    },

    resume() {
      const ended = lost;
      lost = [];
      for (const name of roster.names()) tell(name);
      // What those that have ended lead to is begun by their events.
      for (const service of roster.all()) if (!ended.some(({ name }) => name === service.definition.name)) resumeOne(service);
      for (const { name, pid } of ended) {
        report({ type: 'note', level: 'warn', service: name, text: endedUnseen(pid) });
        give(name, { type: 'exited', pid, exit: UNKNOWN });
      }
    },
  };
}

/** Of a process that was not n6's child and ended between two lives: to be on the safe side, a failure. */
const UNKNOWN = { code: 1 } as const;
