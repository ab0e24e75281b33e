/** Where lines of services go that n6 hands on: its own standard output and error. */
import { constants, fstatSync, openSync } from 'node:fs';
import { isatty } from 'node:tty';
import type { Place } from '../logs/sink.ts';

/**
 * Opening /proc/self/fd/N of a pipe gives a description of our own (proc(5)), whose O_NONBLOCK is no business of the services. Throws
 * when nobody reads there (ENXIO) or there is no such descriptor. See line-output.ts, too.
 */
export function containerOutput(standard: 1 | 2): Place {
  const stats = fstatSync(standard);
  if (stats.isFIFO()) return openPipe(standard);
  if (stats.isFile()) return { descriptor: standard, kind: 'file' };
  // /dev/null and its like never block; a terminal may, after Ctrl-S; a socket cannot be opened, and others share it.
  if (stats.isCharacterDevice() && !isatty(standard)) return { descriptor: standard, kind: 'file' };
  return { descriptor: standard, kind: 'slow' };
}

function openPipe(standard: number): Place {
  try {
    return { descriptor: openSync(`/proc/self/fd/${standard}`, constants.O_WRONLY | constants.O_NONBLOCK), kind: 'pipe' };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENXIO') throw error;
    // Another user's pipe.
    return { descriptor: standard, kind: 'slow' };
  }
}
