import { createN6, type N6 } from './client.ts';
import { NoSupervisor } from './errors.ts';
import { findSupervisor } from './find-supervisor.ts';
import { standardPlaces } from './places.ts';

export type ConnectOptions = Readonly<{
  /** Path of the control socket. It is taken as it is, whether anything is there or not. */
  socket?: string;
  /** A services directory, its .n6, or a runtime directory, as `svc --dir`; N6_DIR unless given. */
  directory?: string;
}>;

/**
 * A client of the supervisor that `svc` would talk to: the one named, else the nearest in the current directory or upwards,
 * else that of the container. Connects anew for each request, so that there is nothing to close, and nothing to connect anew
 * after a restart. Throws {@link NoSupervisor} when there is no socket.
 */
export function connect({ socket, directory }: ConnectOptions = {}): N6 {
  if (socket !== undefined) return createN6(socket);
  const found = findSupervisor({ dir: directory, environmentDir: process.env['N6_DIR'], cwd: process.cwd(), standard: standardPlaces(process.env) });
  if ('looked' in found) throw new NoSupervisor(found.looked);
  return createN6(found.socket);
}
