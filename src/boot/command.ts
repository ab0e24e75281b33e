/** The container's CMD: found in PATH, started in the image's working directory, its end is the container's. */
import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { CANNOT_EXECUTE, NOT_FOUND } from '../core/exit-codes.ts';
import type { SpawnRequest } from '../kernel/kernel.ts';

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

/**
 * An interactive CMD (`docker run -it`) keeps n6's session, whose controlling terminal it needs for job control; any
 * other gets a session of its own.
 */
export const commandRequest = (file: string, argv: readonly string[], environment: readonly Buffer[], terminal: boolean): SpawnRequest => ({
  directory: process.cwd(),
  program: file,
  arguments: argv,
  environment,
  session: !terminal,
  stdio: ['inherit', 'inherit', 'inherit'],
});
