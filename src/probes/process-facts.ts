/** What /proc says of processes that tell something of themselves (proc(5)); undefined or false for one that has gone. */
import { readFileSync } from 'node:fs';

/** Whose rights it has: its effective uid. */
export function userOf(pid: number): number | undefined {
  const found = /^Uid:\s+\d+\s+(\d+)/m.exec(read(`/proc/${pid}/status`));
  return found === null ? undefined : Number(found[1]);
}

/** Whether one of its parents is `ancestor`, or it is in the session that `leader` has begun. A zombie is nobody. */
export function isBelow(pid: number, ancestor: number, leader: number): boolean {
  let current = statusOf(pid);
  if (current === undefined || current.state === 'Z' || current.state === 'X') return false;
  if (current.session === leader) return true;
  for (let steps = 0; current !== undefined && steps < DEEPEST; steps++) {
    if (current.parent === ancestor) return true;
    if (current.parent <= 1) return false;
    current = statusOf(current.parent);
  }
  return false;
}

/** A pid may be used again while its children are looked at, and then a chain could have a ring in it. */
const DEEPEST = 1000;

function statusOf(pid: number): { state: string; parent: number; session: number } | undefined {
  const text = read(`/proc/${pid}/stat`);
  // `pid (name) state parent group session …`, and a name may hold blanks and parentheses.
  const [state, parent, , session] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return state === undefined || parent === undefined ? undefined : { state, parent: Number(parent), session: Number(session) };
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
