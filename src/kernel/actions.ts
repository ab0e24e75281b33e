import { closeSync } from 'node:fs';
import { memory, type Libc, type StringTable } from './libc.ts';
import { errnoName, systemError } from './errno.ts';
import type { SpawnRequest } from './kernel.ts';

/** Everything posix_spawn(3) is told beside path and pid. `release` frees it; call it once the process has been started. */
export type Preparation = Readonly<{ path: string; actions: Buffer; attributes: Buffer; argv: StringTable; environment: StringTable; release(): void }>;

/**
 * Turns requests into what posix_spawn(3) takes. A preparation throws an error with `code`: EBADF for a descriptor that is
 * not open, EMFILE where none is free, EINVAL for a NUL byte. `chdir` false leaves the directory to /bin/sh (glibc before 2.29).
 */
export function createPreparer(libc: Libc, chdir = libc.actionsAddChdir !== undefined): (request: SpawnRequest) => Preparation {
  const ownSession = attributes(libc, FLAGS | POSIX_SPAWN_SETSID);
  const sameSession = attributes(libc, FLAGS);
  // One environment is shared by many starts: its table is built once and lives as long as the array it was made from.
  const environments = new WeakMap<readonly Buffer[], StringTable>();
  return (request) => {
    const viaShell = chdir ? request : throughShell(request);
    const environment = environments.get(request.environment) ?? libc.table(request.environment);
    environments.set(request.environment, environment);
    const argv = libc.table(viaShell.arguments);
    const actions = memory(FILE_ACTIONS_SIZE);
    libc.actionsInit(actions);
    const copies: number[] = [];
    const release = (): void => {
      libc.actionsDestroy(actions);
      for (const copy of copies) closeSync(copy);
    };
    try {
      giveDescriptors(libc, actions, request, copies, chdir);
      if (chdir) check(libc.actionsAddChdir!(actions, request.directory), request.directory);
    } catch (error) {
      release();
      throw error;
    }
    return { path: viaShell.program, actions, attributes: request.session ? ownSession : sameSession, argv, environment, release };
  };
}

/** spawn.h of glibc and musl agree on these; sizes are theirs (80, 336) and more. */
const POSIX_SPAWN_SETSIGDEF = 0x04;
const POSIX_SPAWN_SETSIGMASK = 0x08;
const POSIX_SPAWN_SETSID = 0x80;
const FLAGS = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
const FILE_ACTIONS_SIZE = 256;
const ATTRIBUTES_SIZE = 1024;
const SIGSET_SIZE = 128;

/** All signals at their default, among them what Node ignores (PIPE, XFSZ) and what glibc keeps for itself (32, 33); none blocked. */
function attributes(libc: Libc, flags: number): Buffer {
  const buffer = memory(ATTRIBUTES_SIZE);
  libc.spawnattrInit(buffer);
  libc.spawnattrSetSignalDefault(buffer, memory(SIGSET_SIZE).fill(0xff));
  libc.spawnattrSetSignalMask(buffer, memory(SIGSET_SIZE));
  libc.spawnattrSetFlags(buffer, flags);
  return buffer;
}

const F_GETFD = 1;
const F_DUPFD_CLOEXEC = 1030;
const O_RDWR = 2;

/**
 * The child performs the actions one after the other, so that a descriptor may be overwritten before it is copied: with
 * 5 -> 4 and 4 -> 5 the second would copy the first. Whatever is the target of another one is therefore copied here first,
 * to a number above all targets. dup2 of a descriptor onto itself clears the close-on-exec mark that Node put on it; where
 * libc is too old for that (glibc before 2.29, as `selfCopies` says) it takes the same way.
 */
function giveDescriptors(libc: Libc, actions: Buffer, { stdio, descriptors = [] }: SpawnRequest, copies: number[], selfCopies: boolean): void {
  const wanted = [...stdio.map((source, child) => ({ child, source: source === 'inherit' ? child : source })), ...descriptors];
  const above = Math.max(...wanted.map(({ child }) => child)) + 1;
  for (const { child, source } of wanted) {
    if (source === 'null') {
      check(libc.actionsAddOpen(actions, child, '/dev/null', O_RDWR, 0), '/dev/null');
      continue;
    }
    if (libc.fcntl(source, F_GETFD, 0) < 0) throw systemError('fcntl', libc.errno(), String(child));
    const overwritten = wanted.some((other) => other.child === source && (other.child !== child || !selfCopies));
    check(libc.actionsAddDup2(actions, overwritten ? copyAbove(libc, source, above, copies) : source, child), String(child));
  }
}

function copyAbove(libc: Libc, source: number, above: number, copies: number[]): number {
  const copy = libc.fcntl(source, F_DUPFD_CLOEXEC, above);
  if (copy < 0) throw systemError('fcntl', libc.errno(), String(source));
  copies.push(copy);
  return copy;
}

/** The shell enters the directory and becomes the program; argv[0] is then the program's path (contract section 1). */
const throughShell = ({ directory, program, arguments: [, ...rest] }: SpawnRequest): { program: string; arguments: string[] } =>
  ({ program: '/bin/sh', arguments: ['sh', '-c', 'cd "$1" && shift && exec "$@"', 'sh', directory, program, ...rest] });

/** posix_spawn's helpers return the errno instead of leaving it in errno. */
function check(number: number, subject: string): void {
  if (number !== 0) throw systemError('posix_spawn_file_actions', errnoName(number), subject);
}
