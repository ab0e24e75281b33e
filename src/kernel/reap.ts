import type { Exit } from '../core/exit.ts';
import type { KernelListeners } from './kernel.ts';
import type { Libc } from './libc.ts';
import { hasChild, peek, reap } from './wait.ts';

/** One start in flight. */
export type Ticket = symbol;

/** Knows which dead child is whose. All of it runs on the main thread, one thing after the other. */
export interface Reaper {
  /** A start begins: from now on a dead child that nobody knows may be its own. */
  begin(): Ticket;
  /** The start has given a pid. `tell` is called first, then the exit if the process has already ended. */
  started(ticket: Ticket, pid: number, tell: () => void): void;
  /** The start has given none. */
  failed(ticket: Ticket): void;
  leaveToLibuv(pid: number): void;
  /** A child of an earlier life of this process: its end is told as that of one that was started here. */
  adopt(pid: number): void;
  /** True when there is no child of any kind, and none under way. */
  childless(): boolean;
  /** The children that `started` has named and that have not ended. */
  readonly own: ReadonlySet<number>;
}

/**
 * Reaps on SIGCHLD with waitid(2), always with a look first (WNOWAIT): a child of libuv must be left to libuv, which never
 * hears of the exit of a child that somebody else has reaped.
 *
 * A child may die before posix_spawn has brought its pid back from the thread pool. So an unknown dead pid is reaped but
 * kept until every start that was in flight at that moment has answered; whom none of them claims is an orphan.
 */
export function createReaper(libc: Libc, listeners: KernelListeners): Reaper {
  const own = new Set<number>();
  const libuvs = new Set<number>();
  const inFlight = new Set<Ticket>();
  const unclaimed = new Map<number, { exit: Exit; candidates: Set<Ticket> }>();
  /** The dead child of libuv that is in the way, and for how many turns it has been. */
  let obstacle = { pid: 0, turns: 0 };
  let scheduled = false;
  /** Somebody has gone since `childless` was last told: one death may bring us here twice, by its signal and by an answer. */
  let news = false;
  // Never fires. Node ends when nothing is left to wait for, and children do not count unless they are libuv's.
  const anchor = setInterval(() => {}, 2 ** 31 - 1).unref();

  const guarded = (where: string, call: () => void): void => {
    try {
      call();
    } catch (error) {
      listeners.failed(where, error);
    }
  };

  function tellExit(pid: number, exit: Exit): void {
    own.delete(pid);
    news = true;
    guarded('exited', () => listeners.exited(pid, exit));
  }

  function tellOrphan(pid: number, exit: Exit): void {
    libuvs.delete(pid);
    news = true;
    guarded('orphanReaped', () => listeners.orphanReaped(pid, exit));
  }

  function bury(pid: number): void {
    // undefined: libc itself was faster, with the child of a start that failed.
    const dead = reap(libc, pid);
    if (dead === undefined) return;
    if (own.has(pid)) tellExit(pid, dead.exit);
    else if (inFlight.size > 0) unclaimed.set(pid, { exit: dead.exit, candidates: new Set(inFlight) });
    else tellOrphan(pid, dead.exit);
  }

  /** True when nobody dead is left, or nobody who can be reached; false when the next turn has to go on. */
  function sweep(): boolean {
    for (let count = 0; count < PER_TURN; count++) {
      const dead = peek(libc);
      if (dead === undefined) {
        obstacle = { pid: 0, turns: 0 };
        return true;
      }
      if (!libuvs.has(dead.pid)) {
        bury(dead.pid);
        continue;
      }
      obstacle = { pid: dead.pid, turns: obstacle.pid === dead.pid ? obstacle.turns + 1 : 1 };
      if (obstacle.turns <= PATIENCE) return false;
      // waitid always shows this one first, and libuv does not take it. Ours can be asked one by one; the next SIGCHLD tries again.
      for (const pid of own) if (peek(libc, pid) !== undefined) bury(pid);
      return true;
    }
    return false;
  }

  function round(): void {
    if (scheduled) return;
    if (!sweep()) {
      scheduled = true;
      setImmediate(() => {
        scheduled = false;
        round();
      });
      return;
    }
    // What libuv has reaped: its number may come back as somebody else's.
    for (const pid of libuvs) if (!hasChild(libc, pid)) news = libuvs.delete(pid);
    if (hasChild(libc)) {
      anchor.ref();
      return;
    }
    anchor.unref();
    if (!news || !childless()) return;
    news = false;
    guarded('childless', () => listeners.childless());
  }

  function settle(ticket: Ticket, husk: boolean): void {
    inFlight.delete(ticket);
    news = true;
    for (const [pid, { exit, candidates }] of unclaimed) {
      if (!candidates.delete(ticket)) continue;
      if (husk && 'code' in exit && exit.code === CANNOT_EXECUTE) {
        unclaimed.delete(pid);
        husk = false;
      } else if (candidates.size === 0) {
        unclaimed.delete(pid);
        tellOrphan(pid, exit);
      }
    }
    if (inFlight.size === 0) round();
  }

  const childless = (): boolean => inFlight.size === 0 && unclaimed.size === 0 && !hasChild(libc);

  process.on('SIGCHLD', round);
  // Whoever died before there was a listener: in an earlier life of this process, or while Node was starting.
  setImmediate(round);

  return {
    begin: () => {
      const ticket = Symbol('start');
      inFlight.add(ticket);
      return ticket;
    },
    started: (ticket, pid, tell) => {
      own.add(pid);
      libuvs.delete(pid);
      anchor.ref();
      guarded('spawn', tell);
      const early = unclaimed.get(pid);
      unclaimed.delete(pid);
      if (early !== undefined) tellExit(pid, early.exit);
      settle(ticket, false);
    },
    failed: (ticket) => settle(ticket, true),
    leaveToLibuv: (pid) => libuvs.add(pid),
    adopt(pid) {
      own.add(pid);
      anchor.ref();
    },
    childless,
    own,
  };
}

/** So that a burst of orphans does not keep the event loop from everything else; about a millisecond. */
const PER_TURN = 256;
/** libuv hears of the same SIGCHLD in the same turn, or in the next one when the signal came while its pipe was being read. */
const PATIENCE = 3;
/** Exit code of libc's child when it could not execute the program (glibc SPAWN_ERROR, musl likewise): nobody's orphan. */
const CANNOT_EXECUTE = 127;
