import { systemError } from './errno.ts';
import { replaceProcess } from './exec.ts';
import type { Successor } from './kernel.ts';
import { loadLibc } from './libc.ts';
import { createDescriptorLimit } from './limits.ts';

export type Identity = Readonly<{ user: number; group: number; groups: readonly number[] }>;

/**
 * Another user, where one is named, then another program, in the same process. `softLimit` is the soft limit of open files before Node raised
 * it. Throws EPERM where that is not allowed, and what execve(2) says; by then the user may have changed.
 */
export function becomeAs(identity: Identity | undefined, softLimit: number | undefined, successor: Successor): never {
  // Loaded as the user who may read it; the groups first, which only the privileged may set.
  const libc = loadLibc();
  const limit = createDescriptorLimit(libc, softLimit);
  if (identity !== undefined) {
    process.setgroups!([...identity.groups]);
    process.setgid!(identity.group);
    process.setuid!(identity.user);
  }
  // Node ignores these, and an ignored signal stays ignored in the program (execve(2)).
  for (const signal of [SIGPIPE, SIGXFSZ]) {
    if (libc.sigaction(signal, Buffer.alloc(SIGACTION_BYTES), null) !== 0) throw systemError('sigaction', libc.errno(), String(signal));
  }
  return replaceProcess(libc, limit, successor);
}

const SIGPIPE = 13;
const SIGXFSZ = 25;
/** sigaction(2)'s structure in glibc and musl on 64 bits; all zeros is the default action. */
const SIGACTION_BYTES = 152;
