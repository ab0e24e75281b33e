/** What HAProxy answers to `show proc` and `show stat` (management guide, 9.3 and 9.4). Pure. */

/** A master and its workers. */
export type Processes = Readonly<{
  master: number;
  /** Reloads since the master was started, those that failed among them. */
  reloads: number;
  /** Failed ones in a row: 0 after one that went well. */
  failed: number;
  /** Pids of those that take connections. */
  workers: readonly number[];
  /** Pids of those that finish what they have begun. */
  old: readonly number[];
}>;

/** undefined: it is no such answer. */
export function readProcesses(answer: string): Processes | undefined {
  let section = '';
  let master: Pick<Processes, 'master' | 'reloads' | 'failed'> | undefined;
  const workers: number[] = [];
  const old: number[] = [];
  for (const line of answer.split('\n')) {
    const [, heading] = /^# ?([a-z].*)$/.exec(line) ?? [];
    if (heading !== undefined) section = heading.trim();
    const [, pid, type, reloads, failed] = /^(\d+)\s+(\w+)\s+(\d+)(?:\s+\[failed: (\d+)\])?/.exec(line) ?? [];
    if (type === 'master') master = { master: Number(pid), reloads: Number(reloads), failed: Number(failed ?? 0) };
    else if (type === 'worker') (section === 'old workers' ? old : workers).push(Number(pid));
  }
  return master === undefined ? undefined : { ...master, workers, old };
}

/** What a look at a master after a reload says of it; `undecided`: it is not over yet. */
export type Verdict = 'reloaded' | 'failed' | 'undecided';

/**
 * Whether the master has begun anew and has another worker than before. A master that counts a failed reload keeps its old worker; its
 * answer to the signal, or to sd_notify(3), is the same in both cases.
 */
export function verdictOf(before: Processes, after: Processes): Verdict {
  if (after.master !== before.master) return 'failed';
  if (after.reloads <= before.reloads) return 'undecided';
  if (after.failed > 0 && after.failed >= before.failed) return 'failed';
  const known = new Set([...before.workers, ...before.old]);
  return after.workers.some((pid) => !known.has(pid)) ? 'reloaded' : 'undecided';
}

/** One row of `show stat`, by the names of its columns. */
export type Stat = Readonly<{
  /** Of the frontend or backend. */
  proxy: string;
  /** Of the server; `FRONTEND` or `BACKEND` for the whole. */
  server: string;
  /** Such as UP, DOWN, DRAIN, MAINT, `UP 1/2`, `no check`. */
  status: string;
  /** Requests or connections that it is busy with. */
  sessions: number;
  /** Those that wait for it. */
  queued: number;
  /** Those of the last second. */
  rate: number;
  /** Those since the worker was started. */
  total: number;
  /** `IP:PORT`; empty for a whole, and for who may not see it. */
  address: string;
}>;

/** undefined: it is no such answer. */
export function readStat(answer: string): Stat[] | undefined {
  const [heading = '', ...rows] = answer.split('\n').filter((line) => line.trim() !== '');
  const names = heading.replace(/^# ?/, '').split(',');
  const at = (name: string): number => names.indexOf(name);
  const columns = { proxy: at('pxname'), server: at('svname'), status: at('status'), sessions: at('scur'), queued: at('qcur'), rate: at('rate'),
    total: at('stot'), address: at('addr') };
  if (columns.proxy < 0 || columns.server < 0 || columns.status < 0 || columns.sessions < 0) return undefined;
  return rows.map((row) => {
    const fields = fieldsOf(row);
    const text = (column: number): string => fields[column] ?? '';
    const count = (column: number): number => Number(text(column)) || 0;
    return {
      proxy: text(columns.proxy), server: text(columns.server), status: text(columns.status), sessions: count(columns.sessions),
      queued: count(columns.queued), rate: count(columns.rate), total: count(columns.total), address: text(columns.address),
    };
  });
}

/** A field with a comma in it is in quotes, and a quote in it is doubled (RFC 4180). */
function fieldsOf(row: string): string[] {
  if (!row.includes('"')) return row.split(',');
  return [...row.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '');
}

/** The rows of servers: neither whole frontends or backends nor sockets of a `listen`. */
export const serversOf = (stats: readonly Stat[]): Stat[] => stats.filter(({ server }) => server !== 'FRONTEND' && server !== 'BACKEND');

/** HAProxy's own words for what was wrong: its first alerts, without time, pid and brackets; undefined where it has said none. */
export function alertsOf(text: string): string | undefined {
  const alerts = text.split('\n').flatMap((line) => /\[ALERT\]\s+(?:.*?\(\d+\) : )?(.+)/.exec(line)?.[1] ?? []);
  return alerts.length === 0 ? undefined : alerts.slice(0, 3).map((line) => line.replace(/[\x00-\x1f\x7f]+/g, ' ').trim().slice(0, 300)).join('; ');
}
