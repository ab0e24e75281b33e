/**
 * Services whose main process is not the one that n6 started (sd_notify(3), MAINPID). Its exit is told as that of an orphan, once
 * its parent has gone; a parent that has reaped it itself is found out when it ends.
 */
import type { Kernel } from '../kernel/kernel.ts';
import type { Exit } from '../core/exit.ts';
import type { Roster } from './roster.ts';

export type MainPids = Readonly<{
  /** Nobody may name n6, process 1, or a process of another service. */
  mayBe(mainPid: number): boolean;
  changed(name: string, from: number, to: number): void;
  /** Any child of n6 has ended. */
  exited(pid: number, exit: Exit): void;
  save(): [number, string][];
  adopt(saved: readonly (readonly [number, string])[]): void;
}>;

/** `lost`: a main process has ended, and nobody has told how. */
export function createMainPids(kernel: Pick<Kernel, 'pid' | 'descendants'>, roster: Roster, lost: (name: string, pid: number, exit: Exit) => void): MainPids {
  const former = new Map<number, string>();
  return {
    mayBe: (mainPid) => Number.isSafeInteger(mainPid) && mainPid > 1 && mainPid !== kernel.pid && roster.nameOf(mainPid) === undefined,
    changed: (name, from) => void former.set(from, name),
    save: () => [...former],
    adopt(saved) {
      for (const [pid, name] of saved) former.set(pid, name);
    },
    exited(pid, exit) {
      const name = former.get(pid);
      if (name === undefined) return;
      former.delete(pid);
      // Whoever died before it has become n6's by its death, and is reaped in this very turn.
      setImmediate(() => {
        const state = roster.get(name)?.state;
        if (state === undefined || !('pid' in state) || state.name === 'finishing' || state.pid === pid) return;
        if (!kernel.descendants().some((process) => process.pid === state.pid)) lost(name, state.pid, exit);
      });
    },
  };
}
