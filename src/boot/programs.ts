/**
 * Hashbangs that n6 understands itself: a script that begins with `#!/usr/bin/with-contenv X` is started as X with the
 * container environment at once, without the process in between, and with the same result.
 */
import { realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { allowsExecution } from '../kernel/failure.ts';
import type { Kernel, SpawnRequest } from '../kernel/kernel.ts';
import { beginningOf } from '../kernel/program.ts';
import { findCommand } from './command.ts';
import { DEFAULT_PATH, loadEnvironment } from './environment.ts';

export type ProgramOptions = Readonly<{
  /** The n6 installation, whose `command/with-contenv` is ours. */
  home: string | undefined;
  containerEnvironment: string;
  /** S6_KEEP_ENV: with-contenv leaves the environment as it is. */
  keepEnvironment: boolean;
}>;

/** Variables by which a nested call finds this supervisor; with-contenv hands them on (companions/with-contenv). */
const HANDED_ON: readonly string[] = ['N6_CONTAINER_ENVIRONMENT=', 'N6_DIR='];

/** The same kernel, which sees through such hashbangs. Whatever it does not see through is started as it was asked for. */
export function seeingThrough<K extends Kernel>(kernel: K, options: ProgramOptions): K {
  let environment: Buffer[] | undefined;

  /** Read once for all that is started in one turn of the loop: nobody could have written between these. */
  function container(): Buffer[] {
    if (environment === undefined) {
      environment = loadEnvironment(options.containerEnvironment);
      setImmediate(() => void (environment = undefined));
    }
    return environment;
  }

  function resolve(request: SpawnRequest): SpawnRequest {
    try {
      const script = path.resolve(request.directory, request.program);
      const hashbang = hashbangOf(script);
      if (hashbang === undefined || path.basename(hashbang.interpreter) !== 'with-contenv' || !isOurs(hashbang.interpreter, options.home)) return request;
      const handedOn = request.environment.filter((variable) => HANDED_ON.some((name) => variable.subarray(0, name.length).toString('latin1') === name));
      const variables = options.keepEnvironment ? request.environment : [...container(), ...handedOn];
      const found = findCommand(hashbang.argument, pathIn(variables), request.directory);
      if ('exitCode' in found) return request;
      const [, ...rest] = request.arguments;
      return { ...request, program: found.path, arguments: [hashbang.argument, request.program, ...rest], environment: variables };
    } catch {
      // Something is missing or unreadable: whoever starts it finds out what, and says so.
      return request;
    }
  }

  return { ...kernel, spawn: (request, done) => kernel.spawn(resolve(request), done) };
}

/** undefined for what is no executable script with one argument that is a program's name: Linux makes one argument of several words. */
function hashbangOf(script: string): { interpreter: string; argument: string } | undefined {
  if (!allowsExecution(statSync(script))) return undefined;
  const beginning = beginningOf(script);
  if (beginning.kind !== 'script' || beginning.argument === undefined || /[ \t]/.test(beginning.argument)) return undefined;
  return { interpreter: beginning.interpreter, argument: beginning.argument };
}

/** An image's own with-contenv is what its scripts mean; one that is not there is ours by name (kernel/detour.ts). */
function isOurs(interpreter: string, home: string | undefined): boolean {
  if (home === undefined) return false;
  try {
    return realpathSync.native(interpreter) === realpathSync.native(path.join(home, 'command', path.basename(interpreter)));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}

const PATH = 'PATH=';

function pathIn(variables: readonly Buffer[]): string {
  const variable = variables.find((one) => one.subarray(0, PATH.length).toString('latin1') === PATH);
  return variable === undefined ? DEFAULT_PATH : variable.subarray(PATH.length).toString();
}
