import { systemError } from './errno.ts';
import { memory, type Libc } from './libc.ts';

/** A pipe (pipe2(2)), both ends close-on-exec. Throws EMFILE or ENFILE when there is no descriptor left. */
export function makePipe(libc: Libc, flags = 0): { read: number; write: number } {
  const ends = memory(8);
  if (libc.pipe2(ends, O_CLOEXEC | flags) !== 0) throw systemError('pipe2', libc.errno(), '');
  return { read: ends.readInt32LE(0), write: ends.readInt32LE(4) };
}

const O_CLOEXEC = 0o2000000;
