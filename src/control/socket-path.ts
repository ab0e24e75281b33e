/** Unix sockets whose path is longer than a socket address can hold. For the server's bind and the client's connect. */
import { closeSync, constants, openSync } from 'node:fs';
import { basename, dirname } from 'node:path';

/** Bytes: `sun_path` has 108, one of them the final NUL (unix(7)). */
export const SOCKET_PATH_LIMIT = 107;

/** open(2): a handle on the directory that needs search permission alone. Node does not name it; the same number on x86-64 and arm64. */
const O_PATH = 0o10000000;

/**
 * Calls `use` with a path to the same socket that a socket address can hold: the path itself, or one through a
 * directory that is open meanwhile, /proc/self/fd/N/NAME (proc(5)). Libuv would cut a longer one in silence.
 * `use` has to bind or connect before it returns, as node:net does. Throws what open(2) throws when the directory is
 * not there, and ENAMETOOLONG when the name alone is too long.
 */
export function withSocketPath<T>(path: string, use: (path: string) => T): T {
  if (Buffer.byteLength(path) <= SOCKET_PATH_LIMIT) return use(path);
  const directory = openSync(dirname(path), O_PATH | constants.O_DIRECTORY);
  try {
    const short = `/proc/self/fd/${directory}/${basename(path)}`;
    if (Buffer.byteLength(short) > SOCKET_PATH_LIMIT) {
      throw Object.assign(new Error(`ENAMETOOLONG: the name of the socket is too long, ${path}`), { code: 'ENAMETOOLONG' });
    }
    return use(short);
  } finally {
    closeSync(directory);
  }
}
