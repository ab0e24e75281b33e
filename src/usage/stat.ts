/** One line of /proc/PID/stat (proc(5)), as numbers. Pure. */
import type { ProcessFacts } from '../core/usage.ts';

/** What the numbers of the kernel are counted in. */
export type Units = Readonly<{ ticksPerSecond: number; pageSize: number }>;

/** undefined: this is no such line. The name in parentheses may hold blanks, parentheses and line breaks. */
export function parseStat(text: string, { ticksPerSecond, pageSize }: Units): ProcessFacts | undefined {
  const name = text.lastIndexOf(')');
  const fields = text.slice(name + 2).split(' ');
  if (name < 0 || fields.length < LEAST) return undefined;
  // Field 3 of proc(5), the state, is the first here.
  const field = (number: number): number => Number(fields[number - 3]);
  const ended = fields[0] === 'X' || (fields[0] === 'Z' && field(THREADS) < 2);
  return {
    pid: Number(text.slice(0, text.indexOf(' '))),
    parent: field(4),
    session: field(6),
    cpu: (field(14) + field(15) + field(16) + field(17)) / ticksPerSecond,
    memory: field(24) * pageSize,
    // One whose first thread has ended looks like a zombie, and lives on in the others.
    alive: !ended,
  };
}

const THREADS = 20;
/** Fields up to `rss`. */
const LEAST = 22;
