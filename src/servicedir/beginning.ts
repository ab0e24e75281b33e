/** The first bytes of a file, and what execve(2) would make of them. */
import { closeSync, constants, openSync, readSync } from 'node:fs';

/** At most 256 bytes as latin1, one character for each; undefined when the file cannot be read. */
export function beginningOf(file: string): string | undefined {
  let descriptor: number;
  try {
    // O_NONBLOCK: the file may have become a FIFO since it was looked at, and open(2) would wait for a writer.
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
  try {
    const length = readSync(descriptor, buffer, 0, buffer.length, 0);
    return buffer.toString('latin1', 0, length);
  } catch {
    return undefined;
  } finally {
    closeSync(descriptor);
  }
}

/** BINPRM_BUF_SIZE of Linux: what it reads of a file to find out how to start it. */
const buffer = Buffer.alloc(256);

export const isElf = (beginning: string): boolean => beginning.startsWith('\x7fELF');

export const firstLine = (text: string): string => text.split('\n', 1)[0]!;

/** The interpreter of a script as Linux finds it; undefined where there is none, or its name is cut off (fs/binfmt_script.c). */
export function interpreterOf(beginning: string): string | undefined {
  const [, interpreter, next] = /^#![ \t]*([^ \t\n\0]+)([ \t\n\0])?/.exec(beginning) ?? [];
  return next === undefined && beginning.length === buffer.length ? undefined : interpreter;
}
