import { closeSync } from 'node:fs';
import { systemError } from './errno.ts';
import { memory, type Libc } from './libc.ts';
import { makePipe } from './pipe.ts';
import { readDescriptor } from './reader.ts';

/**
 * Listens to a real-time signal (signal(7)), which Node's process.on does not know. Throws EBUSY when the descriptor that
 * has the signal's own number is taken.
 *
 * A handler runs between any two instructions of any thread, so it cannot be JavaScript, and signalfd(2) would need the
 * signal blocked in threads that Node has started before us. But a handler may be a function of libc: it is called with the
 * signal's number and the address of a siginfo_t, and eventfd_write(descriptor, value) is nothing but write(descriptor,
 * &value, 8), which is async-signal-safe. So the write end of a pipe is given the signal's number, and each signal puts 8
 * bytes into it. Non-blocking: a pipe that nobody has read since 8,000 signals drops the next.
 */
export function listenRealtime(libc: Libc, number: number, listener: () => void): void {
  if (libc.fcntl(number, F_GETFD, 0) >= 0) throw systemError('dup3', 'EBUSY', `${number}`);
  const { read, write } = makePipe(libc, O_NONBLOCK);
  const placed = libc.dup3(write, number, O_CLOEXEC);
  closeSync(write);
  if (placed < 0) throw systemError('dup3', libc.errno(), `${number}`);
  const action = memory(SIGACTION_SIZE);
  action.writeBigUInt64LE(libc.address('eventfd_write'), 0);
  action.fill(0xff, MASK_AT, FLAGS_AT);
  action.writeUInt32LE(SA_SIGINFO | SA_RESTART, FLAGS_AT);
  if (libc.sigaction(number, action, null) !== 0) throw systemError('sigaction', libc.errno(), `${number}`);
  let pending = 0;
  // In the next turn: loading node:net can wait until the first services are being started, and the pipe keeps what comes.
  setImmediate(() => readDescriptor(read, (chunk) => {
    for (pending += chunk?.length ?? 0; pending >= MESSAGE; pending -= MESSAGE) listener();
  }).unref());
}

const F_GETFD = 1;
const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;
const MESSAGE = 8;

/** struct sigaction of libc (not the kernel's): handler, mask of 1,024 bits, flags, restorer. */
const MASK_AT = 8;
const FLAGS_AT = 136;
const SIGACTION_SIZE = 256;
const SA_SIGINFO = 4;
const SA_RESTART = 0x10000000;
