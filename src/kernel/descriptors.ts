import { systemError } from './errno.ts';
import { memory, type Libc } from './libc.ts';

export type Descriptors = Readonly<{
  /**
   * Calls back once, when there is something to read or the end has come (poll(2) on the thread pool). Neither reads nor
   * changes the flags of the descriptor, which its other holders share. What is not answered does not keep `exit` waiting.
   */
  whenReadable(descriptor: number, answer: () => void): void;
  /** True when a read would not wait. Costs a microsecond. */
  isReadable(descriptor: number): boolean;
  /** Blocks until a write may get on; for a descriptor that somebody else made non-blocking. */
  waitWritable(descriptor: number): void;
  /** Nanoseconds since 1970 (clock_gettime(2), CLOCK_REALTIME). */
  realtime(): bigint;
}>;

/** poll(2) and the clock, for programs that read a descriptor which they share. */
export function createDescriptors(libc: Libc): Descriptors {
  const time = memory(16);
  return {
    whenReadable: (descriptor, answer) => {
      const entry = pollEntry(descriptor, POLLIN);
      // -1 is EINTR, or a thread that could not be had: the reader then asks isReadable again.
      libc.pollLater(entry, 1, FOR_EVER, answer);
    },
    isReadable: (descriptor) => libc.poll(pollEntry(descriptor, POLLIN), 1, 0) > 0,
    waitWritable: (descriptor) => void libc.poll(pollEntry(descriptor, POLLOUT), 1, FOR_EVER),
    realtime: () => {
      if (libc.clockGettime(CLOCK_REALTIME, time) !== 0) throw systemError('clock_gettime', libc.errno(), 'CLOCK_REALTIME');
      return time.readBigInt64LE(0) * 1_000_000_000n + time.readBigInt64LE(8);
    },
  };
}

const POLLIN = 1;
const POLLOUT = 4;
const FOR_EVER = -1;
const CLOCK_REALTIME = 0;

/** struct pollfd: descriptor, events asked for, events found. */
function pollEntry(descriptor: number, events: number): Buffer {
  const entry = memory(8);
  entry.writeInt32LE(descriptor, 0);
  entry.writeInt16LE(events, 4);
  return entry;
}
