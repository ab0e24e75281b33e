import { constants } from 'node:os';

/** `ENOENT` for 2 (errno(3)); `E` and the number for one that has no name here, so that nothing is hidden. */
export function errnoName(number: number): string {
  // Backwards, so that of two names for one number the first stays: EAGAIN, not EWOULDBLOCK.
  names ??= new Map(Object.entries(constants.errno).reverse().map(([name, value]) => [value, name]));
  return names.get(number) ?? `E${number}`;
}

/** True when the same call may succeed a little later though nobody repairs anything: too little of something, or busy. */
export const isTemporary = (code: string): boolean => TEMPORARY.has(code);

/** What a failed system call throws here: `code` is the errno's name, as in Node's own errors. */
export const systemError = (call: string, code: string, subject: string): NodeJS.ErrnoException =>
  Object.assign(new Error(`${code}: ${call} ${subject}`), { code, syscall: call });

/** The errno's name of anything that was thrown; `EUNKNOWN` for an error that carries none. */
export function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'EUNKNOWN';
}

/** EAGAIN is RLIMIT_NPROC or a full pids cgroup, ETXTBSY a file still being written, EIO and ESTALE a disk or server that hiccups. */
const TEMPORARY: ReadonlySet<string> = new Set([
  'EAGAIN', 'EBUSY', 'EINTR', 'EIO', 'EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'ENOSPC', 'EDQUOT', 'ESTALE', 'ETIMEDOUT', 'ETXTBSY',
]);

let names: Map<number, string> | undefined;
