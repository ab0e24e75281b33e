/** What joins two lives of the supervisor in one process: how one is left, and how the next begins where that has ended. */
import type { RescanOutcome } from '../control/backend.ts';
import { RECONNECT_FRAME } from '../control/protocol.ts';
import type { Exit } from '../core/exit.ts';
import type { Report } from '../core/messages.ts';
import type { SavedHook, SavedLife, Saving } from '../core/persist/life.ts';
import { tookOver } from '../core/persist/messages.ts';
import { PLAIN } from '../core/policy.ts';
import type { LinuxKernel } from '../kernel/kernel.ts';
import type { LogPipes } from '../logs/pipes.ts';
import type { Ties } from '../probes/ties.ts';
import type { Changes } from '../supervisor/changes.ts';
import type { Shutdown } from '../supervisor/ending.ts';
import type { Gate } from '../supervisor/gate.ts';
import type { Runs } from '../supervisor/runs.ts';
import type { S6 } from '../supervisor/s6.ts';
import type { RescanWish } from '../supervisor/scanning.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import { version } from '../version.ts';
import type { Command } from './command.ts';
import type { Open } from './doors.ts';
import type { Logging } from './logging.ts';
import type { Overlay } from './overlay/overlay.ts';
import type { Plan } from './plan.ts';
import type { Part, ReexecOptions } from './reexec.ts';
import { forgetState, sameProcess } from './takeover.ts';

export type SecondLife = Readonly<{
  /** The supervisor replaces itself as soon as it can; a sentence: it does not, and why. */
  want(): Promise<string | undefined>;
  /** Takes over what an earlier life has left, before anybody watches; nothing where there was none. */
  adopt(): void;
  /** Everybody watches: goes on. `loading`: what knows how the container is taken down. */
  goOn(loading: Promise<Overlay> | undefined): void;
  /** Calls back when the container can be taken down: at once, but for the first moments of a second life. */
  whenReady(act: () => void): void;
  endOfHook(hook: SavedHook): Promise<Exit> | undefined;
  /** Looks for new services in so many milliseconds, in this life or the next. */
  lookIn(milliseconds: number): void;
}>;

export type SecondLifeOptions = Readonly<{
  plan: Plan;
  gate: Gate<LinuxKernel>;
  supervisor: Supervisor;
  changes: Changes;
  shutdown: Shutdown;
  command: Command;
  runs: Runs;
  ties: Ties;
  pipes: LogPipes;
  logging: Logging;
  open: Open;
  s6(): S6;
  overlay(): Overlay | undefined;
  look(wish: RescanWish): RescanOutcome;
  /** Why there can be no other life yet; undefined: there can. */
  whyNot(): string | undefined;
  startedAt: string;
  report(report: Report): void;
  failed(where: string, error: unknown): void;
}>;

/** Milliseconds after which a change of a file has been seen by who watches. */
const UNSEEN = 100;

