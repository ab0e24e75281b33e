/** Takes a member of the cluster out of use, in every worker: those that only finish still have its servers, and clients that stay connected. */
import { isIdle, isMemberIn, isSpare, takesNothing, type Drained } from '../core/haproxy/drain.ts';
import { serversOf, type Stat } from '../core/haproxy/show.ts';
import { HaproxyError } from './ask.ts';
import type { Master } from './master.ts';

/** `drain`: what has a cookie for it still goes there; `maint`: nothing does; `ready`: as before. */
export type ServerState = 'drain' | 'maint' | 'ready';

type Rows = ReadonlyMap<number, readonly Stat[]>;

/**
 * Puts all servers of the member that are not there yet into this state; out of use only those beside which a worker has others. Rejects
 * with a HaproxyError.
 */
export async function setServers(master: Master, member: Drained, state: ServerState): Promise<void> {
  const rows = await everyRow(master);
  const isOurs = isMemberIn(member, [...rows.values()].flat());
  for (const [pid, list] of rows) {
    const may = (row: Stat): boolean => state === 'ready' || isSpare(row, list, isOurs);
    for (const { proxy, server } of list.filter((row) => isOurs(row) && !isIn(state, row) && may(row))) {
      await orGone(master.command(pid, `set server ${proxy}/${server} state ${state}`));
    }
  }
}

function isIn(state: ServerState, { status }: Stat): boolean {
  if (state === 'ready') return !/^(?:MAINT|DRAIN)/.test(status);
  return status.startsWith('MAINT') || (state === 'drain' && status.startsWith('DRAIN'));
}

/**
 * True when no worker has a session with a server of the member, and none will begin one: all of its servers are in maintenance,
 * or HAProxy has none. Puts them there: asked again and again, it says yes as soon as the last session has ended.
 * Rejects with a HaproxyError where HAProxy cannot be asked.
 */
export async function isDrained(master: Master, member: Drained): Promise<boolean> {
  await setServers(master, member, 'maint');
  const rows = await everyRow(master);
  const all = [...rows.values()].flat();
  const isOurs = isMemberIn(member, all);
  if (!all.filter(isOurs).every((row) => takesNothing(row) && isIdle(row))) return false;
  // A worker that has begun meanwhile was not asked.
  const { workers, old } = await master.processes();
  return [...workers, ...old].every((pid) => rows.has(pid));
}

/** Servers of each worker that is there. */
async function everyRow(master: Master): Promise<Rows> {
  const { workers, old } = await master.processes();
  const rows = await Promise.all([...workers, ...old].map(async (pid): Promise<[number, Stat[]] | undefined> => {
    const stats = await orGone(master.stats(pid));
    return stats === undefined ? undefined : [pid, serversOf(stats)];
  }));
  const found = new Map(rows.filter((row) => row !== undefined));
  if (found.size === 0) throw new HaproxyError('HAProxy has no worker that answers');
  return found;
}

/** A worker that only finishes may end at any time. */
async function orGone<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof HaproxyError) return undefined;
    throw error;
  }
}
