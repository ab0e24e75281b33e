/** Programs that run once and are not services: scripts of the boot and of its end, oneshots. By pid, as the roster's services. */
import type { SpawnFailure } from '../core/events.ts';
import type { Exit } from '../core/exit.ts';
import type { Purpose, SavedRun } from '../core/persist/life.ts';
import type { Kernel, SpawnRequest } from '../kernel/kernel.ts';

export type RunOutcome = { exit: Exit } | { failure: SpawnFailure };

export type Run = Readonly<{
  /** Asks it to end, and ends it when it does not. Nothing happens when it has ended. */
  abort(): void;
}>;

export type RunOptions = Readonly<{
  /** Milliseconds until SIGKILL; undefined: no limit. */
  limit?: number | undefined;
  /** What it is for, for a life of the supervisor that comes after this one; unless given, a script, which is waited for and no more. */
  purpose?: Purpose | undefined;
  /** n6's end of the pipe into which it writes, which goes on with it; undefined once it has been closed. */
  output?: (() => number | undefined) | undefined;
  /** The start has been answered, whatever the answer: descriptors that were lent to it can be closed. */
  answered?(): void;
  /** Called once. */
  ended(outcome: RunOutcome): void;
}>;

export type Runs = Readonly<{
  start(request: SpawnRequest, options: RunOptions): Run;
  /** True when the pid is one of these: its end has been told. */
  exited(pid: number, exit: Exit): boolean;
  /** Those that run now; what has no process yet is not among them. */
  save(): Omit<SavedRun, 'startTime'>[];
  /** One of the life before this one. */
  adopt(saved: SavedRun, ended: (exit: Exit) => void): Run;
}>;

/** Milliseconds from the TERM of `abort` to KILL. */
const KILL_AFTER = 2000;

export function createRuns(kernel: Kernel): Runs {
  type Running = { end(exit: Exit): void; save(): Omit<SavedRun, 'startTime'> };
  const running = new Map<number, Running>();

  return {
    start(request, { limit, answered, ended, purpose = { type: 'script' }, output }) {
      let pid: number | undefined;
      let aborted = false;
      let timer: NodeJS.Timeout | undefined;
      let killAt: number | undefined;
      // The whole session: a script's children do its work.
      const signal = (name: string): void => {
        if (pid === undefined) return;
        if (!kernel.signal(-pid, name)) kernel.signal(pid, name);
      };
      const killIn = (milliseconds: number): void => {
        if (timer !== undefined) clearTimeout(timer);
        killAt = kernel.now() + milliseconds;
        timer = setTimeout(() => signal('SIGKILL'), milliseconds);
      };
      const abort = (): void => {
        if (aborted && pid === undefined) return;
        aborted = true;
        if (pid === undefined) return;
        signal('SIGTERM');
        signal('SIGCONT');
        killIn(KILL_AFTER);
      };
      kernel.spawn(request, (result) => {
        answered?.();
        if ('failure' in result) return ended(result);
        const own = pid = result.pid;
        running.set(own, {
          end(exit) {
            pid = undefined;
            if (timer !== undefined) clearTimeout(timer);
            ended({ exit });
          },
          save: () => ({ pid: own, purpose, killAt, output: output?.() }),
        });
        if (aborted) abort();
        else if (limit !== undefined) killIn(limit);
      });
      return { abort };
    },
    exited(pid, exit) {
      const run = running.get(pid);
      if (run === undefined) return false;
      running.delete(pid);
      run.end(exit);
      return true;
    },
    save: () => [...running.values()].map((run) => run.save()),
    adopt({ pid, purpose, killAt, output }, ended) {
      let limit = killAt;
      let timer: NodeJS.Timeout | undefined;
      let over = false;
      const signal = (name: string): void => void (over || kernel.signal(-pid, name) || kernel.signal(pid, name));
      const killIn = (milliseconds: number): void => {
        clearTimeout(timer);
        limit = kernel.now() + milliseconds;
        timer = setTimeout(() => signal('SIGKILL'), milliseconds);
      };
      // Nobody wants to read it any more, and it must not end by that.
      let reading = output;
      const stop = reading === undefined ? undefined : kernel.read(reading, (chunk) => void (chunk === undefined && (reading = undefined)));
      if (killAt !== undefined) killIn(Math.max(0, killAt - kernel.now()));
      running.set(pid, {
        end(exit) {
          over = true;
          clearTimeout(timer);
          stop?.();
          ended(exit);
        },
        save: () => ({ pid, purpose, killAt: limit, output: reading }),
      });
      return {
        abort() {
          signal('SIGTERM');
          signal('SIGCONT');
          killIn(KILL_AFTER);
        },
      };
    },
  };
}
