/** What the processes of a service use: who belongs to which service, and the sums. Pure; src/usage reads what it is made of. */

/** One service. `cpu` is seconds, `memory` bytes; what has no process uses nothing. */
export type Usage = Readonly<{
  name: string;
  /** CPU time that its processes have used, and those that they have waited for, since each was started. */
  cpu: number;
  /** Resident memory; pages that processes share count for each of them, as in ps(1). */
  memory: number;
  /** How many live. */
  processes: number;
}>;

/** One process as proc(5) tells of it. */
export type ProcessFacts = Readonly<{
  pid: number;
  parent: number;
  session: number;
  /** Seconds, its own and of the children that it has waited for. */
  cpu: number;
  /** Bytes. */
  memory: number;
  /** False for one that has ended, and that nobody has waited for yet. */
  alive: boolean;
}>;

/** `pid` is whom the service is now, `group` whom n6 has started: its session and process group have that number. */
export type Owner = Readonly<{ name: string; pid: number; group: number }>;

/**
 * In the order of `owners`; `idle` are services without a process. To a service belong its main process, its session, and
 * whatever those have started, also in sessions of their own, as the workers of PostgreSQL are. The nearest counts.
 */
export function usagesOf(processes: readonly ProcessFacts[], owners: readonly Owner[]): Usage[] {
  const byPid = new Map(processes.map((facts) => [facts.pid, facts]));
  const named = new Map<number, string>();
  const sessions = new Map<number, string>();
  for (const { name, pid, group } of owners) {
    named.set(pid, name);
    sessions.set(group, name);
  }
  const known = new Map<number, string | undefined>();

  /** Goes up to the first ancestor of whom it is known; each process is asked about once, so the work is linear. */
  function ownerOf(first: ProcessFacts): string | undefined {
    const asked: number[] = [];
    let owner: string | undefined;
    for (let at: ProcessFacts | undefined = first; at !== undefined; at = byPid.get(at.parent)) {
      const { pid, session } = at;
      owner = named.get(pid) ?? sessions.get(session);
      if (owner === undefined && known.has(pid)) owner = known.get(pid);
      else asked.push(pid);
      // A circle cannot be, but a list that was read while processes came and went could show one.
      if (owner !== undefined || known.has(pid)) break;
      known.set(pid, undefined);
    }
    for (const pid of asked) known.set(pid, owner);
    return owner;
  }

  const sums = new Map(owners.map(({ name }) => [name, { name, cpu: 0, memory: 0, processes: 0 }]));
  for (const each of processes) {
    const owner = ownerOf(each);
    const sum = owner === undefined ? undefined : sums.get(owner);
    if (sum === undefined) continue;
    sum.cpu += each.cpu;
    if (!each.alive) continue;
    sum.memory += each.memory;
    sum.processes++;
  }
  return [...sums.values()].map((sum) => ({ ...sum, cpu: Math.round(sum.cpu * 100) / 100 }));
}

/** Of a service without a process. */
export const noUsage = (name: string): Usage => ({ name, cpu: 0, memory: 0, processes: 0 });
