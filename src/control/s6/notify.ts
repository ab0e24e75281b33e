import { closeSync, constants, fstatSync, openSync, readdirSync, unlinkSync, writeSync } from 'node:fs';

/**
 * Writes event bytes into every subscriber's FIFO in a fifodir, in one write each (spec/s6-compat 2.5.2). Never waits: a
 * full FIFO misses them. A FIFO that nobody reads is removed. Throws the errno when the directory cannot be read.
 */
export function notify(fifodir: string, bytes: string): void {
  for (const name of readdirSync(fifodir)) {
    if (isSubscriber(name)) tellOne(`${fifodir}/${name}`, bytes);
  }
}

/** `ftrig1:@`, 24 hexadecimal digits, `:` and 6 more; anything else there is not ours. */
export const isSubscriber = (name: string): boolean => name.startsWith('ftrig1:@') && name.length === 39;

/** Others may write into this directory: no link is followed, and what is no FIFO is not written to. */
function tellOne(fifo: string, bytes: string): void {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    if (fstatSync(descriptor).isFIFO()) writeSync(descriptor, bytes);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // No reader any more. EAGAIN is a full one; whatever else is the subscriber's own concern.
    if (code === 'ENXIO' || code === 'EPIPE') remove(fifo);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function remove(fifo: string): void {
  try {
    unlinkSync(fifo);
  } catch {
    // Its subscriber was faster, or the directory may not be written: it costs one open(2) per event.
  }
}
