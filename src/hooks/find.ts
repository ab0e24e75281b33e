import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { AnnouncementName } from '../core/announcements.ts';

export type Found = Readonly<{
  /** Absolute paths in the order in which they are run. */
  hooks: string[];
  /** What lies there and is not run, with the reason and what to do about it. */
  ignored: { path: string; reason: string }[];
}>;

/**
 * The hooks of one event: the executables in `DIRECTORY/EVENT/`, in lexical order of their names (contract section 6).
 * A directory that is not there has none. Names that begin with a dot are left out in silence: editors and mounted
 * Kubernetes config maps put their own files there.
 */
export function findHooks(directory: string, event: AnnouncementName): Found {
  const found: Found = { hooks: [], ignored: [] };
  const place = path.join(directory, event);
  for (const name of namesIn(place, found)) {
    if (name.startsWith('.')) continue;
    const file = path.join(place, name);
    const reason = whyNotRun(file);
    if (reason === undefined) found.hooks.push(file);
    else found.ignored.push({ path: file, reason });
  }
  return found;
}

/** By code unit, as LC_ALL=C ls: the order must not change with the container's locale. */
function namesIn(place: string, { ignored }: Found): string[] {
  try {
    return readdirSync(place).sort();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') ignored.push({ path: place, reason: `it cannot be read (${code}); it must be a directory with mode 0755` });
    return [];
  }
}

function whyNotRun(file: string): string | undefined {
  try {
    if (!statSync(file).isFile()) return 'it is not a file; move it away';
  } catch (error) {
    return `it cannot be looked at (${(error as NodeJS.ErrnoException).code}); if it is a link, correct where it leads`;
  }
  try {
    accessSync(file, constants.X_OK);
    return undefined;
  } catch {
    return `it is not executable; make it so: chmod +x ${file}`;
  }
}
