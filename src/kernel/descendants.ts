import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export type Descendant = Readonly<{ pid: number; command: string }>;

/**
 * Everybody below n6 who is alive now, by the parent that each process of /proc names (proc(5), /proc/PID/stat). That is
 * one way for all kernels: /proc/PID/task/TID/children may not be compiled in, and is unreliable while processes come and go.
 * Empty where /proc belongs to another PID namespace, because its numbers would be somebody else's here.
 */
export function findDescendants(): Descendant[] {
  return livingBelow().map(({ pid }) => ({ pid, command: commandOf(pid) }));
}

/**
 * Sends to every descendant, and looks again until a look finds nobody new: they may fork meanwhile. `send` is called for
 * each pid once, when it has just been seen to be the same process that was found below n6.
 */
export function reachDescendants(send: (pid: number) => void): void {
  const reached = new Set<number>();
  for (let walk = 0; walk < MOST_WALKS; walk++) {
    const fresh = livingBelow().filter(({ pid }) => !reached.has(pid));
    if (fresh.length === 0) return;
    for (const { pid, startTime } of fresh) {
      reached.add(pid);
      // It may have ended while the others were listed, and its number be a stranger's by now.
      if (statusOf(pid)?.startTime === startTime) send(pid);
    }
  }
}

/**
 * The moment at which a process was started, as /proc/PID/stat counts it (field 22 of proc(5)): with the pid it names one process for ever, and
 * execve(2) changes neither. Also of a zombie; undefined when there is no such process.
 */
export function startTimeOf(pid: number): string | undefined {
  return fieldsOf(pid)?.[19];
}

export type Child = Readonly<{
  pid: number;
  startTime: string;
  /** Words of its command line; none for a zombie. */
  words: readonly string[];
}>;

/** Those whose parent is n6 itself, zombies included, oldest first. Empty where /proc belongs to another PID namespace. */
export function findChildren(): Child[] {
  if (!isOurNamespace()) return [];
  const found = readdirSync('/proc').flatMap((name) => {
    const fields = /^\d+$/.test(name) ? fieldsOf(Number(name)) : undefined;
    if (fields === undefined || Number(fields[1]) !== process.pid) return [];
    return [{ pid: Number(name), startTime: fields[19]!, words: read(`/proc/${name}/cmdline`).replace(/\0$/, '').split('\0') }];
  });
  return found.sort((a, b) => Number(a.startTime) - Number(b.startTime) || a.pid - b.pid);
}

/** Who forks faster than this is not caught by walking; the caller sends again as his deadlines say. */
const MOST_WALKS = 100;

type Status = Readonly<{ pid: number; parent: number; startTime: string }>;

function livingBelow(): Status[] {
  if (!isOurNamespace()) return [];
  const children = new Map<number, Status[]>();
  for (const name of readdirSync('/proc')) {
    const status = /^\d+$/.test(name) ? statusOf(Number(name)) : undefined;
    if (status === undefined) continue;
    const siblings = children.get(status.parent);
    if (siblings === undefined) children.set(status.parent, [status]);
    else siblings.push(status);
  }
  const found = [...(children.get(process.pid) ?? [])];
  // What is added while the array is walked is walked, too.
  for (const { pid } of found) found.push(...(children.get(pid) ?? []));
  return found;
}

/** undefined for a zombie and for a process that has gone since /proc was listed. */
function statusOf(pid: number): Status | undefined {
  const fields = fieldsOf(pid);
  if (fields === undefined) return undefined;
  const [state, parent, threads, startTime] = [fields[0], fields[1], fields[17], fields[19]!];
  // Whose first thread has ended looks like a zombie, and lives on in the others.
  if (state === 'X' || (state === 'Z' && Number(threads) < 2)) return undefined;
  return { pid, parent: Number(parent), startTime };
}

/** Of proc(5) from field 3 on: `pid (name) state parent …`, and a name may hold blanks and parentheses. undefined: no such process. */
function fieldsOf(pid: number): string[] | undefined {
  const text = read(`/proc/${pid}/stat`);
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields.length > 19 ? fields : undefined;
}

/** The command line with blanks between the words; the name in brackets where there is none. */
function commandOf(pid: number): string {
  const words = read(`/proc/${pid}/cmdline`).replace(/\0+$/, '').replaceAll('\0', ' ');
  return words === '' ? `[${read(`/proc/${pid}/comm`).trimEnd()}]` : words;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function isOurNamespace(): boolean {
  try {
    return readlinkSync('/proc/self') === String(process.pid);
  } catch {
    return false;
  }
}
