/**
 * The last line that a short command writes, by a pipe that is given to it in place of n6's own output. Of a HAProxy it is the first
 * alert: its last line only says that there were some.
 */
import type { Kernel } from '../kernel/kernel.ts';
import { createTail, type Tail } from './tail.ts';

export type LastLine = Omit<Tail, 'end'> & Readonly<{
  /** The command has ended: gives its last line, when all of it has been read. */
  end(done: (line: string) => void): void;
}>;

/** Bytes of the end that are kept. */
const KEPT = 2048;
/** Characters of a line that are told. */
const LONGEST = 200;

/** Throws an error with `code` EMFILE or ENFILE. */
export function createLastLine(kernel: Pick<Kernel, 'pipe' | 'close' | 'read'>): LastLine {
  const tail = createTail(kernel, KEPT);
  return { ...tail, end: (done) => tail.end((output) => done(lastOf(output))) };
}

/** Control characters could forge lines of the log. */
function lastOf(output: Buffer): string {
  const lines = output.toString().split('\n').map((line) => line.replace(/[\x00-\x1f\x7f]+/g, ' ').trim());
  return (lines.find((line) => line.startsWith('[ALERT]')) ?? lines.findLast((line) => line !== '') ?? '').slice(0, LONGEST);
}
