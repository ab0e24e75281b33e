/** Programs that run once and are not services: scripts of the boot and of its end, oneshots. By pid, as the roster's services. */
import type { SpawnFailure } from '../core/events.ts';
import type { Exit } from '../core/exit.ts';
import type { Kernel, SpawnRequest } from '../kernel/kernel.ts';

export type RunOutcome = { exit: Exit } | { failure: SpawnFailure };

export type Run = Readonly<{
  /** Asks it to end, and ends it when it does not. Nothing happens when it has ended. */
  abort(): void;
}>;

export type RunOptions = Readonly<{
  /** Milliseconds until SIGKILL; undefined: no limit. */
  limit?: number | undefined;
  /** The start has been answered, whatever the answer: descriptors that were lent to it can be closed. */
  answered?(): void;
  /** Called once. */
  ended(outcome: RunOutcome): void;
}>;

export type Runs = Readonly<{
  start(request: SpawnRequest, options: RunOptions): Run;
  /** True when the pid is one of these: its end has been told. */
  exited(pid: number, exit: Exit): boolean;
}>;

/** Milliseconds from the TERM of `abort` to KILL. */
const KILL_AFTER = 2000;

export function createRuns(kernel: Kernel): Runs {
  const ends = new Map<number, (exit: Exit) => void>();

  return {
    start(request, { limit, answered, ended }) {
      let pid: number | undefined;
      let aborted = false;
      let timer: NodeJS.Timeout | undefined;
      // The whole session: a script's children do its work.
      const signal = (name: string): void => {
        if (pid === undefined) return;
        if (!kernel.signal(-pid, name)) kernel.signal(pid, name);
      };
      const killIn = (milliseconds: number): void => {
        if (timer !== undefined) clearTimeout(timer);
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
        pid = result.pid;
        ends.set(pid, (exit) => {
          pid = undefined;
          if (timer !== undefined) clearTimeout(timer);
          ended({ exit });
        });
        if (aborted) abort();
        else if (limit !== undefined) killIn(limit);
      });
      return { abort };
    },
    exited(pid, exit) {
      const end = ends.get(pid);
      if (end === undefined) return false;
      ends.delete(pid);
      end(exit);
      return true;
    },
  };
}
