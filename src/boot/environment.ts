/** The container's environment: bytes all the way, because neither a shell nor `process.env` keeps them (architecture, "Facts"). */
import { chmodSync, closeSync, constants, fchmodSync, fstatSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

export type Variable = Readonly<{ name: Buffer; value: Buffer }>;

/**
 * Reads the bytes of /proc/PID/environ (proc(5)): NAME=value, each ended by a NUL. What has no `=`, or no name, is no
 * variable. Of two with one name the first counts, as in getenv(3): it is the one that programs see.
 */
export function parseEnviron(bytes: Buffer): Variable[] {
  const variables = new Map<string, Variable>();
  for (let start = 0; start < bytes.length;) {
    const nul = bytes.indexOf(0, start);
    const end = nul < 0 ? bytes.length : nul;
    const entry = bytes.subarray(start, end);
    start = end + 1;
    const equals = entry.indexOf('=');
    const key = entry.subarray(0, Math.max(equals, 0)).toString('latin1');
    if (key !== '' && !variables.has(key)) variables.set(key, { name: entry.subarray(0, equals), value: entry.subarray(equals + 1) });
  }
  return [...variables.values()];
}

/**
 * Writes the container environment (contract section 4): one file per variable, the value and one newline; 0644 in a
 * directory of 0755, whatever the umask. Whatever an earlier life left in the directory is removed. Gives back the names
 * that cannot be files which a reader would see: with a `/`, longer than the file system allows, or beginning with a dot,
 * which readers skip (spec 4.7.3). Throws the errno when the directory cannot be written.
 */
export function storeEnvironment(directory: string, variables: readonly Variable[]): Buffer[] {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  // Closed to others until it is complete: a reader sees all of it or is refused, never a half.
  chmodSync(directory, 0o700);
  for (const stale of readdirSync(directory, { encoding: 'buffer' })) rmSync(inside(directory, stale), { recursive: true });
  const refused = variables.filter(({ name, value }) => !canBeSeen(name) || !storeVariable(inside(directory, name), value)).map(({ name }) => name);
  chmodSync(directory, 0o755);
  return refused;
}

/**
 * The container environment as `NAME=value`, sorted by name, read by the rules of with-contenv: one final newline is
 * dropped, an empty file is no variable, NUL bytes are dropped; names that begin with a dot or contain `=`, directories
 * and whatever else is no file are skipped. Throws the errno when the directory or one of its files cannot be read.
 */
export function loadEnvironment(directory: string): Buffer[] {
  const names = readdirSync(directory, { encoding: 'buffer' }).filter((name) => canBeSeen(name) && !name.includes('='));
  return names.sort((a, b) => Buffer.compare(a, b)).flatMap((name) => {
    const content = readVariable(inside(directory, name));
    if (content === undefined || content.length === 0) return [];
    const value = content.at(-1) === NEWLINE ? content.subarray(0, -1) : content;
    return [Buffer.concat([name, EQUALS, value.includes(0) ? Buffer.from(value.filter((byte) => byte !== 0)) : value])];
  });
}

/** What /init takes when PATH is not set, or is empty, which execvp(3) would take for the working directory (spec 4.1). */
export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The same variables with a PATH that begins with the directory `first`. */
export function withPath(variables: readonly Variable[], first: string): Variable[] {
  const given = variables.find(({ name }) => name.equals(PATH))?.value;
  const rest = given === undefined || given.length === 0 ? Buffer.from(DEFAULT_PATH) : given;
  const start = Buffer.from(`${first}:`);
  const isFirst = rest.subarray(0, start.length).equals(start) || rest.equals(Buffer.from(first));
  const path = { name: PATH, value: isFirst ? rest : Buffer.concat([start, rest]) };
  return given === undefined ? [...variables, path] : variables.map((variable) => (variable.name.equals(PATH) ? path : variable));
}

const PATH = Buffer.from('PATH');
const EQUALS = Buffer.from('=');
const SLASH = Buffer.from('/');
const NEWLINE = 10;
const DOT = 46;

const inside = (directory: string, name: Buffer): Buffer => Buffer.concat([Buffer.from(directory), SLASH, name]);
const canBeSeen = (name: Buffer): boolean => name[0] !== DOT && !name.includes(SLASH);

/** False for a name that is too long: NAME_MAX is 255, but fewer on some file systems. */
function storeVariable(file: Buffer, value: Buffer): boolean {
  let descriptor: number;
  try {
    descriptor = openSync(file, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENAMETOOLONG') return false;
    throw error;
  }
  try {
    writeFileSync(descriptor, Buffer.concat([value, Buffer.of(NEWLINE)]));
    fchmodSync(descriptor, 0o644);
  } finally {
    closeSync(descriptor);
  }
  return true;
}

/** undefined for what is no file, or has gone since it was listed. O_NONBLOCK: a FIFO would hold PID 1 for ever (open(2)). */
function readVariable(file: Buffer): Buffer | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (['ENOENT', 'ENXIO', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
  try {
    return fstatSync(descriptor).isFile() ? readFileSync(descriptor) : undefined;
  } finally {
    closeSync(descriptor);
  }
}
