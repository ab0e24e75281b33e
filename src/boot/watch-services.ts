/** For development: a change of files restarts the service that watches them, or has it reload. Many changes at once are one. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { watch as watchFiles } from 'chokidar';
import picomatch from 'picomatch';
import type { Report } from '../core/messages.ts';
import type { SavedWatches } from '../core/persist/life.ts';
import type { Watch } from '../core/policy.ts';
import type { Service } from '../core/service.ts';
import { changedText, watching, watchTrouble } from '../core/watch-messages.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';

export type ServiceWatches = Readonly<{
  /** From now on; undefined: nothing any more. */
  set(name: string, watch: Watch | undefined): void;
  stop(): void;
  /** What has changed and was not acted on yet. */
  pending(): SavedWatches['pending'];
}>;

export type ServiceWatchOptions = Readonly<{
  supervisor: Supervisor;
  restart(name: string): void;
  report(report: Report): void;
  failed(where: string, error: unknown): void;
  /** What an earlier life of this process has seen; what has changed since then is looked for, once for each service. */
  saved?: SavedWatches | undefined;
}>;

/** Never followed below what is watched: others write there, and there is too much of it. */
const NOT_OURS_TO_WATCH = new Set(['node_modules', '.git', '.n6', 'supervise', 'event']);

export function watchServices({ supervisor, restart, report, failed, saved }: ServiceWatchOptions): ServiceWatches {
  const closers = new Map<string, Watching>();
  /** Services that this life has not watched before. */
  const fresh = new Set(saved === undefined ? [] : supervisor.roster.names());
  /** Services whose start was under way when their files changed: it may have read them before. */
  const early = new Map<string, Early>();

  const unwatch = supervisor.watch((name, after) => {
    const change = early.get(name);
    if (change === undefined || (after !== undefined && isStarting(after))) return;
    early.delete(name);
    if (after !== undefined) changed(name, change.watch, change.file, change.others);
  });

  /** Of services whose watch has not been set in this life. */
  let left = saved?.pending ?? [];
  function takePending(name: string): SavedWatches['pending'] {
    const own = left.filter((each) => each.name === name);
    left = left.filter((each) => each.name !== name);
    return own;
  }

  function forget(name: string): void {
    closers.get(name)?.close();
    closers.delete(name);
    early.delete(name);
  }

  /** What is stopping needs nothing: the start that follows sees the files as they are. What is down was stopped on purpose. */
  function changed(name: string, watch: Watch, file: string, others: number): void {
    const service = supervisor.roster.get(name);
    if (service === undefined) return;
    const { state } = service;
    if (isStarting(service)) return void early.set(name, { watch, file, others });
    if (state.name !== 'running' && state.name !== 'backingOff' && state.name !== 'done' && state.name !== 'failed') return;
    const then = state.name === 'running' ? watch.then : 'restart';
    report({ type: 'note', level: 'info', service: name, text: changedText(file, others, then) });
    if (then === 'restart') restart(name);
    else supervisor.give(name, { type: 'reloadWanted' });
  }

  const note = (service: string, level: 'debug' | 'warn', text: string): void => report({ type: 'note', level, service, text });

  return {
    set(name, watch) {
      forget(name);
      if (watch === undefined) return;
      closers.set(name, watchPaths(watch, {
        ready: () => note(name, 'debug', watching(watch.paths)),
        changed: (file, others) => changed(name, watch, file, others),
        lost: (code) => note(name, 'warn', watchTrouble(code)),
        failed: (error) => failed(`the watch of ${name}`, error),
      }, fresh.delete(name) ? saved?.at : undefined));
      for (const { file, others } of takePending(name)) changed(name, watch, file, others);
    },
    pending: () => [
      ...[...early].map(([name, { file, others }]) => ({ name, file, others })),
      ...[...closers].flatMap(([name, { pending }]) => {
        const [file, ...others] = pending();
        return file === undefined ? [] : [{ name, file, others: others.length }];
      }),
      ...left,
    ],
    stop() {
      unwatch();
      for (const name of [...closers.keys()]) forget(name);
    },
  };
}

const isStarting = ({ state }: Service): boolean => state.name === 'spawning' && state.program === 'run';

type Early = Readonly<{ watch: Watch; file: string; others: number }>;

