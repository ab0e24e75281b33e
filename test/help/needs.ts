/**
 * Programs that this machine cannot give a test: `describe.runIf(lacking('haproxy').length === 0)`. The tests that are
 * therefore not run are listed by name at the end of `npm test` (reporter.ts); on CI nothing is lacking.
 */
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

export const lacking = (...programs: string[]): string[] => programs.filter((program) => !isInstalled(program));

function isInstalled(program: string): boolean {
  return (process.env.PATH ?? '').split(path.delimiter).some((directory) => {
    try {
      accessSync(path.join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
