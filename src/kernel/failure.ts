import { accessSync, constants, fstatSync, statSync, type Stats } from 'node:fs';
import { resolve } from 'node:path';
import type { SpawnFailure, SpawnStep } from '../core/events.ts';
import { codeOf, isTemporary } from './errno.ts';
import type { SpawnRequest } from './kernel.ts';
import { beginningOf, type Beginning } from './program.ts';

/**
 * posix_spawn(3) gives one errno and no step: look at everything the child needed, in its own order, and take the first
 * thing that is wrong in just that way. What has been repaired meanwhile counts as temporary, so that it is tried again soon.
 */
export function findFailure(request: SpawnRequest, code: string, softDescriptorLimit = Infinity): SpawnFailure {
  const all = PROCESS.has(code) ? [] : obstacles(request, softDescriptorLimit);
  // On a noexec mount the system says EACCES before it looks into the file; whatever else is wrong says more.
  const found = all.find((obstacle) => obstacle.code === code) ?? (code === 'EACCES' ? all[0] : undefined);
  if (found !== undefined) return { ...found, subject: printable(found.subject), hopeless: !isTemporary(found.code) };
  const program = resolve(request.directory, request.program);
  switch (code) {
    case 'EBADF': case 'EMFILE': case 'ENFILE':
      return { code, step: 'descriptor', subject: '0, 1 or 2', hopeless: !isTemporary(code) };
    case 'ENOENT': case 'ENOTDIR': case 'ELOOP': case 'ENAMETOOLONG':
      return { code, step: 'file', subject: printable(program), hopeless: false };
    case 'ENOEXEC':
      return { code, step: 'hashbang', subject: printable(program), hopeless: true };
    case 'EACCES': case 'EPERM':
      return { code, step: 'mode', subject: `${printable(program)} (its mode allows it; a noexec mount or a security module?)`, hopeless: true };
    default:
      return { code, step: 'process', subject: printable(program), hopeless: !isTemporary(code) };
  }
}

export type Obstacle = { step: SpawnStep; subject: string; code: string };

/** Everything that stands in the way of this start, in the order in which the child would have met it. */
export function obstacles(request: SpawnRequest, softDescriptorLimit = Infinity): Obstacle[] {
  return [...descriptorObstacles(request, softDescriptorLimit), ...directoryObstacles(request.directory),
    ...programObstacles(resolve(request.directory, request.program), request.directory, 0)];
}

/** Errors of clone(2) and execve(2) that no file is to blame for. */
const PROCESS: ReadonlySet<string> = new Set(['EAGAIN', 'ENOMEM', 'E2BIG', 'EINTR', 'ENOSYS', 'EINVAL']);

function descriptorObstacles({ stdio, descriptors = [] }: SpawnRequest, softDescriptorLimit: number): Obstacle[] {
  return [...stdio.map((source, child) => ({ child, source: source === 'inherit' ? child : source })), ...descriptors]
    .flatMap(({ child, source }) => {
      const code = child >= softDescriptorLimit ? 'EBADF' : trouble(() => (source === 'null' ? statSync('/dev/null') : fstatSync(source)));
      return code === undefined ? [] : [{ step: 'descriptor' as const, subject: String(child), code }];
    });
}

function directoryObstacles(directory: string): Obstacle[] {
  const code = trouble(() => {
    if (!statSync(directory).isDirectory()) return 'ENOTDIR';
    accessSync(directory, constants.X_OK);
    return undefined;
  });
  return code === undefined ? [] : [{ step: 'directory', subject: directory, code }];
}

/** Linux follows four interpreters that are scripts themselves, then says ELOOP (execve(2)). */
const DEEPEST = 4;

function programObstacles(path: string, directory: string, depth: number): Obstacle[] {
  const missing = depth === 0 ? 'file' : 'interpreter';
  const code = trouble(() => {
    // A directory or a device is refused as if its mode forbade it.
    const status = statSync(path);
    return status.isFile() && allowsExecution(status) ? undefined : 'EACCES';
  });
  if (code !== undefined) return [{ step: code === 'EACCES' && depth === 0 ? 'mode' : missing, subject: path, code }];
  const beginning = readable(path);
  // A program that may be executed but not read keeps its secret.
  if (beginning === undefined) return [];
  if (beginning.kind === 'neither') return [{ step: 'hashbang', subject: path, code: 'ENOEXEC' }];
  const next = beginning.kind === 'script' ? beginning.interpreter : beginning.loader;
  if (next === undefined) return [];
  if (depth > DEEPEST) return [{ step: 'interpreter', subject: next, code: 'ELOOP' }];
  return programObstacles(resolve(directory, next), directory, beginning.kind === 'script' ? depth + 1 : DEEPEST + 1);
}

/** What the mode bits say (path_resolution(7)); access(2) would also count a noexec mount, which is no fault of the file. */
export function allowsExecution({ mode, uid, gid }: Stats): boolean {
  const own = process.geteuid!();
  if (own === 0) return (mode & 0o111) !== 0;
  if (own === uid) return (mode & 0o100) !== 0;
  return (mode & (gid === process.getegid!() || process.getgroups!().includes(gid) ? 0o010 : 0o001)) !== 0;
}

function readable(path: string): Beginning | undefined {
  try {
    return beginningOf(path);
  } catch {
    return undefined;
  }
}

/** The errno's name that looking gives back or throws; undefined where all is well. */
function trouble(look: () => unknown): string | undefined {
  try {
    const code = look();
    return typeof code === 'string' ? code : undefined;
  } catch (error) {
    return codeOf(error);
  }
}

/** A script written on Windows has an interpreter that ends in a carriage return: it must be seen in the message. */
const printable = (text: string): string => text.replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));
