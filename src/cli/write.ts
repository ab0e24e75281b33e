import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs';

/**
 * Writes text to standard output (1) or standard error (2), all of it. Not by way of process.stdout: opening that as a
 * stream sets O_NONBLOCK on a pipe which svc may share with services (a hook's output is the container's), and they
 * would lose lines to EAGAIN. A reader that has gone (`svc status | head -1`) is no error. `patience`: milliseconds after which a
 * reader who has stopped is left without the rest; unless given he is waited for. False: there is no reader any more, so that
 * whoever goes on for ever need not.
 */
export function write(descriptor: 1 | 2, text: string | Buffer, patience = Infinity): boolean {
  const own = patience === Infinity ? undefined : ownDescription(descriptor);
  try {
    return writeAll(own ?? descriptor, text, patience === Infinity ? Infinity : performance.now() + patience);
  } finally {
    if (own !== undefined) closeSync(own);
  }
}

function writeAll(descriptor: number, text: string | Buffer, until: number): boolean {
  let rest = typeof text === 'string' ? Buffer.from(text) : text;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE' || code === 'EBADF') return false;
      // Asking for the time loads perf_hooks.
      if (code === 'EAGAIN' && until !== Infinity && performance.now() >= until) return true;
      if (code !== 'EAGAIN') throw error;
      // The pipe is non-blocking, and its reader is slow: look again in 10 ms, as a blocking write would.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
  return true;
}

/**
 * Opening /proc/self/fd/N of a pipe gives an open file description whose O_NONBLOCK is ours alone (proc(5)). undefined: it is no
 * pipe, or another user's (EACCES), which is written to as it is.
 */
function ownDescription(descriptor: 1 | 2): number | undefined {
  try {
    return fstatSync(descriptor).isFIFO() ? openSync(`/proc/self/fd/${descriptor}`, constants.O_WRONLY | constants.O_NONBLOCK) : undefined;
  } catch {
    return undefined;
  }
}
