/** Changes of the scan directory become rescans: many at once become one. */
import path from 'node:path';
import { watch } from 'chokidar';

/** Milliseconds of quiet before a rescan: an editor or a copy makes several changes in a row. */
const QUIET = 100;
/** Entries that supervisors write themselves. */
const NOT_OURS_TO_WATCH = new Set(['.n6', 'supervise', 'event', '.s6-svscan', 'node_modules', '.git']);
/** NAME/run, NAME/env/VAR, NAME/log/run: nothing deeper changes how a service starts. */
const DEPTH = 2;

export function watchDirectory(directory: string, changed: () => void, lost: (reason: string) => void, failed: (where: string, error: unknown) => void): void {
  let timer: NodeJS.Timeout | undefined;
  const ring = (): void => {
    timer = undefined;
    try {
      changed();
    } catch (error) {
      failed('a rescan', error);
    }
  };
  const watcher = watch(directory, {
    ignoreInitial: true,
    depth: DEPTH,
    ignored: (file) => file !== directory && NOT_OURS_TO_WATCH.has(path.basename(file)),
  });
  // A change between the first scan and the moment the watcher is ready would be missed: look once more then.
  watcher.on('ready', ring);
  watcher.on('all', () => {
    if (timer !== undefined) clearTimeout(timer);
    timer = setTimeout(ring, QUIET);
  });
  watcher.on('error', (error) => lost(error instanceof Error ? error.message : String(error)));
}
