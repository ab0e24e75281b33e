import { constants, openSync, statSync } from 'node:fs';
import { systemError } from './errno.ts';
import type { Libc } from './libc.ts';

/**
 * Makes the FIFO if there is none (mkfifo(3)) and opens it for reading. Opened O_RDWR, which Linux allows (fifo(7)): n6
 * itself is a writer then, so that the end of a client is not the end of the FIFO, and neither open waits for the other.
 * Throws EEXIST when something else is in its place, or what mkfifo and open throw (EROFS, ENOENT, EACCES …).
 */
export function openFifo(libc: Libc, path: string, mode: number): number {
  if (libc.mkfifo(path, mode) !== 0) {
    const code = libc.errno();
    if (code !== 'EEXIST') throw systemError('mkfifo', code, path);
    if (!statSync(path).isFIFO()) throw systemError('mkfifo', code, path);
  }
  return openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
}
