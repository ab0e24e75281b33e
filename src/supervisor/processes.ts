/** Carries out the two starts the core can ask for, and listens for the newline by which a service says that it is ready. */
import type { Definition } from '../core/definition.ts';
import type { SpawnFailure } from '../core/events.ts';
import { finishArguments, type Exit } from '../core/exit.ts';
import type { Kernel, SpawnRequest } from '../kernel/kernel.ts';
import type { Pipes } from './pipes.ts';

type Answer =
  | { type: 'spawned'; pid: number }
  | { type: 'spawnFailed'; failure: SpawnFailure }
  | { type: 'becameReady'; pid: number };

export type Processes = Readonly<{
  run(definition: Definition): void;
  finish(definition: Definition, ranAs: number, exit: Exit): void;
  /** The process is gone: stop listening for its newline, which a surviving grandchild could hold open for ever. */
  ended(name: string, pid: number): void;
}>;

const NEWLINE = 10;
const NONE: Readonly<Record<string, string>> = {};

export function createProcesses(
  kernel: Kernel, pipes: Pipes, environment: () => readonly Buffer[], give: (name: string, answer: Answer) => void,
  variables: (definition: Definition) => Readonly<Record<string, string>> = () => NONE,
): Processes {
  const listening = new Map<number, () => void>();
  /** Services whose lock was taken at the last try. */
  const locked = new Set<string>();

  const request = (definition: Definition, program: 'run' | 'finish', extra: readonly string[]): SpawnRequest => ({
    directory: definition.directory,
    program: `./${program}`,
    arguments: [`./${program}`, ...extra],
    environment: program === 'run' ? withVariables(environment(), variables(definition)) : environment(),
    session: true,
    pidNamespace: program === 'run' && definition.pidNamespace,
    stdio: pipes.stdio(definition),
  });

  /** After the answer, so that no newline that is already in the pipe finds a service that is not running yet. */
  function listen(name: string, pid: number, pipe: number): void {
    // s6 closes its end at the first newline; text without one never counts (spec 1.6.1, 1.6.2).
    const stop = kernel.read(pipe, (chunk) => {
      if (chunk?.includes(NEWLINE) !== true) return;
      listening.delete(pid);
      stop();
      give(name, { type: 'becameReady', pid });
    });
    listening.set(pid, stop);
  }

  /** The descriptors that `run` asks for. n6's own copies are closed once it has them. */
  function start(definition: Definition): void {
    const { name, notificationDescriptor, lockDescriptor } = definition;
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
      kernel.spawn({ ...request(definition, 'run', [name]), descriptors: given }, (result) => {
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
    finish: (definition, ranAs, exit) => attempt(definition, () => {
      kernel.spawn(request(definition, 'finish', finishArguments(exit, definition.name, ranAs)), (result) => give(definition.name, answer(result)));
    }),
    ended(_name, pid) {
      listening.get(pid)?.();
      listening.delete(pid);
    },
  };
}

const answer = (result: { pid: number } | { failure: SpawnFailure }): Answer =>
  'failure' in result ? { type: 'spawnFailed', failure: result.failure } : { type: 'spawned', pid: result.pid };

/** The same array where nothing is added: its table is built once (kernel/actions.ts). */
function withVariables(environment: readonly Buffer[], variables: Readonly<Record<string, string>>): readonly Buffer[] {
  const names = Object.keys(variables);
  if (names.length === 0) return environment;
  const others = environment.filter((entry) => !names.some((name) => entry.toString('latin1').startsWith(`${name}=`)));
  return [...others, ...names.map((name) => Buffer.from(`${name}=${variables[name]}`))];
}