export function createSecondLife(options: SecondLifeOptions): SecondLife {
  const { plan, gate, supervisor, changes, shutdown, command, runs, ties, pipes, logging, open, report, failed } = options;
  const { saved } = plan;
  const { kernel } = gate;
  const isSame = sameProcess(kernel);
  const hooks = new Map<number, Promise<Exit>>();
  let isLeaving = false;
  let ready: Promise<unknown> | undefined;
  let lookAt: number | undefined;

  function lookIn(milliseconds: number): void {
    lookAt = kernel.now() + milliseconds;
    setTimeout(() => {
      lookAt = undefined;
      options.look('add');
    }, milliseconds);
  }

  function save(saving: Saving, frozenAt: number): Omit<SavedLife, 'guard'> {
    const { pid, exitCode } = command.save();
    const { startTime, keep } = saving;
    const catalogue = plan.catalogue.save?.() ?? { installed: [], owners: [], isOpen: true };
    return {
      process: { pid: kernel.pid, startTime: startTime(kernel.pid) ?? '' },
      build: version, startedAt: options.startedAt, frozenAt, lives: (saved?.lives ?? 0) + 1,
      layout: Object.fromEntries(Object.entries(plan.layout).filter((entry): entry is [string, string] => typeof entry[1] === 'string')),
      ...supervisor.save(saving),
      order: changes.save(),
      schedules: open.schedules?.save() ?? [],
      doors: options.s6().save(saving),
      locks: kernel.held(),
      command: { process: pid === undefined ? undefined : { pid, startTime: startTime(pid) ?? '' }, exitCode },
      overlay: options.overlay()?.save(),
      catalogue,
      hooks: open.hooks?.save(saving) ?? [],
      sockets: ties.save(saving),
      listeners,
      outputs: Object.fromEntries(Object.entries(pipes.all()).map(([name, { stdout, stderr }]) => {
        const both = ({ read, write }: { read: number; write: number }): { read: number; write: number } => ({ read: keep(read), write: keep(write) });
        return [name, { stdout: stdout === undefined ? undefined : both(stdout), stderr: both(stderr) }];
      })),
      logs: lines,
      lookAt,
      // Where none is watched yet what has been left to this life goes on to the next.
      watches: (open.watches === undefined ? saved?.watches : undefined) ?? { at: Date.now() - UNSEEN, pending: open.watches?.pending() ?? [] },
    };
  }

  const membershipPart: Part = { freeze: () => open.membership?.stop(), thaw: () => open.membership?.start() };
  const templatesPart: Part = { freeze: () => open.templates?.loaded()?.freeze(), thaw: () => open.templates?.loaded()?.thaw() };
  const hooksPart: Part = { freeze: () => open.hooks?.freeze(), thaw: () => open.hooks?.thaw() };
  /** The listening sockets, while the doors are closed. */
  let listeners: SavedLife['listeners'] = [];
  const doorsPart: Part = {
    async freeze({ keep }) {
      const { control } = open;
      listeners = control?.descriptors().map(({ path, descriptor }) => ({ path, descriptor: keep(kernel.copy(descriptor)) })) ?? [];
      open.control = undefined;
      await control?.handOver(RECONNECT_FRAME);
    },
    thaw: () => open.openControl?.(listeners),
  };

  /** What reads the lines of services stands still after the last start, so that nobody writes to pipes that it does not know. */
  let lines: unknown;
  const logsPart: Part = {
    async freeze() {
      lines = await logging.freeze();
    },
    thaw: () => logging.thaw(),
  };

  function reexecOptions(): ReexecOptions {
    return {
      gate, save,
      kernel: plan.kernel,
      runs,
      home: plan.home,
      grace: plan.grace,
      runtime: plan.layout.runtime,
      successor: plan.successor,
      parts: [templatesPart, membershipPart, hooksPart, doorsPart],
      last: logsPart,
      ending: () => shutdown.begun(),
      report: (text) => report({ type: 'note', level: 'error', text }),
      flush: () => plan.log.flush(),
    };
  }

  async function begin(): Promise<string | undefined> {
    const { askSuccessor, reexecute } = await import('./reexec.ts');
    const why = await askSuccessor(reexecOptions());
    if (why !== undefined) return why;
    // Whoever asked gets the answer first.
    setImmediate(() => void reexecute(reexecOptions()).finally(() => void (isLeaving = false)));
    return undefined;
  }

  return {
    lookIn,
    async want() {
      if (shutdown.begun()) return 'the supervisor is shutting down';
      if (isLeaving) return 'it is doing that already';
      const why = options.whyNot() ?? changes.unsaved();
      if (why !== undefined) return `${why}; ask again when that has ended`;
      isLeaving = true;
      const wrong = await begin().catch((error: unknown) => {
        failed('re-execution', error);
        return String(error);
      });
      if (wrong !== undefined) isLeaving = false;
      return wrong;
    },
    adopt() {
      if (saved === undefined) return;
      supervisor.adopt(saved, isSame);
      changes.adopt(saved.order);
      plan.catalogue.adopt?.(saved.catalogue, saved.services.map(({ service }) => service.nextDefinition ?? service.definition));
      const { process, exitCode } = saved.command;
      command.adopt({ pid: process?.pid, exitCode });
      for (const { running } of saved.hooks) {
        if (running === undefined || !isSame(running)) continue;
        hooks.set(running.pid, new Promise((resolve) => runs.adopt({ ...running, purpose: { type: 'hook' }, killAt: undefined, output: undefined }, resolve)));
      }
    },
    goOn(loading) {
      if (saved === undefined) return;
      ready = loading?.then((overlay) => overlay.goOn()).catch((error: unknown) => failed('taking the container over', error));
      supervisor.resume();
      changes.graph();
      if (saved.lookAt !== undefined) lookIn(Math.max(0, saved.lookAt - kernel.now()));
      const { services } = saved;
      // Directories are read again when use is made of them: by a reader that has not been loaded yet.
      const plain = JSON.stringify(PLAIN);
      if (services.some(({ service }) => JSON.stringify(service.definition.policy) !== plain)) plan.yaml.wanted?.();
      report({ type: 'note', level: 'info', text: tookOver(version, saved.build, services.length, kernel.now() - saved.frozenAt) });
      if (plan.stateFile !== undefined) forgetState(plan.stateFile);
    },
    whenReady(act) {
      if (ready === undefined) act();
      else void ready.then(act);
    },
    endOfHook: ({ pid }) => hooks.get(pid),
  };
}
