/**
 * The file of a template: what is there, what was last applied, and how the one becomes the other. After every step, and
 * whatever ends the process in it, the destination is a whole file, old or new; what was applied is known from the disk.
 */
import path from 'node:path';
import { besides, type Access, type Disk, type Found } from './disk.ts';

/** What was last applied: the very content, so that it can be put back. */
export type Applied = Readonly<{
  destination: string;
  content: string;
  /** How many members it was rendered with. */
  members: number;
  /** ISO 8601. */
  at: string;
}>;

/** `mode`, `user` and `group` undefined: as they are, or as n6 itself and 0644. */
export type Wanted = Readonly<{ destination: string; content: string }> & Partial<Access>;

export type Target = Readonly<{
  /** Through links. */
  file: string;
  found: Found | undefined;
}>;

/** Ready to be checked, and to be installed. */
export type Prepared = Readonly<{
  /** What the check is given. */
  file: string;
  target: Target;
  /** The destination's directory cannot be written, the file itself can. */
  inPlace: boolean;
  wanted: Wanted;
}>;

/** The mode of a file that was not there before. */
const NEW_MODE = 0o644;
const RECORD_VERSION = 1;

export type Installer = Readonly<{
  /** undefined: nothing is known. What cannot be read is nothing. */
  applied(name: string): Promise<Applied | undefined>;
  target(destination: string): Promise<Target>;
  /** Its content. Rejects with the errno of the system. */
  current(destination: string): Promise<string>;
  /** The destination has this content, owner and mode. */
  isAs(target: Target, wanted: Wanted): Promise<boolean>;
  prepare(name: string, wanted: Wanted, purpose: 'n6' | 'n6-dry'): Promise<Prepared>;
  install(prepared: Prepared): Promise<void>;
  discard(prepared: Prepared): Promise<void>;
  remember(name: string, applied: Applied): Promise<void>;
  /** Keeps what was refused, to be looked at; gives its place. */
  keepRejected(name: string, content: string): Promise<string>;
  forgetRejected(name: string): Promise<void>;
}>;

/** `directory`: n6's own, closed to others. */
export function createInstaller(disk: Disk, directory: string): Installer {
  const own = (name: string, ending: string): string => path.join(directory, `${name}.${ending}`);

  async function target(destination: string): Promise<Target> {
    const file = await disk.resolve(destination);
    return { file, found: await disk.look(file) };
  }

  function accessOf({ found }: Target, { user, group, mode }: Wanted): Partial<Access> {
    const as = { user: user ?? found?.user, group: group ?? found?.group, mode: mode ?? found?.mode ?? NEW_MODE };
    return Object.fromEntries(Object.entries(as).filter(([, value]) => value !== undefined));
  }

  return {
    target,
    async current(destination) {
      const { file, found } = await target(destination);
      return found?.isFile === true ? disk.read(file) : '';
    },
    async applied(name) {
      try {
        const record = JSON.parse(await disk.read(own(name, 'json'))) as Partial<Applied> & { version?: unknown };
        const { version, destination, content, members, at } = record;
        if (version !== RECORD_VERSION || typeof destination !== 'string' || typeof content !== 'string') return undefined;
        return { destination, content, members: typeof members === 'number' ? members : 0, at: typeof at === 'string' ? at : '' };
      } catch {
        return undefined;
      }
    },
    async isAs(seen, wanted) {
      const { found, file } = seen;
      if (found === undefined || !found.isFile || found.size !== Buffer.byteLength(wanted.content)) return false;
      const as = accessOf(seen, wanted);
      if ((['user', 'group', 'mode'] as const).some((key) => as[key] !== undefined && as[key] !== found[key])) return false;
      return await disk.read(file) === wanted.content;
    },
    async prepare(name, wanted, purpose) {
      const seen = await target(wanted.destination);
      if (seen.found !== undefined && !seen.found.isFile) throw Object.assign(new Error('no regular file'), { code: 'no regular file' });
      const as = accessOf(seen, wanted);
      const beside = besides(seen.file, purpose);
      try {
        if (seen.found === undefined) await disk.makeDirectories(path.dirname(seen.file));
        await disk.create(beside, wanted.content, as);
        return { file: beside, target: seen, inPlace: false, wanted };
      } catch (error) {
        await disk.remove(beside).catch(() => undefined);
        const { code = '' } = error as NodeJS.ErrnoException;
        const isClosed = ['EROFS', 'EACCES', 'EPERM'].includes(code) && seen.found !== undefined && await disk.mayWrite(seen.file);
        if (!isClosed) throw error;
        // A file that was mounted into a directory that may not be written.
        const elsewhere = own(name, purpose);
        await disk.makeDirectories(directory);
        await disk.create(elsewhere, wanted.content, as);
        return { file: elsewhere, target: seen, inPlace: true, wanted };
      }
    },
    async install(prepared) {
      const { file, target: { file: to }, inPlace, wanted } = prepared;
      if (!inPlace) {
        try {
          await disk.rename(file, to);
          await disk.syncDirectory(path.dirname(to));
          return;
        } catch (error) {
          // A mount point can be written and not be replaced.
          if (!['EBUSY', 'EXDEV'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
        }
      }
      await disk.overwrite(to, wanted.content, accessOf(prepared.target, wanted));
      await disk.remove(file);
    },
    discard: ({ file }) => disk.remove(file),
    async remember(name, applied) {
      await disk.makeDirectories(directory);
      const file = own(name, 'json');
      await disk.create(`${file}.new`, JSON.stringify({ version: RECORD_VERSION, ...applied }), { mode: 0o600 });
      await disk.rename(`${file}.new`, file);
      await disk.syncDirectory(directory);
    },
    async keepRejected(name, content) {
      const file = own(name, 'rejected');
      await disk.makeDirectories(directory);
      await disk.create(file, content, { mode: 0o600 });
      return file;
    },
    forgetRejected: (name) => disk.remove(own(name, 'rejected')),
  };
}
