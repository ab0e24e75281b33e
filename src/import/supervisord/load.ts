/** A supervisord.conf together with the files that its [include] names. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { matches } from '../../control/glob.ts';
import type { Problem } from '../../core/messages.ts';
import { unreadable } from '../sentences.ts';
import { expand, type Names } from './expand.ts';
import { readIni, type Ini } from './ini.ts';

export type Loaded = Readonly<{ ini: Ini; here: string; problems: readonly Problem[] }>;

export function load(file: string, names: Names): Loaded {
  const absolute = path.resolve(file);
  const here = path.dirname(absolute);
  const ini: Ini = new Map();
  const problems: Problem[] = [];
  const read = (place: string): void => {
    let text: string;
    try {
      const stats = statSync(place);
      // The file itself may be a pipe, as <(…) of a shell is; of those that are included nobody would write to one.
      const value = stats.size > LARGEST ? `${stats.size} bytes` : stats.isFile() || place === absolute ? undefined : 'no regular file';
      if (value !== undefined) {
        const expected = `a file of supervisord, at most ${LARGEST} bytes`;
        return void problems.push({ service: '', file: place, value, expected, remedy: 'is it the right file?' });
      }
      text = readFileSync(place, 'utf8');
    } catch (error) {
      return void problems.push(unreadable(place, error, 'a file of supervisord that can be read'));
    }
    for (const { file: of, line, text: value, expected, remedy } of readIni(ini, text, place, path.dirname(place))) {
      problems.push({ service: '', file: `${of}:${line}`, value: value.slice(0, 60), expected, remedy });
    }
  };
  read(absolute);
  const files = ini.get('include')?.get('files');
  if (files === undefined) return { ini, here, problems };
  const { text, unknown } = expand(files.text, { ...names, here });
  for (const name of unknown) {
    const remedy = 'set the variable, then import again';
    problems.push({ service: '', file: `${files.file}:${files.line}`, value: `%(${name})s`, expected: 'a name that is known here', remedy });
  }
  for (const pattern of text.split(/\s+/).filter((word) => word !== '')) {
    const places = glob(path.resolve(here, pattern)).filter((place) => place !== absolute);
    if (places.length === 0) {
      problems.push({
        service: '', file: `${files.file}:${files.line}`, value: pattern, expected: 'the name of a file, or a pattern that finds one',
        remedy: `look what is there: ls ${path.dirname(path.resolve(here, pattern))}`,
      });
    }
    places.forEach(read);
  }
  return { ini, here, problems };
}

const LARGEST = 4 * 2 ** 20;

/** Python's glob.glob, sorted: a pattern may be in every part of the path, and a star finds no name that begins with a dot. */
function glob(pattern: string): string[] {
  let places = ['/'];
  for (const part of pattern.split('/').slice(1)) {
    const hidden = part.startsWith('.');
    places = places.flatMap((place) => namesIn(place)
      .filter((name) => (hidden || !name.startsWith('.')) && matches(part, name)).map((name) => path.join(place, name)));
  }
  return places.sort();
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
