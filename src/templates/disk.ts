/** What a transaction does to files, one system call's worth at a time. Nothing here blocks the loop: a disk may take seconds. */
import { constants } from 'node:fs';
import { access, mkdir, open, readFile, realpath, rename, rm, stat, unlink, type FileHandle } from 'node:fs/promises';
import path from 'node:path';

/** Numbers; `mode` without the type of the file. */
export type Access = Readonly<{ user: number; group: number; mode: number }>;
export type Found = Access & Readonly<{ size: number; isFile: boolean }>;

/** Each rejects with the errno of the system. */
export type Disk = Readonly<{
  /** undefined: it is not there. Links are followed. */
  look(file: string): Promise<Found | undefined>;
  /** Where a file really is, through links; the path itself where nothing is. */
  resolve(file: string): Promise<string>;
  read(file: string): Promise<string>;
  /** May be written as it is. */
  mayWrite(file: string): Promise<boolean>;
  makeDirectories(directory: string): Promise<void>;
  /** A new file, whole and on the disk; what had its name is taken away first, so that nobody's link is followed. */
  create(file: string, text: string, as: Partial<Access>): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** A rename is on the disk once its directory is. */
  syncDirectory(directory: string): Promise<void>;
  /** The same file with another content, for one that cannot be replaced. */
  overwrite(file: string, text: string, as: Partial<Access>): Promise<void>;
  remove(file: string): Promise<void>;
}>;

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

export const DISK: Disk = {
  async look(file) {
    try {
      const found = await stat(file);
      return { user: found.uid, group: found.gid, mode: found.mode & 0o7777, size: found.size, isFile: found.isFile() };
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  },
  async resolve(file) {
    try {
      return await realpath(file);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return file;
      throw error;
    }
  },
  read: (file) => readFile(file, 'utf8'),
  async mayWrite(file) {
    try {
      await access(file, constants.W_OK);
      return true;
    } catch {
      return false;
    }
  },
  async makeDirectories(directory) {
    await mkdir(directory, { recursive: true });
  },
  async create(file, text, as) {
    await unlink(file).catch((error: unknown) => {
      if (codeOf(error) !== 'ENOENT') throw error;
    });
    // Closed to others until it has its owner and mode: what it says may be a secret.
    const handle = await open(file, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
    try {
      await handle.writeFile(text);
      await give(handle, as);
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
  rename,
  async syncDirectory(directory) {
    const handle = await open(directory, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
  async overwrite(file, text, as) {
    const handle = await open(file, constants.O_WRONLY | constants.O_NONBLOCK);
    try {
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length;) at += (await handle.write(bytes, at, bytes.length - at, at)).bytesWritten;
      await handle.truncate(bytes.length);
      await give(handle, as);
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
  async remove(file) {
    await rm(file, { force: true });
  },
};

/** Only what is another than it is: who is not root may give nothing away. */
async function give(handle: FileHandle, { user, group, mode }: Partial<Access>): Promise<void> {
  const is = await handle.stat();
  if ((user !== undefined && user !== is.uid) || (group !== undefined && group !== is.gid)) await handle.chown(user ?? is.uid, group ?? is.gid);
  // After the owner: chown(2) takes bits away.
  if (mode !== undefined && mode !== ((await handle.stat()).mode & 0o7777)) await handle.chmod(mode);
}

/** Beside `file`, so that it can be renamed to it: hidden, and of one name, so that what a crash leaves is taken by the next. */
export const besides = (file: string, purpose: string): string => path.join(path.dirname(file), `.${path.basename(file)}.${purpose}`);
