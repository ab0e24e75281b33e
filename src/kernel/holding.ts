import { systemError } from './errno.ts';
import type { Libc } from './libc.ts';

/**
 * Descriptors from here on are for what goes on in a second life (`exec`, keep): below are those that Node opens for itself while it starts,
 * those that a shell uses in between, and the numbers that stand for real-time signals (realtime.ts).
 */
export const FIRST_HELD = 70;

/** The same open file at a number from there up; the descriptor itself where it has one. Throws EMFILE. */
export function hold(libc: Libc, descriptor: number): number {
  return descriptor >= FIRST_HELD ? descriptor : copyHigh(libc, descriptor);
}

/** The same, and never the descriptor itself: it may be closed. */
export function copyHigh(libc: Libc, descriptor: number): number {
  const copy = libc.fcntl(descriptor, F_DUPFD_CLOEXEC, FIRST_HELD);
  if (copy < 0) throw systemError('fcntl', libc.errno(), String(descriptor));
  return copy;
}

const F_DUPFD_CLOEXEC = 1030;
