import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { CANNOT_EXECUTE, NOT_FOUND } from '../core/exit-codes.ts';

export type Found = { path: string } | { exitCode: number; code: string };

/** As execvp(3): the first executable file wins; EACCES is remembered and told when nothing better comes. */
export function findCommand(name: string, searchPath: string, workingDirectory: string): Found {
  const places = name.includes('/') ? [''] : searchPath.split(':');
  let denied = false;
  for (const place of places) {
    const file = path.resolve(workingDirectory, place, name);
    try {
      if (!statSync(file).isFile()) {
        denied = true;
        continue;
      }
      accessSync(file, constants.X_OK);
      return { path: file };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EACCES') denied = true;
    }
  }
  return denied ? { exitCode: CANNOT_EXECUTE, code: 'EACCES' } : { exitCode: NOT_FOUND, code: 'ENOENT' };
}
