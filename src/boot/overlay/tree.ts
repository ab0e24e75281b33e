/**
 * Owners and modes of a path and what is below it, in one pass. Services may run already and own a part of the tree:
 * each file is held by a descriptor that was opened without following links, and changed through it (/proc/self/fd), so
 * that nobody can put a link to /etc/shadow in its place between look and change.
 */
import { constants, promises, type Stats } from 'node:fs';
import type { Owner } from '../../core/fix-attrs.ts';

const { chmod, chown, lchown, open, readdir } = promises;

export type Change = Readonly<{
  owner: Owner | undefined;
  /** Of everything that is neither a directory nor a link. */
  fileMode: number | undefined;
  directoryMode: number | undefined;
  recurse: boolean;
  hidden: boolean;
  abort: AbortSignal;
  /** `path` is latin1. A failure below does not end the walk. */
  failed(path: string, error: unknown): void;
}>;

/** O_PATH of Linux, which Node does not name: opens what may not be read, and neither devices nor pipes notice. */
const O_PATH = 0o10000000;
/** Files that are worked on at the same time. */
const AT_ONCE = 16;
/** Links have modes that mean nothing; these bits are all that chmod knows. */
const MODE_BITS = 0o7777;

/** Changes `path` (latin1), never what a link leads to; `recurse` goes below directories. Never throws. */
export async function changeTree(path: string, change: Change): Promise<void> {
  await visit(path, path, change, true);
}

/** `address` is how the kernel finds it, `path` how people do. */
async function visit(address: string, path: string, change: Change, named: boolean): Promise<void> {
  if (change.abort.aborted) return;
  const failed = (error: unknown): void => {
    // What is gone in the meantime needs no owner any more.
    if (named || (error as NodeJS.ErrnoException).code !== 'ENOENT') change.failed(path, error);
  };
  try {
    await using(address, async (stats, self) => {
      if (stats.isSymbolicLink()) return changeLink(address, stats, change.owner);
      await changeFile(self, stats, change).catch(failed);
      // Also where the directory itself could not be changed: a mount point may be read-only and what is mounted below it not.
      if (stats.isDirectory() && change.recurse) await visitBelow(self, path, change);
    });
  } catch (error) {
    failed(error);
  }
}

async function changeFile(self: string, stats: Stats, { owner, fileMode, directoryMode }: Change): Promise<void> {
  const mode = stats.isDirectory() ? directoryMode : fileMode;
  const given = ownerToGive(stats, owner);
  if (given !== undefined) await chown(self, given.uid, given.gid);
  // After the owner, because a change of owner takes set-user-ID away.
  if (mode !== undefined && (given !== undefined || (stats.mode & MODE_BITS) !== mode)) await chmod(self, mode);
}

async function using(address: string, act: (stats: Stats, self: string) => Promise<void>): Promise<void> {
  const handle = await open(Buffer.from(address, 'latin1'), O_PATH | constants.O_NOFOLLOW);
  try {
    await act(await handle.stat(), `/proc/self/fd/${handle.fd}`);
  } finally {
    await handle.close();
  }
}

async function changeLink(address: string, stats: Stats, owner: Owner | undefined): Promise<void> {
  const given = ownerToGive(stats, owner);
  if (given !== undefined) await lchown(Buffer.from(address, 'latin1'), given.uid, given.gid);
}

/** undefined where it is right as it is. */
function ownerToGive({ uid, gid }: Stats, owner: Owner | undefined): { uid: number; gid: number } | undefined {
  if (owner === undefined || (uid === owner.uid && (owner.gid === undefined || gid === owner.gid))) return undefined;
  return { uid: owner.uid, gid: owner.gid ?? gid };
}

async function visitBelow(self: string, path: string, change: Change): Promise<void> {
  const entries = await readdir(self, { withFileTypes: true, encoding: 'latin1' });
  const counted = entries.filter(({ name }) => change.hidden || !name.startsWith('.'));
  const go = ({ name }: { name: string }): Promise<void> => visit(`${self}/${name}`, `${path}/${name}`, change, false);
  const others = counted.filter((entry) => !entry.isDirectory());
  for (let i = 0; i < others.length && !change.abort.aborted; i += AT_ONCE) await Promise.all(others.slice(i, i + AT_ONCE).map(go));
  // One after the other: each level of the tree costs one descriptor, not sixteen to the power of its depth.
  for (const directory of counted.filter((entry) => entry.isDirectory())) await go(directory);
}
