import { writeSync } from 'node:fs';

/**
 * Writes text to standard output (1) or standard error (2), all of it. Not by way of process.stdout: opening that as a
 * stream sets O_NONBLOCK on a pipe which svc may share with services (a hook's output is the container's), and they
 * would lose lines to EAGAIN. A reader that has gone (`svc status | head -1`) is no error.
 */
export function write(descriptor: 1 | 2, text: string): void {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE' || code === 'EBADF') return;
      if (code !== 'EAGAIN') throw error;
      // Somebody else has made the pipe non-blocking, and its reader is slow: look again in 10 ms, as a blocking write would.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}
