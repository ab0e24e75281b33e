/** The files of a service directory as they are, for the copy that an import makes. */
import { lstatSync, readdirSync, readFileSync, readlinkSync, statSync, type Stats } from 'node:fs';
import path from 'node:path';
import type { Problem } from '../../core/messages.ts';
import { LIVE_NAMES } from '../../servicedir/files.ts';
import type { Entry } from '../model.ts';
import { notImported } from '../sentences.ts';

export type Copied = Readonly<{ entries: Entry[]; remarks: string[] }>;

/** All below `directory`, but for what is live and for `without`; `within` goes before each path. Throws the errno. */
export function filesOf(directory: string, without: ReadonlySet<string>, within = ''): Copied {
  const entries: Entry[] = [];
  const remarks: string[] = [];
  const walk = (below: string): void => {
    for (const name of readdirSync(path.join(directory, below)).sort()) {
      const place = below === '' ? name : `${below}/${name}`;
      if (without.has(place) || LIVE_NAMES.includes(name)) continue;
      const file = path.join(directory, place);
      const stats = lstatSync(file);
      const to = within === '' ? place : `${within}/${place}`;
      if (stats.isDirectory()) {
        entries.push({ path: to, kind: 'directory', mode: stats.mode & 0o7777 });
        walk(place);
      } else if (stats.isSymbolicLink()) entries.push({ path: to, kind: 'link', target: targetOf(directory, file) });
      else if (stats.isFile()) entries.push(fileOf(to, file, stats));
      else remarks.push(notImported(place, 'it is no regular file; make it where it is used'));
    }
  };
  walk('');
  return { entries, remarks };
}

/** As it is, unless it is relative and leads out of the service directory: from the copy it would lead elsewhere. */
function targetOf(directory: string, file: string): string {
  const target = readlinkSync(file);
  const resolved = path.resolve(path.dirname(file), target);
  return resolved === directory || resolved.startsWith(`${directory}/`) ? target : resolved;
}

/** In one image of four some script lost its mode on the way through git (spec/corpus 2.4). */
const SCRIPT = /(^|\/)(run|finish)$|^data\/check$/;

function fileOf(to: string, file: string, stats: Stats): Entry {
  const mode = SCRIPT.test(to) ? 0o755 : stats.mode & 0o7777;
  const text = stats.size > LARGEST_TEXT ? undefined : textOf(file);
  return text === undefined ? { path: to, kind: 'copy', mode, source: file } : { path: to, kind: 'text', mode, content: text };
}

/** What is longer is copied by the script instead. */
const LARGEST_TEXT = 64 * 1024;

/** undefined: bytes that a script cannot hold. */
export function textOf(file: string): string | undefined {
  const bytes = readFileSync(file);
  const text = bytes.toString();
  return bytes.includes(0) || !Buffer.from(text).equals(bytes) ? undefined : text;
}

/** A script without its mode is made executable by the import. */
export const staysWrong = ({ value = '' }: Problem): boolean => !/^mode [0-7]{4}$/.test(value);

/** undefined: there is none, or none that can be read. */
export function scriptIn(directory: string, name: string): string | undefined {
  try {
    const file = path.join(directory, name);
    return lstatSync(file).isFile() && statSync(file).size <= LARGEST_TEXT ? textOf(file) : undefined;
  } catch {
    return undefined;
  }
}
