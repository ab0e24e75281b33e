import type { spawn as Spawn } from 'node:child_process';
import { closeSync, fchmodSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/**
 * Runs a processor on `previous` in the log directory (spec/s6-compat 6.6): standard input is `previous`, standard output
 * `processed`, descriptor 4 is `state` and 5 `newstate`. When it exits 0, what it made is on the disk before `previous` is
 * taken away: a crash in between can double lines, never lose them. `archive` names the new archive, once it is needed.
 * `done` is called exactly once, with a sentence when it failed; `previous` is still there then.
 */
export function runProcessor(directory: string, argv: readonly string[], archive: () => string, done: (failure?: string) => void): void {
  const place = (name: string): string => path.join(directory, name);
  const opened: number[] = [];
  const open = (name: string, flags: string): number => {
    const descriptor = openSync(place(name), flags, 0o644);
    opened.push(descriptor);
    return descriptor;
  };
  const close = (): void => {
    for (const descriptor of opened.splice(0)) closeSync(descriptor);
  };
  let told = false;
  const tell = (failure?: string): void => {
    if (told) return;
    told = true;
    close();
    done(failure);
  };

  try {
    const input = open('previous', 'r');
    const processed = open('processed', 'w');
    // Made when there is none: the first processor reads nothing.
    closeSync(openSync(place('state'), 'a', 0o644));
    const state = open('state', 'r');
    const newstate = open('newstate', 'w');
    // Loaded only where processors are: 10 ms.
    const { spawn } = createRequire(import.meta.filename)('node:child_process') as { spawn: typeof Spawn };
    const child = spawn(argv[0]!, argv.slice(1), { cwd: directory, stdio: [input, processed, 2, 'ignore', state, newstate] });
    child.once('error', (error) => tell(error.message));
    child.once('exit', (code, signal) => {
      if (code !== 0) {
        tell(signal === null ? `exit code ${code}` : `killed by ${signal}`);
        return;
      }
      try {
        fsyncSync(processed);
        fchmodSync(processed, 0o744);
        fsyncSync(newstate);
        renameSync(place('processed'), archive());
        renameSync(place('newstate'), place('state'));
        rmSync(place('previous'));
        tell();
      } catch (error) {
        tell(String(error));
      }
    });
  } catch (error) {
    tell(String(error));
  }
}
