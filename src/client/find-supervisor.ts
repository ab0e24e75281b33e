/** Where is the supervisor that `svc` is to talk to? Contract section 4, last paragraph. */
import { lstatSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

export type Surroundings = Readonly<{
  /** --dir, as given. */
  dir: string | undefined;
  /** N6_DIR, as given. */
  environmentDir: string | undefined;
  cwd: string;
  /** Sockets of a supervisor that runs as PID 1, in the order of contract section 4. */
  standard: readonly string[];
}>;

/** `looked`: every place, for the sentence that says there is none. */
export type Found = Readonly<{ socket: string }> | Readonly<{ looked: readonly string[] }>;

/**
 * The first place with a socket file counts, whether somebody listens on it or not: a supervisor that has died in the
 * directory one works in must not make `svc stop` act on another one. What was named outright is looked for there alone.
 */
export function findSupervisor({ dir, environmentDir, cwd, standard }: Surroundings): Found {
  const named = dir ?? (environmentDir === '' ? undefined : environmentDir);
  if (named !== undefined) {
    const places = ['control.sock', ...IN_A_PROJECT].map((place) => join(resolve(cwd, named), place));
    return firstOf(places) ?? { looked: places };
  }
  for (let directory = resolve(cwd); ; directory = dirname(directory)) {
    const found = firstOf(IN_A_PROJECT.map((place) => join(directory, place)));
    if (found !== undefined) return found;
    if (dirname(directory) === directory) break;
  }
  const upward = IN_A_PROJECT.map((place) => join(cwd, place));
  return firstOf(standard) ?? { looked: [`${upward.join(' and ')} and upwards`, ...standard] };
}

/** Inside a services directory, and beside one. */
const IN_A_PROJECT = ['.n6/control.sock', 'services.d/.n6/control.sock'] as const;

function firstOf(places: readonly string[]): Found | undefined {
  const socket = places.find(isThere);
  return socket === undefined ? undefined : { socket };
}

/** A directory that must not be entered may well hold it: connecting will say so, with the right reason. */
function isThere(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES';
  }
}
