/** Globs of paths, part by part, as glob(7) has them. */
import { promises } from 'node:fs';
import { matches } from '../../control/glob.ts';

const { lstat, readdir } = promises;

/**
 * The existing paths that an absolute pattern means, sorted by their bytes; all are latin1, so that no byte of a name is
 * lost. A `*` or `?` means no dot at the beginning of a name. A directory that cannot be read is told to `failed`;
 * what does not exist is nothing.
 */
export async function expand(pattern: string, failed: (path: string, error: unknown) => void): Promise<string[]> {
  const parts = pattern.split('/').filter((part) => part !== '');
  let found = [''];
  for (const [index, part] of parts.entries()) {
    const isLast = index === parts.length - 1;
    const next: string[] = [];
    for (const base of found) {
      if (/[*?[\\]/.test(part)) next.push(...(await namesIn(base, failed)).filter((name) => isMeant(part, name)).map((name) => `${base}/${name}`));
      else next.push(`${base}/${part}`);
    }
    // What a glob has found may be no directory, and a name without one may not exist.
    found = isLast ? await existing(next, failed) : next;
  }
  // A slash at the end asks for what a link leads to.
  return parts.length === 0 ? ['/'] : pattern.endsWith('/') ? found.map((path) => `${path}/.`) : found;
}

const isMeant = (part: string, name: string): boolean => (part.startsWith('.') || !name.startsWith('.')) && matches(part, name);

async function namesIn(base: string, failed: (path: string, error: unknown) => void): Promise<string[]> {
  try {
    const names = await readdir(Buffer.from(base === '' ? '/' : base, 'latin1'), { encoding: 'latin1' });
    return names.sort();
  } catch (error) {
    if (!isAbsence(error)) failed(base, error);
    return [];
  }
}

async function existing(paths: readonly string[], failed: (path: string, error: unknown) => void): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    try {
      await lstat(Buffer.from(path, 'latin1'));
      found.push(path);
    } catch (error) {
      if (!isAbsence(error)) failed(path, error);
    }
  }
  return found;
}

const isAbsence = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
