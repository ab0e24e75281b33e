/** Where everything lives at run time (contract section 4). */
import { chmodSync, lstatSync, mkdirSync, rmSync, symlinkSync, type Stats } from 'node:fs';
import path from 'node:path';

/** Below the runtime directory (contract sections 4 and 8). */
export const CONTROL_SOCKET = 'control.sock';

export type Layout = Readonly<{
  /** The live scan directory: one link per service; outside a container the user's own directory. */
  scanDirectory: string;
  /** Where services are copied to; undefined: they run where the user wrote them. */
  copies: string | undefined;
  containerEnvironment: string;
  /** 0700: control socket, lock. */
  runtime: string;
  exitcode: string | undefined;
  /** Where v1 and v2 of s6-overlay keep a container's exit code; need not be there. */
  stage3: string | undefined;
}>;

/** A directory could not be had; `code` is the errno's name. */
export class Unwritable extends Error {
  readonly directory: string;
  readonly code: string;
  constructor(directory: string, code: string) {
    super(`cannot write to ${directory}: ${code}`);
    this.directory = directory;
    this.code = code;
  }
}

/** Another supervisor lives there. */
export class AlreadySupervised extends Error {
  constructor(file: string) {
    super(`another supervisor runs here: it holds the lock ${file}; stop it first, or drive it with svc`);
  }
}

/**
 * A container's layout below `base` (`/run`). What an earlier life of the same container left there is taken away:
 * `docker restart` keeps the file system, and no process of that life is alive. `goesOn`: that life was this process's own, and nothing is touched.
 */
export function containerLayout(base: string, lock: (file: string) => boolean, goesOn = false): Layout {
  const at = (...parts: string[]): string => path.join(base, ...parts);
  attempt(at('n6'), () => makePrivate(at('n6')));
  takeLock(at('n6', 'lock'), lock);
  attempt(base, () => {
    if (goesOn) return;
    for (const stale of ['service', 's6', 's6-rc', `n6/${CONTROL_SOCKET}`, 'n6/state.json']) rmSync(at(stale), { recursive: true, force: true });
    for (const directory of ['service', 's6', 's6/legacy-services', 's6-linux-init-container-results']) makeDirectory(at(directory), 0o755);
    // The address that images of s6-overlay v1 and v2 know: /var/run/s6/services.
    symlinkSync('../service', at('s6', 'services'));
  });
  return {
    scanDirectory: at('service'),
    copies: at('s6', 'legacy-services'),
    containerEnvironment: at('s6', 'container_environment'),
    runtime: at('n6'),
    exitcode: at('s6-linux-init-container-results', 'exitcode'),
    stage3: at('s6', 'env-stage3'),
  };
}

/** Where longruns of s6-rc live, below what is /run (spec 5.4). */
export const longrunsOf = ({ runtime }: Pick<Layout, 'runtime'>): string => path.join(path.dirname(runtime), 's6-rc/servicedirs');

/** `svc supervise DIR`: the scan directory is DIR itself, everything else lives in `runtime` (`DIR/.n6`). */
export function directoryLayout(directory: string, runtime: string, copied: boolean, lock: (file: string) => boolean): Layout {
  attempt(runtime, () => makePrivate(runtime));
  takeLock(path.join(runtime, 'lock'), lock);
  const copies = copied ? path.join(runtime, 'services') : undefined;
  if (copies !== undefined) attempt(copies, () => makeDirectory(copies, 0o755));
  return {
    scanDirectory: directory,
    copies,
    containerEnvironment: path.join(runtime, 'container_environment'),
    runtime,
    exitcode: undefined,
    stage3: undefined,
  };
}

/** `/tmp/n6-UID` is in a directory that everybody may write to: only a directory of our own, closed to others, is taken. */
export function privateDirectory(environment: Readonly<Record<string, string | undefined>>): string {
  const given = environment.XDG_RUNTIME_DIR;
  if (given !== undefined && path.isAbsolute(given) && mayUse(given)) return path.join(given, 'n6');
  const uid = process.getuid?.() ?? 0;
  const directory = `/tmp/n6-${uid}`;
  attempt(directory, () => makeDirectory(directory, 0o700));
  const stats = lstatSync(directory);
  if (!stats.isDirectory() || stats.uid !== uid || (stats.mode & 0o077) !== 0) throw new Unwritable(directory, 'EPERM');
  return directory;
}

/** `/var/run` may be a real directory: /var/run/s6 is the same place all the same. Best effort, for images that look there. */
export function linkVarRun(base: string): void {
  try {
    if (stat('/var/run') === undefined) symlinkSync(base, '/var/run');
    else if (stat('/var/run')?.isSymbolicLink() === false && stat('/var/run/s6') === undefined) symlinkSync(path.join(base, 's6'), '/var/run/s6');
  } catch {
    // A read-only root: the address is missing, and nobody here can change that.
  }
}

function mayUse(directory: string): boolean {
  try {
    makeDirectory(path.join(directory, 'n6'), 0o700);
    return true;
  } catch {
    return false;
  }
}

/** Before anything is touched: what is there may be in use. */
function takeLock(file: string, lock: (file: string) => boolean): void {
  let taken = false;
  attempt(file, () => {
    taken = lock(file);
  });
  if (!taken) throw new AlreadySupervised(file);
}

/** An earlier life may have let a group in, which may not be wanted any more. */
function makePrivate(directory: string): void {
  makeDirectory(directory, 0o700);
  const { uid, mode } = lstatSync(directory);
  if (uid === process.geteuid?.() && (mode & 0o077) !== 0) chmodSync(directory, 0o700);
}

/** mkdir(2) obeys the umask, so the mode is set afterwards; an existing directory of ours is taken as it is. */
function makeDirectory(directory: string, mode: number): void {
  try {
    mkdirSync(directory, { mode });
    chmodSync(directory, mode);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    mkdirSync(directory, { recursive: true, mode });
  }
}

function attempt(directory: string, act: () => void): void {
  try {
    act();
  } catch (error) {
    throw new Unwritable(directory, (error as NodeJS.ErrnoException).code ?? String(error));
  }
}

function stat(file: string): Stats | undefined {
  try {
    return lstatSync(file);
  } catch {
    return undefined;
  }
}
