/**
 * Lines on standard output or standard error without ever blocking PID 1 on a reader that has stopped, and without making
 * the container's shared pipe non-blocking for the services.
 */
import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs';

/** Writes whole lines to 1 or 2; what cannot be written is counted and said with the next line that can. Never throws. */
export function createLineOutput(standard: 1 | 2): (line: string) => void {
  const { descriptor } = ownDescription(standard);
  let lost = 0;
  return (line) => {
    try {
      if (lost > 0) {
        writeSync(descriptor, `n6: ${lost} lines of this log were lost: nobody read it\n`);
        lost = 0;
      }
      writeSync(descriptor, line);
    } catch {
      // EAGAIN: the pipe is full. EPIPE, EBADF: nobody is there. A log must not end or hold up what it tells about.
      lost++;
    }
  };
}

/**
 * Opening /proc/self/fd/N of a pipe or terminal gives a new open file description (proc(5)), whose O_NONBLOCK is ours
 * alone. A regular file never blocks and must be written through descriptor N itself, which shares its offset. A socket
 * cannot be opened (ENXIO), another user's pipe may not be (EACCES): descriptor N, then.
 */
export function ownDescription(standard: 1 | 2): OwnDescription {
  try {
    const stats = fstatSync(standard);
    if (!stats.isFIFO() && !stats.isCharacterDevice()) return { descriptor: standard, kind: 'shared' };
    const descriptor = openSync(`/proc/self/fd/${standard}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    if (fstatSync(descriptor).ino === stats.ino) return { descriptor, kind: stats.isFIFO() ? 'pipe' : 'terminal' };
    closeSync(descriptor);
  } catch {
    // Said above.
  }
  return { descriptor: standard, kind: 'shared' };
}

/** `shared`: the one that services have, too, and that therefore stays as it is. */
export type OwnDescription = Readonly<{ descriptor: number; kind: 'pipe' | 'terminal' | 'shared' }>;
