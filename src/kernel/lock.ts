import { closeSync, constants, fstatSync, openSync, statSync, type Stats } from 'node:fs';
import { memory, type Libc } from './libc.ts';
import { hold } from './holding.ts';
import { systemError } from './errno.ts';

export type Locks = Readonly<{
  lock(path: string): boolean;
  unlock(path: string): void;
  openLocked(path: string): number | undefined;
  /** What `lock` has taken and nobody has given back. A POSIX lock goes on in a successor (`exec`) that gets its descriptor. */
  held(): readonly HeldLock[];
  /** Those of the life before this one. */
  adoptLocks(locks: readonly HeldLock[]): void;
}>;

export type HeldLock = Readonly<{ path: string; descriptor: number }>;

/**
 * POSIX record locks on whole files (fcntl(2), F_SETLK), as s6-supervise holds one on supervise/lock: the s6 clients look
 * for it. Such a lock is lost as soon as its process closes any descriptor of that file. So a file that is already locked
 * here, under whatever name, is not even opened again.
 */
export function createLocks(libc: Libc): Locks {
  const held = new Map<string, number>();
  /** The file that a path meant when it was locked: it may have gone since, and its descriptor must not stay. */
  const lockedAs = new Map<string, string>();
  return {
    lock: (path) => {
      const known = identityOf(path);
      if (known !== undefined && held.has(known)) return true;
      const descriptor = openHigh(libc, path);
      if (libc.fcntlPointer(descriptor, F_SETLK, wholeFile()) === 0) {
        const file = identity(fstatSync(descriptor));
        held.set(file, descriptor);
        lockedAs.set(path, file);
        return true;
      }
      const code = libc.errno();
      closeSync(descriptor);
      if (code === 'EAGAIN' || code === 'EACCES') return false;
      throw systemError('fcntl', code, path);
    },
    unlock: (path) => {
      const known = lockedAs.get(path) ?? identityOf(path);
      lockedAs.delete(path);
      const descriptor = known === undefined ? undefined : held.get(known);
      if (descriptor === undefined) return;
      held.delete(known!);
      closeSync(descriptor);
    },
    openLocked: (path) => {
      const descriptor = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NONBLOCK, 0o644);
      if (libc.fcntlPointer(descriptor, F_OFD_SETLK, wholeFile()) === 0) return descriptor;
      const code = libc.errno();
      closeSync(descriptor);
      if (code === 'EAGAIN' || code === 'EACCES') return undefined;
      throw systemError('fcntl', code, path);
    },
    held: () => [...lockedAs].flatMap(([path, file]) => {
      const descriptor = held.get(file);
      return descriptor === undefined ? [] : [{ path, descriptor }];
    }),
    adoptLocks(locks) {
      for (const { path, descriptor } of locks) {
        // Before Linux 5.11 a process with threads lost its locks by execve(2).
        if (libc.fcntlPointer(descriptor, F_SETLK, wholeFile()) !== 0) continue;
        const file = identity(fstatSync(descriptor));
        held.set(file, descriptor);
        lockedAs.set(path, file);
      }
    },
  };
}

/** Where it can stay in a second life, which must be so before it is locked: to close any other descriptor of the file gives the lock back. */
function openHigh(libc: Libc, path: string): number {
  const opened = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NONBLOCK, 0o600);
  try {
    const high = hold(libc, opened);
    if (high !== opened) closeSync(opened);
    return high;
  } catch {
    // So few descriptors that there are none up there: it does for this life.
    return opened;
  }
}

const F_SETLK = 6;
const F_OFD_SETLK = 37;
const F_WRLCK = 1;

/** struct flock of 64-bit Linux: type, whence (SEEK_SET), padding, start, length (0: to the end), pid. */
function wholeFile(): Buffer {
  const lock = memory(32);
  lock.writeInt16LE(F_WRLCK, 0);
  return lock;
}

const identity = ({ dev, ino }: Stats): string => `${dev}:${ino}`;

function identityOf(path: string): string | undefined {
  const status = statSync(path, { throwIfNoEntry: false });
  return status === undefined ? undefined : identity(status);
}
