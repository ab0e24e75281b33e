/**
 * Hashbangs that n6 understands itself: a script that begins with `#!/usr/bin/with-contenv X` is started as X with the
 * container environment at once, one of execlineb as what that would become: without the process in between, and with the
 * same result.
 */
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { readOptions, translate } from '../execline/index.ts';
import { allowsExecution } from '../kernel/failure.ts';
import type { Kernel, SpawnRequest } from '../kernel/kernel.ts';
import { beginningOf } from '../kernel/program.ts';
import { findCommand } from '../launch/find.ts';
import { nameOf, valueIn } from '../launch/variables.ts';
import { DEFAULT_PATH, loadEnvironment } from './environment.ts';

export type ProgramOptions = Readonly<{
  /** The n6 installation, whose `command/with-contenv` is ours. */
  home: string | undefined;
  containerEnvironment: string;
  /** Where an image has programs of its own, which win over ours; default /usr/bin and /bin. */
  places?: readonly string[];
  /** S6_KEEP_ENV: with-contenv leaves the environment as it is. */
  keepEnvironment: boolean;
}>;

/** Variables by which a nested call finds this supervisor; with-contenv hands them on (companions/with-contenv). */
const HANDED_ON: readonly string[] = ['N6_CONTAINER_ENVIRONMENT', 'N6_DIR'];

/** The same kernel, which sees through such hashbangs. */
export const seeingThrough = <K extends Kernel>(kernel: K, see: See): K => ({ ...kernel, spawn: (request, done) => kernel.spawn(see(request), done) });

/**
 * What is started in its place; the request itself where nothing is seen through. `kept` are variables that with-contenv
 * hands on beside those of the container: service.yaml gives them to the service, whatever its script begins with.
 */
export type See = (request: SpawnRequest, kept?: readonly Buffer[]) => SpawnRequest;

export function createSee(options: ProgramOptions): See {
  let environment: Buffer[] | undefined;

  /** Read once for all that is started in one turn of the loop: nobody could have written between these. */
  function container(): Buffer[] {
    if (environment === undefined) {
      environment = loadEnvironment(options.containerEnvironment);
      setImmediate(() => void (environment = undefined));
    }
    return environment;
  }

  /** One hashbang, or one word of a chain, less; undefined: nothing that is known. */
  function resolve(request: SpawnRequest, kept: readonly Buffer[]): SpawnRequest | undefined {
    const hashbang = hashbangOf(path.resolve(request.directory, request.program));
    if (hashbang === undefined) return undefined;
    const [, ...rest] = request.arguments;
    const name = path.basename(hashbang.interpreter);
    if (!isOurs(hashbang.interpreter, options)) return undefined;
    if (name === 'with-contenv') return withContainer({ ...request, arguments: [hashbang.argument, request.program, ...rest] }, kept);
    return name === 'execlineb' ? execline(request, hashbang.argument, rest, kept) : undefined;
  }

  /** `arguments` are those of with-contenv: a program and what it is given. */
  function withContainer(request: SpawnRequest, kept: readonly Buffer[]): SpawnRequest | undefined {
    const isKept = (variable: Buffer): boolean => kept.some((other) => nameOf(other) === nameOf(variable));
    const handedOn = request.environment.filter((variable) => HANDED_ON.includes(nameOf(variable)) && !isKept(variable));
    const all = [...container(), ...handedOn];
    const environment = options.keepEnvironment ? request.environment : kept.length === 0 ? all : [...all.filter((one) => !isKept(one)), ...kept];
    const found = findCommand(request.arguments[0]!, pathIn(environment), request.directory);
    return 'exitCode' in found ? undefined : { ...request, program: found.path, environment };
  }

  /** What execlineb would become. Where it would say something, it does so itself. */
  function execline(request: SpawnRequest, argument: string, rest: readonly string[], kept: readonly Buffer[]): SpawnRequest | undefined {
    const read = readOptions([argument, request.program, ...rest]);
    if (read === undefined || read.script !== undefined) return undefined;
    const script = path.resolve(request.directory, request.program);
    const text = readFileSync(script);
    const translated = translate({ name: request.program, text, options: read, arguments: rest, environment: request.environment });
    if (translated.kind !== 'start' || translated.warnings.length > 0) return undefined;
    const { program, arguments: words, environment } = translated.start;
    // An argument that is no text could not be handed on as it is.
    if (!words.every((word) => Buffer.from(word.toString()).equals(word))) return undefined;
    const next = { ...request, program, arguments: words.map(String), environment };
    return path.basename(program) === 'with-contenv' && isOurs(program, options)
      ? withContainer({ ...next, arguments: next.arguments.slice(1) }, kept) ?? next
      : next;
  }

  return (request, kept = []) => {
    try {
      return resolve(request, kept) ?? request;
    } catch {
      // Something is missing or unreadable: whoever starts it finds out what, and says so.
      return request;
    }
  };
}

/** undefined for what is no executable script with one argument that is a program's name: Linux makes one argument of several words. */
function hashbangOf(script: string): { interpreter: string; argument: string } | undefined {
  if (!allowsExecution(statSync(script))) return undefined;
  const beginning = beginningOf(script);
  if (beginning.kind !== 'script' || beginning.argument === undefined || /[ \t]/.test(beginning.argument)) return undefined;
  return { interpreter: beginning.interpreter, argument: beginning.argument };
}

/**
 * An image's own program is what its scripts mean, also where it has it besides ours; one that is not there is ours by name
 * (kernel/detour.ts).
 */
function isOurs(interpreter: string, { home, places = ['/usr/bin', '/bin'] }: ProgramOptions): boolean {
  if (home === undefined) return false;
  const name = path.basename(interpreter);
  const own = path.join(home, 'command', name);
  const others = name === 'with-contenv' ? [] : places.map((place) => path.join(place, name));
  return existsSync(own) && [interpreter, ...others].every((place) => !existsSync(place) || realpathSync.native(place) === realpathSync.native(own));
}

const pathIn = (variables: readonly Buffer[]): string => valueIn(variables, 'PATH')?.toString() ?? DEFAULT_PATH;
