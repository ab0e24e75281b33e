import { closeSync, openSync } from 'node:fs';
import { systemError } from './errno.ts';
import type { Libc } from './libc.ts';

/**
 * Starts something whose process is number 1 of a new PID namespace (unshare(2), pid_namespaces(7)). The namespace that
 * children get belongs to the thread: it is put back before anybody else has a turn, so `start` must do all of it at once.
 * Throws EPERM without CAP_SYS_ADMIN, ENOSYS where libc has no unshare; nothing was started then.
 */
export function inPidNamespace<T>(libc: Libc, start: () => T): T {
  const { unshare, setns } = libc;
  if (unshare === undefined || setns === undefined) throw systemError('unshare', 'ENOSYS', 'unshare');
  const own = openSync('/proc/self/ns/pid', 'r');
  try {
    if (unshare(CLONE_NEWPID) !== 0) throw systemError('unshare', libc.errno(), 'CLONE_NEWPID');
    try {
      return start();
    } finally {
      if (setns(own, CLONE_NEWPID) !== 0) throw systemError('setns', libc.errno(), 'CLONE_NEWPID');
    }
  } finally {
    closeSync(own);
  }
}

const CLONE_NEWPID = 0x20000000;
