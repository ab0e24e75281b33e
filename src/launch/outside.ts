/** Becoming what a service would have become, from outside of the supervisor: `svc exec`. */
import { NOT_FOUND } from '../core/exit-codes.ts';
import { becomeAs, type Identity } from '../kernel/identity.ts';
import { findCommand } from './find.ts';
import { valueIn } from './variables.ts';

export type Start = Readonly<{
  directory: string;
  /** Who this process has to be first; undefined: it is that already. */
  identity: Identity | undefined;
  /** A program, looked for in the PATH of `environment`, and its arguments. */
  words: readonly string[];
  /** `NAME=value` as bytes. */
  environment: readonly Buffer[];
  /** Soft limit of open files before Node raised it; undefined: as it is. */
  softLimit: number | undefined;
}>;

/** `exitCode` as a shell has it: 126 cannot be executed, 127 is not there. */
export type CannotStart = Error & { code: string; exitCode: number };

/** execve(2): pid, terminal and descriptors 0, 1, 2 stay. Throws CannotStart; the directory, or the user, may have changed by then. */
export function becomeOutside({ directory, identity, words, environment, softLimit }: Start): never {
  const [name = '', ...rest] = words;
  try {
    process.chdir(directory);
  } catch (error) {
    throw cannot(`the directory ${directory}`, error, NOT_FOUND);
  }
  const searchPath = valueIn(environment, 'PATH')?.toString() ?? '/usr/bin:/bin';
  const found = findCommand(name, searchPath, directory);
  if ('code' in found) throw cannot(name, found, found.exitCode);
  try {
    becomeAs(identity, softLimit, { program: found.path, arguments: words, environment });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOEXEC') throw cannot(found.path, error, 126);
    // A script without a first line that names its interpreter, as execvp(3) takes it.
    return becomeAs(undefined, softLimit, { program: '/bin/sh', arguments: ['/bin/sh', found.path, ...rest], environment });
  }
}

function cannot(what: string, cause: unknown, exitCode: number): CannotStart {
  const { code = String(cause) } = cause as { code?: string };
  return Object.assign(new Error(what, { cause }), { code, exitCode });
}
