/** Carries out the starts the core can ask for, and listens for the newline by which a service says that it is ready. */
import { runArgv, type Definition } from '../core/definition.ts';
import type { SpawnFailure } from '../core/events.ts';
import { finishArguments, type Exit } from '../core/exit.ts';
import type { SavedNotice } from '../core/persist/life.ts';
import type { Argv } from '../core/policy.ts';
import type { Kernel, SpawnRequest } from '../kernel/kernel.ts';
import type { Launcher } from '../launch/launcher.ts';
import type { Pipes } from './pipes.ts';

type Answer =
  | { type: 'spawned'; pid: number }
  | { type: 'spawnFailed'; failure: SpawnFailure }
  | { type: 'becameReady'; pid: number };

export type Processes = Readonly<{
  /** What is kept alive, or the `up` of a oneshot. */
  run(definition: Definition): void;
  /** The `down` of a oneshot, which has one. */
  down(definition: Definition): void;
  finish(definition: Definition, ranAs: number, exit: Exit): void;
  /** The process is gone: stop listening for its newline, which a surviving grandchild could hold open for ever. */
  ended(name: string, pid: number): void;
  save(): { notices: SavedNotice[]; locked: string[] };
  adopt(saved: { notices: readonly SavedNotice[]; locked: readonly string[] }): void;
}>;

export type ProcessesOptions = Readonly<{
  kernel: Kernel;
  pipes: Pipes;
  launcher: Launcher;
  /** What `finish` gets; what `run` gets is the launcher's. */
  environment(): readonly Buffer[];
  /** Variables of this one start, such as NOTIFY_SOCKET; undefined, as by default: none. */
  variablesOf?: ((definition: Definition) => Readonly<Record<string, string>> | undefined) | undefined;
  give(name: string, answer: Answer): void;
}>;

const NEWLINE = 10;

export function createProcesses({ kernel, pipes, launcher, environment, variablesOf, give }: ProcessesOptions): Processes {
  const listening = new Map<number, { name: string; descriptor: number; stop: () => void }>();
  /** Services whose lock was taken at the last try. */
  const locked = new Set<string>();

  /** Undefined: it has been answered that it cannot be. */
  function request(definition: Definition, argv: Argv): SpawnRequest | undefined {
    const launched = launcher.prepare(definition, argv, variablesOf?.(definition));
    if ('failure' in launched) return void give(definition.name, { type: 'spawnFailed', failure: launched.failure });
    return { ...launched, session: true, pidNamespace: definition.pidNamespace, stdio: pipes.stdio(definition) };
  }

  /** After the answer, so that no newline that is already in the pipe finds a service that is not running yet. */
  function listen(name: string, pid: number, pipe: number): void {
    // s6 closes its end at the first newline; text without one never counts (spec 1.6.1, 1.6.2).
    const stop = kernel.read(pipe, (chunk) => {
      if (chunk?.includes(NEWLINE) !== true) return;
      listening.delete(pid);
      stop();
      give(name, { type: 'becameReady', pid });
    });
    listening.set(pid, { name, descriptor: pipe, stop });
  }

  /** The descriptors that `run` asks for. n6's own copies are closed once it has them. */
  function start(definition: Definition): void {
    const { name, notificationDescriptor, lockDescriptor } = definition;
    const asked = request(definition, runArgv(definition));
    if (asked === undefined) return;
    const lock = lockDescriptor === undefined ? undefined : takeLock(definition);
    if (lock === 'taken') return;
    const given: { child: number; source: number }[] = lock === undefined ? [] : [{ child: lockDescriptor!, source: lock }];
    const closeGiven = (): void => given.forEach(({ source }) => kernel.close(source));
    let reading: number | undefined;
    try {
      if (notificationDescriptor !== undefined) {
        const pipe = kernel.pipe();
        given.push({ child: notificationDescriptor, source: pipe.write });
        reading = pipe.read;
      }
      kernel.spawn({ ...asked, descriptors: given }, (result) => {
        closeGiven();
        if ('failure' in result && reading !== undefined) kernel.close(reading);
        give(name, answer(result));
        if ('pid' in result && reading !== undefined) listen(name, result.pid, reading);
      });
    } catch (error) {
      closeGiven();
      if (reading !== undefined) kernel.close(reading);
      throw error;
    }
  }

  /**
   * The lock goes on into the process and all that come from it (spec 1.9.3). n6 does not wait for one that is taken, as
   * the child of s6 does: it tries again, so that the service can still be told to stay down.
   */
  function takeLock({ name, directory }: Definition): number | 'taken' {
    const file = `${directory}/supervise/service-lock`;
    const lock = kernel.openLocked(file);
    if (lock !== undefined) {
      locked.delete(name);
      return lock;
    }
    give(name, { type: 'spawnFailed', failure: { code: 'EAGAIN', step: 'lock', subject: file, hopeless: false, again: locked.has(name) } });
    locked.add(name);
    return 'taken';
  }

  /** What it needs beforehand cannot be had: descriptors, as a rule. An answer all the same, or the service would wait for ever. */
  function attempt({ name }: Definition, act: () => void): void {
    try {
      act();
    } catch (error) {
      const { code = String(error) } = error as NodeJS.ErrnoException;
      give(name, { type: 'spawnFailed', failure: { code, step: 'process', subject: name, hopeless: false } });
    }
  }

  return {
    run: (definition) => attempt(definition, () => start(definition)),
    down: (definition) => attempt(definition, () => {
      const asked = request(definition, definition.policy.down ?? []);
      if (asked !== undefined) kernel.spawn(asked, (result) => give(definition.name, answer(result)));
    }),
    // As n6's own user, whoever ran: it clears up after it.
    finish: (definition, ranAs, exit) => attempt(definition, () => {
      const { directory, name } = definition;
      const words = ['./finish', ...finishArguments(exit, name, ranAs)];
      kernel.spawn({
        directory, program: './finish', arguments: words, environment: environment(), session: true, stdio: pipes.stdio(definition),
      }, (result) => give(name, answer(result)));
    }),
    ended(_name, pid) {
      listening.get(pid)?.stop();
      listening.delete(pid);
    },
    save: () => ({ notices: [...listening].map(([pid, { name, descriptor }]) => ({ name, pid, descriptor })), locked: [...locked] }),
    adopt(saved) {
      for (const { name, pid, descriptor } of saved.notices) if (!listening.has(pid)) listen(name, pid, descriptor);
      for (const name of saved.locked) locked.add(name);
    },
  };
}

const answer = (result: { pid: number } | { failure: SpawnFailure }): Answer =>
  'failure' in result ? { type: 'spawnFailed', failure: result.failure } : { type: 'spawned', pid: result.pid };
