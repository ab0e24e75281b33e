/** Finds a program as execvp(3) does. */
import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';

/** Where execvp looks when there is no PATH. */
const WITHOUT_PATH = '/bin:/usr/bin';

/**
 * The path of a program, both byte strings: `name` itself when it has a slash, else the first executable file of that name
 * in the directories of `search`. Undefined when there is none, or when it would be relative to a directory known only later.
 */
export function find(name: string, search: string | undefined): string | undefined {
  const isFile = (file: string): boolean => {
    try {
      const bytes = Buffer.from(file, 'latin1');
      accessSync(bytes, constants.X_OK);
      return statSync(bytes).isFile();
    } catch {
      return false;
    }
  };
  const decoded = (file: string): string => Buffer.from(file, 'latin1').toString();
  if (name.includes('/')) return !path.isAbsolute(name) || isFile(name) ? decoded(name) : undefined;
  if (name === '') return undefined;
  for (const directory of (search ?? WITHOUT_PATH).split(':')) {
    if (!path.isAbsolute(directory)) return undefined;
    if (isFile(`${directory}/${name}`)) return decoded(`${directory}/${name}`);
  }
  return undefined;
}
