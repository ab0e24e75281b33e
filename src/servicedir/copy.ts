/** The copy of a service directory in which a container's service runs (contract section 4), as s6-overlay makes it. */
import {
  chmodSync, constants, copyFileSync, lchownSync, lstatSync, mkdirSync, readdirSync, readlinkSync, realpathSync, renameSync, rmSync, symlinkSync, type Stats,
} from 'node:fs';
import path from 'node:path';
import { FILES, LIVE_NAMES } from './files.ts';

/**
 * Makes `destination` a copy of the directory `source`: files, directories, symlinks, their modes and, as root, owners.
 * Scripts are made executable whatever their mode in the image was. `supervise`, `event`, FIFOs, sockets and devices are
 * not copied. A destination that is there is brought up to date under a running service: files are replaced by rename,
 * those that n6 or s6 read are removed when the source has lost them, and what the service has made there itself stays.
 * Throws the first errno it meets.
 */
export function copyService(source: string, destination: string): void {
  const copy: Copy = { source: realpathSync.native(source), destination: path.resolve(destination), scriptLinks: [] };
  if (!copyDirectory(copy, '')) removeGone(copy);
  for (const link of copy.scriptLinks) makeExecutable(copy.destination, link);
}

/** Takes away the whole copy, with `supervise` and `event`. Throws the errno when that fails; not there is no failure. */
export function removeService(destination: string): void {
  rmSync(destination, { recursive: true, force: true });
}

/** In one image of four some script lost its mode on the way through git (spec/corpus 2.4); s6-overlay v1 and v2 mend these. */
const SCRIPTS: ReadonlySet<string> = new Set(['run', 'finish', 'log/run', 'log/finish', 'data/check']);
const LIVE: ReadonlySet<string> = new Set(LIVE_NAMES.flatMap((name) => [name, `log/${name}`]));
/** What must not outlive its source. `data` is not among them, a service may keep its own there; nor is `log`, where a logger may live. */
const MIRRORED: readonly string[] = [
  ...Object.keys(FILES).filter((name) => name !== 'data' && name !== 'log').flatMap((name) => [name, `log/${name}`]), 'data/check',
];
/** One name per directory, so that what an interrupted copy left behind is found and replaced. */
const NEXT = '.n6-next';

type Copy = Readonly<{
  source: string;
  destination: string;
  /** Scripts that are links: what they lead to is only there when all is copied. */
  scriptLinks: string[];
}>;

/** `within`: the path below the service directory, empty for itself. True when the directory was not there. */
function copyDirectory(copy: Copy, within: string): boolean {
  const from = path.join(copy.source, within);
  const to = path.join(copy.destination, within);
  const stats = lstatSync(from);
  const isNew = makeDirectory(to);
  for (const name of readdirSync(from)) {
    const entry = within === '' ? name : `${within}/${name}`;
    if (!LIVE.has(entry)) copyEntry(copy, entry, isNew);
  }
  own(to, stats);
  chmodSync(to, stats.mode & 0o7777);
  return isNew;
}

/** True when it was not there. Open to us until it is filled: the source's mode may be 0555. */
function makeDirectory(directory: string): boolean {
  const stats = lstatSync(directory, { throwIfNoEntry: false });
  if (stats?.isDirectory() === true) {
    chmodSync(directory, (stats.mode & 0o7777) | 0o700);
    return false;
  }
  if (stats !== undefined) rmSync(directory);
  mkdirSync(directory, { mode: 0o700 });
  return true;
}

function copyEntry(copy: Copy, within: string, isNew: boolean): void {
  const from = path.join(copy.source, within);
  const to = path.join(copy.destination, within);
  const stats = lstatSync(from);
  if (stats.isDirectory()) return void copyDirectory(copy, within);
  if (!stats.isFile() && !stats.isSymbolicLink()) return;
  // A shell reads its script as it goes, and a running program cannot be written to (ETXTBSY): the new one is a new inode.
  const target = isNew ? to : path.join(path.dirname(to), NEXT);
  if (!isNew) {
    rmSync(target, { force: true });
    if (isDirectory(to)) rmSync(to, { recursive: true });
  }
  if (stats.isSymbolicLink()) {
    symlinkSync(linkTarget(copy, from), target);
    own(target, stats);
    if (SCRIPTS.has(within)) copy.scriptLinks.push(within);
  } else {
    copyFileSync(from, target, constants.COPYFILE_EXCL);
    own(target, stats);
    chmodSync(target, SCRIPTS.has(within) ? 0o755 : stats.mode & 0o7777);
  }
  if (!isNew) renameSync(target, to);
}

/** A link stays as it is, unless it is relative and leads out of the service directory: from the copy it would lead elsewhere. */
function linkTarget({ source }: Copy, from: string): string {
  const target = readlinkSync(from);
  const resolved = path.resolve(path.dirname(from), target);
  return resolved === source || resolved.startsWith(`${source}/`) ? target : resolved;
}

/** Only a file of the copy: one elsewhere belongs to the image. */
function makeExecutable(destination: string, link: string): void {
  try {
    const file = realpathSync.native(path.join(destination, link));
    if (file.startsWith(`${realpathSync.native(destination)}/`)) chmodSync(file, 0o755);
  } catch (error) {
    // A link that leads nowhere is told when the copy is read.
    if (!['ENOENT', 'ELOOP', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

function removeGone({ source, destination }: Copy): void {
  const environment = path.join(destination, 'env');
  const variables = isDirectory(environment) ? readdirSync(environment).map((name) => `env/${name}`) : [];
  for (const name of [...MIRRORED, ...variables]) {
    const copied = path.join(destination, name);
    if (isThere(copied) && !isThere(path.join(source, name))) rmSync(copied, { recursive: true, force: true });
  }
}

/** A service that lowers its privileges must find its own files to be its own. Who is not root makes only files of his own. */
function own(file: string, { uid, gid }: Stats): void {
  if (process.geteuid?.() !== 0) return;
  try {
    lchownSync(file, uid, gid);
  } catch (error) {
    // In a user namespace (user_namespaces(7)) an owner from outside cannot be given.
    if (!['EPERM', 'EINVAL'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

const isThere = (file: string): boolean => {
  try {
    return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    // A file is where a directory was, such as `log`.
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return false;
    throw error;
  }
};

const isDirectory = (file: string): boolean => lstatSync(file, { throwIfNoEntry: false })?.isDirectory() === true;
