/**
 * `become.cjs UID GID GROUPS LIMIT PROGRAM [ARGUMENT…]`: what companions/lib/identity.sh falls back to in images that have
 * no program to change the user with. Exit codes: 111 not allowed, 126 PROGRAM cannot be started, 127 there is none.
 */
import { accessSync, constants, readFileSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import { becomeAs } from '../kernel/identity.ts';

const KEPT = 'N6_KEPT_NODE_OPTIONS=';
const [user, group, groups = '', limit, name = '', ...words] = process.argv.slice(2);

// The bytes that execve(2) gave: Node breaks what is no UTF-8. The companion had put NODE_OPTIONS out of Node's sight.
const environment = split(readFileSync('/proc/self/environ')).map((entry) =>
  entry.subarray(0, KEPT.length).toString('latin1') === KEPT ? entry.subarray('N6_KEPT_'.length) : entry);

try {
  becomeAs(
    { user: Number(user), group: Number(group), groups: groups === '' ? [] : groups.split(',').map(Number) },
    Number.isInteger(Number(limit)) ? Number(limit) : undefined,
    { program: find(name), arguments: [name, ...words], environment },
  );
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  const isChange = code === 'EPERM' || code === 'EINVAL';
  const hint = isChange ? `uid ${user} gid ${group} cannot be taken; does this run as root?` : 'is it installed, and executable?';
  writeSync(2, `s6-setuidgid: cannot start ${name}: ${message}; ${hint}\n`);
  process.exitCode = isChange ? 111 : code === 'ENOENT' ? 127 : 126;
}

/** As execvp(3) looks: the first executable file in PATH. */
function find(program: string): string {
  if (program.includes('/')) return program;
  const places = (process.env.PATH ?? '/usr/bin:/bin').split(':').map((place) => path.resolve(place, program));
  const found = places.find(isExecutable);
  if (found === undefined) throw Object.assign(new Error(`no such program in PATH=${process.env.PATH}`), { code: 'ENOENT' });
  return found;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function split(bytes: Buffer): Buffer[] {
  const entries: Buffer[] = [];
  for (let from = 0, to = bytes.indexOf(0); to >= 0; from = to + 1, to = bytes.indexOf(0, from)) entries.push(bytes.subarray(from, to));
  return entries;
}
