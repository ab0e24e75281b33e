/** Lines that are written at once. Pure. */

const BATCH = 1024 * 1024;
/** writev(2) takes 1024. */
const MOST_BUFFERS = 1000;
const NEWLINE = 10;

/** The first of what waits, up to the end of the line with which `room` bytes are full; at least a line. */
export function batchOf(queue: readonly Buffer[], room: number): Buffer[] {
  const batch: Buffer[] = [];
  let bytes = 0;
  for (const waiting of queue) {
    if (bytes >= BATCH || batch.length >= MOST_BUFFERS || bytes >= room) break;
    const missing = room - bytes;
    const newline = waiting.length < missing ? -1 : waiting.indexOf(NEWLINE, missing - 1);
    const part = newline === -1 ? waiting : waiting.subarray(0, newline + 1);
    batch.push(part);
    bytes += part.length;
  }
  return batch;
}

/** What is left when so many bytes of it are written. */
export function after(buffers: readonly Buffer[], length: number): Buffer[] {
  let left = length;
  let whole = 0;
  while (whole < buffers.length && buffers[whole]!.length <= left) left -= buffers[whole++]!.length;
  const rest = buffers.slice(whole);
  if (left > 0) rest[0] = rest[0]!.subarray(left);
  return rest;
}