type Watching = Readonly<{
  close(): void;
  /** Files that have changed in a quiet time that is not over. */
  pending(): readonly string[];
}>;

type Listener = Readonly<{
  ready(): void;
  /** Nothing has changed for the quiet time: the first file of this burst, and how many others. */
  changed(file: string, others: number): void;
  /** Called once. */
  lost(code: string): void;
  failed(error: unknown): void;
}>;

/** `since`: milliseconds since 1970; files that are there and have changed after that count as changed. */
export function watchPaths({ paths, quiet }: Watch, listener: Listener, since = Infinity): Watching {
  const sources = paths.map(sourceOf);
  const files = new Set<string>();
  const newDirectories = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let isLost = false;
  let isReady = false;

  const owned = (act: () => void): void => {
    try {
      act();
    } catch (error) {
      listener.failed(error);
    }
  };
  const ring = (): void => {
    timer = undefined;
    // chokidar reads a directory and watches it then: what came between is found here.
    for (const file of [...newDirectories].flatMap(filesIn)) if (isMeant(file)) files.add(file);
    const [first, ...others] = files;
    files.clear();
    newDirectories.clear();
    if (first !== undefined) owned(() => listener.changed(first, others.length));
  };

  const isMeant = (file: string): boolean => sources.some(({ matches }) => matches(file));

  // From above, so that what is not there yet, or is made anew (`rm -r dist`), is seen coming: chokidar does not wait for the return of a directory.
  const watcher = watchFiles([...new Set(sources.map(({ base }) => existing(path.dirname(base))))], {
    ignoreInitial: since === Infinity,
    alwaysStat: since !== Infinity,
    ignored: (file) => !sources.some(({ leadsTo }) => leadsTo(file)),
  });
  watcher.on('ready', () => {
    isReady = true;
    owned(listener.ready);
  });
  watcher.on('all', (event, file, stats) => {
    if (!isReady && since !== Infinity && (event === 'addDir' || (event === 'add' && (stats?.ctimeMs ?? 0) <= since))) return;
    if (event === 'addDir') newDirectories.add(file);
    else if (event !== 'unlinkDir' && isMeant(file)) files.add(file);
    else return;
    if (timer !== undefined) clearTimeout(timer);
    timer = setTimeout(ring, quiet);
  });
  watcher.on('error', (error) => {
    if (isLost) return;
    isLost = true;
    owned(() => listener.lost((error as NodeJS.ErrnoException).code ?? String(error)));
  });
  return {
    pending: () => [...files],
    close() {
      if (timer !== undefined) clearTimeout(timer);
      watcher.close().catch((error: unknown) => listener.failed(error));
    },
  };
}

function existing(place: string): string {
  return place === '/' || existsSync(place) ? place : existing(path.dirname(place));
}

function filesIn(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true }).filter((entry) => !entry.isDirectory()).map(({ name }) => path.join(directory, name));
  } catch {
    // Gone again.
    return [];
  }
}

type Source = Readonly<{
  /** What is watched: the path up to its first wildcard. */
  base: string;
  /** Is it, or may something in it be, what is meant? */
  leadsTo(file: string): boolean;
  matches(file: string): boolean;
}>;

/** A path without wildcards is that file, or everything in that directory. Hidden files are meant only by a pattern that has their dot. */
function sourceOf(pattern: string): Source {
  // Parentheses are names of directories far more often than groups.
  const { base: start, glob } = picomatch.scan(pattern, { noparen: true });
  const base = path.resolve('/', start);
  const depth = glob === '' || glob.includes('**') ? Infinity : glob.split('/').length;
  const isMeant = glob === '' ? () => true : picomatch(glob);
  const below = (file: string): string | undefined => (file.startsWith(base === '/' ? base : `${base}/`) ? path.relative(base, file) : undefined);
  const leadsTo = (file: string): boolean => {
    if (file === base || base.startsWith(`${file}/`)) return true;
    const segments = below(file)?.split('/');
    return segments !== undefined && segments.length <= depth && !segments.some((segment) => NOT_OURS_TO_WATCH.has(segment));
  };
  const matches = (file: string): boolean => {
    const rest = below(file);
    return rest === undefined ? file === base && glob === '' : leadsTo(file) && isMeant(rest);
  };
  return { base, leadsTo, matches };
}
