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

export function createProcesses(
  kernel: Kernel, pipes: Pipes, environment: () => readonly Buffer[], give: (name: string, answer: Answer) => void,
): Processes {
  const listening = new Map<number, () => void>();

  const request = (definition: Definition, program: 'run' | 'finish', extra: readonly string[]): SpawnRequest => ({
    directory: definition.directory,
    program: `./${program}`,
    arguments: [`./${program}`, ...extra],
    environment: environment(),
    session: true,
    stdio: [...pipes.stdio(definition), 'inherit'],
  });

  function runWithReadiness(definition: Definition, descriptor: number): void {
    const { name } = definition;
    const pipe = kernel.pipe();
    const descriptors = [{ child: descriptor, source: pipe.write }];
    kernel.spawn({ ...request(definition, 'run', [name]), descriptors }, (result) => {
      kernel.close(pipe.write);
      if ('failure' in result) {
        kernel.close(pipe.read);
        return give(name, { type: 'spawnFailed', failure: result.failure });
      }
      const { pid } = result;
      // After `spawned`, so that a newline that is already in the pipe finds a running service.
      give(name, { type: 'spawned', pid });
      // s6 closes its end at the first newline; text without one never counts (spec 1.6.1, 1.6.2).
      const stop = kernel.read(pipe.read, (chunk) => {
        if (chunk?.includes(NEWLINE) !== true) return;
        listening.delete(pid);
        stop();
        give(name, { type: 'becameReady', pid });
      });
      listening.set(pid, stop);
    });
  }

  /** What it needs beforehand cannot be had: descriptors, as a rule. An answer all the same, or the service would wait for ever. */
  function attempt({ name }: Definition, start: () => void): void {
    try {
      start();
    } catch (error) {
      const { code = String(error) } = error as NodeJS.ErrnoException;
      give(name, { type: 'spawnFailed', failure: { code, step: 'process', subject: name, hopeless: false } });
    }
  }

  return {
    run: (definition) => attempt(definition, () => {
      if (definition.notificationDescriptor !== undefined) return runWithReadiness(definition, definition.notificationDescriptor);
      kernel.spawn(request(definition, 'run', [definition.name]), (result) => give(definition.name, answer(result)));
    }),
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
