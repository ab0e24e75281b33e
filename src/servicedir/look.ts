/** One look at a service directory: which of the files that matter are there, and a fingerprint of their state. */
import { readdirSync, statSync, type BigIntStats } from 'node:fs';
import { FILES } from './files.ts';
import { asNamed, type Find } from './find.ts';

export type Look = Readonly<{
  /** Files and directories of THE list that are there; what a symlink leads to, undefined where it leads nowhere. */
  found: ReadonlyMap<string, BigIntStats | undefined>;
  fingerprint: string;
}>;

/** Throws the errno when the directory cannot be read. One readdir(3), then one stat(2) for each file of the list. */
export function lookAt(directory: string, find: Find = asNamed): Look {
  const found = new Map<string, BigIntStats | undefined>();
  const marks: string[] = [];
  for (const name of readdirSync(find(directory)).sort()) {
    const file = Object.hasOwn(FILES, name) ? FILES[name] : undefined;
    if (file === undefined) continue;
    const stats = statOf(find(`${directory}/${name}`));
    found.set(name, stats);
    // A logger has a fingerprint of its own; `down` comes and goes by commands, and means something only when a service is new.
    if (file.kind === 'logger' || name === 'down') continue;
    // A directory's own time is not changed by a write to a file in it.
    if (file.kind === 'directory' && stats?.isDirectory() === true) marks.push(...marksBelow(find(`${directory}/${name}`), name));
    else marks.push(mark(name, stats));
  }
  return { found, fingerprint: marks.join('\n') };
}

/**
 * Changes when a file of the list was written, replaced, added, removed or changed its mode; empty for a directory that
 * cannot be read. `env/` and `data/` are looked at one level deep.
 */
export function fingerprintOf(directory: string): string {
  try {
    return lookAt(directory).fingerprint;
  } catch {
    return '';
  }
}

function marksBelow(directory: string, name: string): string[] {
  try {
    return readdirSync(directory).sort().map((entry) => mark(`${name}/${entry}`, statOf(`${directory}/${entry}`)));
  } catch {
    return [mark(name, statOf(directory))];
  }
}

const mark = (name: string, stats: BigIntStats | undefined): string =>
  stats === undefined ? `${name} -` : `${name} ${stats.ino} ${stats.mode} ${stats.size} ${stats.mtimeNs}`;

function statOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    // ELOOP, EACCES: as good as not there.
    return undefined;
  }
}
