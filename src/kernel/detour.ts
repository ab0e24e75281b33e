import { existsSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { allowsExecution } from './failure.ts';
import type { SpawnRequest } from './kernel.ts';
import { beginningOf } from './program.ts';

/**
 * Another way to start the same script, once execve(2) has refused it with `code`; undefined where there is none.
 *
 * EACCES although the mode says executable: the script lies on a noexec mount, but its interpreter may read it.
 * ENOENT although the script is there: its interpreter is missing; where `home`/command holds one of the same name
 * (with-contenv on a read-only root, say) that one is meant.
 */
export function detour(request: SpawnRequest, code: string, home: string | undefined): SpawnRequest | undefined {
  if (code !== 'EACCES' && code !== 'ENOENT') return undefined;
  const script = resolve(request.directory, request.program);
  try {
    if (!allowsExecution(statSync(script))) return undefined;
    const beginning = beginningOf(script);
    if (beginning.kind !== 'script') return undefined;
    const interpreter = existsSync(resolve(request.directory, beginning.interpreter))
      ? code === 'EACCES' ? beginning.interpreter : undefined
      : ours(beginning.interpreter, home);
    if (interpreter === undefined) return undefined;
    // What the system itself would have made of it: interpreter, its one argument, the script as it was named, the rest.
    const [, ...rest] = request.arguments;
    const argument = beginning.argument === undefined ? [] : [beginning.argument];
    return { ...request, program: interpreter, arguments: [beginning.interpreter, ...argument, request.program, ...rest] };
  } catch {
    // The script cannot be read any more: the failure that was found stands.
    return undefined;
  }
}

function ours(interpreter: string, home: string | undefined): string | undefined {
  if (home === undefined) return undefined;
  const path = join(home, 'command', basename(interpreter));
  return existsSync(path) ? path : undefined;
}
