import { renameSync, writeFileSync, writeSync } from 'node:fs';
import type { Descriptors } from '../kernel/descriptors.ts';
import { codeOf } from '../kernel/errno.ts';
import type { Sink } from './dispatch.ts';
import { withBeginning } from './stamps.ts';

export type Warn = (sentence: string) => void;

/** Standard output. What cannot be written there at all is told once, and it is closed to everything that follows. */
export function standardOutput(descriptors: Descriptors, warn: Warn): Sink {
  let closed = false;
  return {
    write: (lines) => {
      if (closed) return;
      try {
        writeAll(STDOUT, lines, descriptors);
      } catch (error) {
        closed = true;
        warn(`cannot write to standard output (${codeOf(error)}); nothing more goes there`);
      }
    },
  };
}

/** Alerts on standard error: each line after `s6-log: alert: ` (spec/s6-compat 6.1). */
export function alerts(descriptors: Descriptors): Sink {
  return {
    write: (lines) => {
      try {
        writeAll(STDERR, withBeginning(lines, 's6-log: alert: '), descriptors);
      } catch {
        // There is no other place where this could be told.
      }
    },
  };
}

/** The last line, in a file that is replaced at once; `size` bytes, filled up with newlines, or 0 for as long as it is. */
export function statusFile(file: string, size: number, warn: Warn): Sink {
  const next = `${file}.new`;
  return {
    write: (lines) => {
      const line = lines.subarray(lines.lastIndexOf(10, lines.length - 2) + 1);
      const content = size === 0 ? line : Buffer.alloc(size, 10);
      if (size !== 0) line.copy(content);
      try {
        writeFileSync(next, content);
        renameSync(next, file);
      } catch (error) {
        warn(`cannot write the status file ${file} (${codeOf(error)}); it keeps its last content: is there its directory, and room?`);
      }
    },
  };
}

/** Writes everything, also to a descriptor that somebody else made non-blocking. Throws what write(2) says otherwise. */
function writeAll(descriptor: number, bytes: Buffer, descriptors: Descriptors): void {
  for (let written = 0; written < bytes.length;) {
    try {
      written += writeSync(descriptor, bytes, written);
    } catch (error) {
      if (codeOf(error) !== 'EAGAIN') throw error;
      descriptors.waitWritable(descriptor);
    }
  }
}

const STDOUT = 1;
const STDERR = 2;
