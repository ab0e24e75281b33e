/** Puts a listening socket at a path of the file system, so that at no moment a stranger can connect to it. */
import { chmodSync, chownSync, lstatSync, mkdtempSync, renameSync, rmdirSync, rmSync, unlinkSync, type Stats } from 'node:fs';
import { connect, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { withSocketPath } from './socket-path.ts';

/**
 * Listens at `path`, mode 0600, or 0660 for the `group`, in place of the socket of a supervisor that has died. Gives the way to take the file
 * away again, which leaves it alone if it is somebody else's by then. Rejects with the errno as `code`: EADDRINUSE when
 * somebody answers there, EEXIST when something other than a socket is there.
 *
 * The socket is bound in a directory of its own, which nobody else can enter, and renamed into place: bind(2) takes
 * the mode from the umask, which belongs to the whole process, and with it to every service being started meanwhile
 * on other threads. Renaming also replaces a stale socket without a moment in which there is none.
 */
export async function listenAt(server: Server, path: string, group?: number): Promise<() => void> {
  await expectNobody(path);
  const directory = mkdtempSync(join(dirname(path), '.control-'));
  const socket = join(directory, 'socket');
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      withSocketPath(socket, (short) => server.listen({ path: short, backlog: BACKLOG }, () => {
        server.off('error', reject);
        resolve();
      }));
    });
    if (group !== undefined) chownSync(socket, process.geteuid!(), group);
    chmodSync(socket, group === undefined ? 0o600 : 0o660);
    const ours = lstatSync(socket);
    renameSync(socket, path);
    rmdirSync(directory);
    return () => removeIfOurs(path, ours);
  } catch (error) {
    server.close();
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Goes on listening where an earlier life of this process has: `descriptor` is its socket, whose clients have been waiting in the meantime. Gives
 * the way to take the file away, as `listenAt`.
 */
export async function listenOn(server: Server, path: string, descriptor: number): Promise<() => void> {
  await takeUp(server, descriptor);
  const ours = look(path);
  return () => (ours === undefined ? undefined : removeIfOurs(path, ours));
}

/** A socket that listens already. */
export function takeUp(server: Server, descriptor: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ fd: descriptor, backlog: BACKLOG }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Connections that may wait to be accepted; connect(2) to a full Unix socket fails with EAGAIN at once. */
const BACKLOG = 1024;

async function expectNobody(path: string): Promise<void> {
  const there = look(path);
  if (there === undefined) return;
  if (!there.isSocket()) throw errno('EEXIST', `${path} is there, and is no socket`);
  if (await answers(path)) throw errno('EADDRINUSE', `another supervisor answers on ${path}`);
}

/** A socket file without a listener refuses; whatever else happens (EAGAIN: its queue is full) there is somebody. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = withSocketPath(path, (short) => connect({ path: short }));
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'));
  });
}

function removeIfOurs(path: string, ours: Stats): void {
  const there = look(path);
  if (there?.ino === ours.ino && there.dev === ours.dev) unlinkSync(path);
}

function look(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

const errno = (code: string, text: string): Error => Object.assign(new Error(text), { code });
