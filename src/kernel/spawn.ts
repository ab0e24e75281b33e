import { availableParallelism, constants } from 'node:os';
import type { SpawnFailure } from '../core/events.ts';
import { createPreparer, type Preparation } from './actions.ts';
import { detour } from './detour.ts';
import { codeOf, errnoName } from './errno.ts';
import { findFailure, obstacles } from './failure.ts';
import type { Kernel, KernelListeners, SpawnRequest, SpawnResult } from './kernel.ts';
import { memory, type Libc } from './libc.ts';
import type { DescriptorLimit } from './limits.ts';
import { inPidNamespace } from './namespace.ts';
import type { Reaper } from './reap.ts';

export type Spawner = Readonly<{
  spawn: Kernel['spawn'];
  /** How many starts have not been answered. */
  pending(): number;
}>;

export type SpawnOptions = Readonly<{
  /** What children may open; undefined: as much as n6. */
  softDescriptorLimit: number | undefined;
  /** Holds command/with-contenv and the other programs that a hashbang may name though they are not installed. */
  home: string | undefined;
  /** False where libc cannot give a new process its directory: /bin/sh does it then. */
  chdir: boolean;
}>;

/**
 * Starts with posix_spawn(3) on the thread pool, so that the event loop goes on meanwhile and cores work side by side: as
 * many at a time as there are cores, but no more than the pool has threads, where others would only wait behind them.
 */
export function createSpawner(
  libc: Libc, reaper: Reaper, limit: DescriptorLimit, options: SpawnOptions, failed: KernelListeners['failed'],
): Spawner {
  const prepare = createPreparer(libc, options.chdir);
  const width = Math.min(availableParallelism(), Number(process.env['UV_THREADPOOL_SIZE']) || 4);
  let inFlight = 0;
  let queue: Job[] = [];
  let next = 0;

  const guarded = (call: () => void): void => {
    try {
      call();
    } catch (error) {
      failed('spawn', error);
    }
  };

  function pump(): void {
    while (inFlight < width && next < queue.length) start(queue[next++]!);
    if (next < queue.length) return;
    queue = [];
    next = 0;
  }

  /** Never answers in the same turn, so that nobody is called back while he is still asking. */
  function start(job: Job): void {
    inFlight++;
    const ticket = reaper.begin();
    const answer = (code: string | undefined, pid = 0): void => {
      inFlight--;
      if (code === undefined) {
        // The next one first: the thread pool works while the listeners do.
        pump();
        reaper.started(ticket, pid, () => job.done({ pid }));
        return;
      }
      guarded(() => notStarted(job, code));
      reaper.failed(ticket);
    };
    try {
      // The shell that stands in for chdir would say nothing of these, only exit with 126 or 127: look before.
      const [obstacle] = options.chdir ? [] : obstacles(job.request, options.softDescriptorLimit);
      if (obstacle === undefined) run(prepare(job.request), job.request.pidNamespace === true, answer);
      else setImmediate(answer, obstacle.code);
    } catch (error) {
      setImmediate(answer, codeOf(error));
    }
  }

  function run({ release, ...rest }: Preparation, pidNamespace: boolean, answer: (code: string | undefined, pid: number) => void): void {
    const pid = memory(4);
    const after = (errno: number): void => {
      guarded(release);
      answer(errno === 0 ? undefined : errnoName(errno), pid.readInt32LE(0));
    };
    // Asked before the limit goes down. With nearly as many files open as a child may have, n6 could open no other one until
    // the answer is here: so it waits for the call itself, which is short.
    const crowded = limit.crowded();
    limit.lower();
    try {
      if (!crowded && !pidNamespace) {
        libc.spawn({ ...rest, pid }, (errno) => {
          guarded(limit.raise);
          after(errno);
        });
        return;
      }
      // The namespace belongs to this thread, and only for the length of the call.
      const errno = pidNamespace ? inPidNamespace(libc, () => libc.spawnNow({ ...rest, pid })) : libc.spawnNow({ ...rest, pid });
      setImmediate(after, errno);
    } catch (error) {
      if (pidNamespace) {
        limit.raise();
        guarded(release);
        setImmediate(answer, codeOf(error), 0);
        return;
      }
      // koffi refuses a call only for want of memory.
      failed('spawn', error);
      setImmediate(after, constants.errno.ENOMEM);
    }
    limit.raise();
  }

  function notStarted(job: Job, code: string): void {
    const other = job.detours < DEEPEST ? detour(job.request, code, options.home) : undefined;
    if (other !== undefined) {
      start({ ...job, request: other, detours: job.detours + 1 });
      return;
    }
    pump();
    const failure = job.request.pidNamespace === true && NO_NAMESPACE.has(code)
      ? { code, step: 'namespace', subject: 'unshare(2)', hopeless: true } as const
      : findFailure(job.request, code, options.softDescriptorLimit);
    job.done({ failure: job.detours === 0 ? failure : ofInterpreter(failure) });
  }

  return {
    spawn: (request, done) => {
      queue.push({ request, detours: 0, done });
      // Whoever starts many may open files for each of them in the same turn: the limit stays up until he is done.
      if (limit.differs) queueMicrotask(() => guarded(pump));
      else pump();
    },
    pending: () => inFlight + queue.length - next,
  };
}

type Job = Readonly<{
  /** What is started: as asked for, or an interpreter in its place. */
  request: SpawnRequest;
  /** How many interpreters stand between this and what was asked for. */
  detours: number;
  done: (result: SpawnResult) => void;
}>;

/** A script whose interpreter is a script, and so on: as deep as the system itself follows (execve(2)). */
const DEEPEST = 4;

/** What unshare(2) says where it may not, cannot, or may no more. */
const NO_NAMESPACE: ReadonlySet<string> = new Set(['EPERM', 'ENOSYS', 'EINVAL', 'ENOSPC', 'EUSERS']);

/** What is the program of this attempt is the interpreter of what was asked for. */
const ofInterpreter = (failure: SpawnFailure): SpawnFailure =>
  failure.step === 'file' || failure.step === 'mode' ? { ...failure, step: 'interpreter' } : failure;
