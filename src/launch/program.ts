/** Which file a start means, found before it: behind a chain of tools nobody could tell why it failed. */
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { CANNOT_EXECUTE } from '../core/exit-codes.ts';
import { codeOf } from '../kernel/errno.ts';
import { detour } from '../kernel/detour.ts';
import { findFailure, obstacles } from '../kernel/failure.ts';
import type { SpawnRequest } from '../kernel/kernel.ts';
import { findCommand } from './find.ts';
import { refuse } from './refusal.ts';
import { noSuchProgram } from './sentences.ts';
import { valueIn } from './variables.ts';

/** Absolute where `directory` is not the one that a relative path is meant from. */
export function programPath(name: string, base: string, directory: string, searchPath: string): string {
  if (name.includes('/')) return base === directory ? name : path.resolve(base, name);
  const found = findCommand(name, searchPath, directory);
  if ('path' in found) return found.path;
  return refuse(found.exitCode === CANNOT_EXECUTE ? 'mode' : 'file', noSuchProgram(name, searchPath), found.code);
}

/** A script whose interpreter is a script, and so on (execve(2)). */
const DEEPEST = 4;

/** The same start in a way that execve(2) will not refuse, as the kernel finds it for starts of its own; or what is in its way. */
export function passable(request: SpawnRequest, home: string | undefined, depth = 0): SpawnRequest {
  const [obstacle] = obstacles(request);
  const code = obstacle?.code ?? refusedAsItIs(request);
  const other = code === undefined || depth >= DEEPEST ? undefined : detour(request, code, home);
  if (other !== undefined) return passable(other, home, depth + 1);
  if (obstacle === undefined) return request;
  const { step, subject } = findFailure(request, obstacle.code);
  return refuse(depth > 0 && (step === 'file' || step === 'mode') ? 'interpreter' : step, subject, obstacle.code);
}

/** A noexec mount, which its mode does not show. */
function refusedAsItIs({ directory, program }: SpawnRequest): string | undefined {
  try {
    accessSync(path.resolve(directory, program), constants.X_OK);
    return undefined;
  } catch (error) {
    return codeOf(error);
  }
}

/**
 * The word by which a tool finds it: argv[0] as it is where execvp(3) finds the same file by it, so that the program gets
 * to see it; else the path.
 */
export function wordFor({ directory, program, arguments: [name = ''], environment }: SpawnRequest): string {
  const searchPath = valueIn(environment, 'PATH')?.toString();
  if (searchPath === undefined || !/^\w[\w.+-]*$/.test(name)) return program;
  const found = findCommand(name, searchPath, directory);
  return 'path' in found && found.path === program ? name : program;
}
