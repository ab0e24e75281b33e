import type { Socket } from 'node:net';
import { memory, type Libc } from './libc.ts';

/** Who was at the other end of a Unix socket when it connected (unix(7), SO_PEERCRED); `groups` are the supplementary ones. */
export type Peer = Readonly<{ pid: number; uid: number; gid: number; groups: readonly number[] }>;

/** undefined: the kernel does not say, or the connection has ended. */
export function readPeer(libc: Libc, socket: Socket): Peer | undefined {
  const descriptor = descriptorOf(socket);
  if (descriptor === undefined) return undefined;
  const { getsockopt } = libc.sockets();
  const length = memory(4);
  const read = (option: number, bytes: number): Buffer | undefined => {
    const value = memory(bytes);
    length.writeUInt32LE(bytes, 0);
    return getsockopt(descriptor, SOL_SOCKET, option, value, length) === 0 ? value.subarray(0, length.readUInt32LE(0)) : undefined;
  };
  const credentials = read(SO_PEERCRED, 12);
  if (credentials?.length !== 12) return undefined;
  // Of more groups than there is room for, the kernel says how much room they need.
  const groups = read(SO_PEERGROUPS, 256) ?? (libc.errno() === 'ERANGE' ? read(SO_PEERGROUPS, length.readUInt32LE(0)) : undefined);
  return {
    pid: credentials.readInt32LE(0), uid: credentials.readUInt32LE(4), gid: credentials.readUInt32LE(8),
    groups: Array.from({ length: (groups?.length ?? 0) / 4 }, (_, index) => groups!.readUInt32LE(4 * index)),
  };
}

const SOL_SOCKET = 1;
const SO_PEERCRED = 17;
/** Since Linux 4.13; before, only the first group is known. */
const SO_PEERGROUPS = 59;

/** Node has no public name for it; -1 once it is closed. */
function descriptorOf(socket: Socket): number | undefined {
  const { _handle: handle } = socket as Socket & { _handle?: { fd?: number } | null };
  return handle?.fd === undefined || handle.fd < 0 ? undefined : handle.fd;
}
