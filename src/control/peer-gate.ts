import type { Socket } from 'node:net';
import type { Access, Gate } from './gate.ts';
import { Refusal } from './problem.ts';

/** Who connected to a Unix socket, as the kernel has seen it. */
export type Peer = Readonly<{ uid: number; gid: number; groups: readonly number[] }>;

export type PeerGateOptions = Readonly<{
  /** undefined: nobody knows. */
  peerOf(socket: Socket): Peer | undefined;
  /** The supervisor's user. */
  own: number;
  /** The group that may read; undefined: none. */
  readers: number | undefined;
}>;

/** Root and the supervisor's own user may do everything, a group may read, all others nothing, whatever the mode of the socket says. */
export function peerGate({ peerOf, own, readers }: PeerGateOptions): Gate {
  /** Who connected does not change, also when the descriptor is handed on. */
  const known = new WeakMap<Socket, Peer | undefined>();
  return {
    enter: () => undefined,
    access({ socket }): Access {
      if (!known.has(socket)) known.set(socket, peerOf(socket));
      const peer = known.get(socket);
      if (peer === undefined) throw new Refusal('forbidden', 'the kernel does not say who you are');
      if (peer.uid === 0 || peer.uid === own) return 'act';
      if (readers !== undefined && (peer.gid === readers || peer.groups.includes(readers))) return 'read';
      const others = readers === undefined ? '' : `, and members of the group ${readers}`;
      throw new Refusal('forbidden', `you are the user ${peer.uid}; this is for root${own === 0 ? '' : `, the user ${own}`}${others}`);
    },
  };
}
