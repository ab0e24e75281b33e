import { readdirSync } from 'node:fs';
import { systemError } from './errno.ts';
import type { Libc } from './libc.ts';

/**
 * Marks every descriptor from 3 up close-on-exec (fcntl(2)), so that children get only what a request names. Node does this
 * for the first 16 alone; whoever started n6 may have left open others.
 */
export function keepDescriptors(libc: Libc): void {
  for (const name of readdirSync('/proc/self/fd')) {
    const descriptor = Number(name);
    // The descriptor of the listing itself is gone already: EBADF, and nothing to mark.
    if (descriptor > 2) libc.fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  }
}

/**
 * Orphans below n6 come to n6 (prctl(2), PR_SET_CHILD_SUBREAPER, Linux 3.4), as they do to PID 1 anyway. Without it they
 * would leave its sight and outlive it.
 */
export function adoptOrphans(libc: Libc): void {
  if (process.pid === 1) return;
  if (libc.prctl(PR_SET_CHILD_SUBREAPER, 1) !== 0) throw systemError('prctl', libc.errno(), 'PR_SET_CHILD_SUBREAPER');
}

const F_SETFD = 2;
const FD_CLOEXEC = 1;
const PR_SET_CHILD_SUBREAPER = 36;
