import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/**
 * A small regular file. Throws the errno's name as `code`: what open(2) and read(2) say, EISDIR for a directory, EINVAL for
 * what is no file, EFBIG for more than `limit` bytes.
 */
export function readSmall(file: string, limit: number): Buffer {
  // O_NONBLOCK: a FIFO would hold PID 1 until somebody writes to it (open(2)).
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const status = fstatSync(descriptor);
    if (!status.isFile()) throw coded(status.isDirectory() ? 'EISDIR' : 'EINVAL');
    return readAll(descriptor, limit);
  } finally {
    closeSync(descriptor);
  }
}

/** Files of /proc say that their size is 0: the end is where nothing more comes. */
function readAll(descriptor: number, limit: number): Buffer {
  const chunks: Buffer[] = [];
  let length = 0;
  for (;;) {
    const chunk = Buffer.allocUnsafe(4096);
    const count = readSync(descriptor, chunk, 0, chunk.length, null);
    if (count === 0) return Buffer.concat(chunks, length);
    chunks.push(chunk.subarray(0, count));
    length += count;
    if (length > limit) throw coded('EFBIG');
  }
}

const coded = (code: string): Error => Object.assign(new Error(code), { code });
