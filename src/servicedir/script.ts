/** Whether `run` or `finish` can be started, told before anybody tries. */
import { existsSync, type BigIntStats } from 'node:fs';
import path from 'node:path';
import { beginningOf, firstLine, interpreterOf, isElf } from './beginning.ts';
import { asNamed, type Find } from './find.ts';
import { otherKind, type Wrong } from './wrong.ts';

/** Interpreters that were looked for, so that a thousand services ask for /bin/sh once. Only for one look: they come and go. */
export type Interpreters = Map<string, boolean>;

/** What keeps a script from being started; undefined when nothing is seen. `stats` is of what a symlink leads to. */
export function scriptProblem(file: string, stats: BigIntStats | undefined, interpreters: Interpreters, find: Find = asNamed): Wrong | undefined {
  const other = otherKind(stats);
  if (other !== undefined) return { value: other, expected: 'an executable file', remedy: `look at it: ls -l ${file}` };
  // The mode and not access(2), which says no on a noexec mount, where n6 starts the interpreter itself.
  const mode = Number(stats!.mode) & 0o7777;
  if ((mode & 0o111) === 0) {
    return { value: `mode ${mode.toString(8).padStart(4, '0')}`, expected: 'an executable file', remedy: `make it so: chmod +x ${file}` };
  }
  const beginning = beginningOf(find(file));
  // An unreadable program can still be executed (execve(2)).
  if (beginning === undefined || isElf(beginning)) return undefined;
  const line = firstLine(beginning);
  const interpreter = interpreterOf(beginning);
  if (interpreter === undefined) {
    return { value: line.slice(0, 60), expected: 'a first line that names an interpreter', remedy: 'begin it with a line such as: #!/bin/sh' };
  }
  if (isThere(path.resolve(path.dirname(file), interpreter), interpreters)) return undefined;
  const remedy = interpreter.endsWith('\r') ? `end its lines as Unix does: sed -i 's/\\r$//' ${file}` : `install ${interpreter}, or correct the first line`;
  return { value: line, expected: 'an interpreter that exists', remedy };
}

/**
 * Names that n6 gives to scripts (contract sections 2 and 7): a hashbang may name them in any directory, also where an
 * image has none. Which of them a layer holds, the kernel finds out when it starts the script.
 */
const COMPANIONS: ReadonlySet<string> = new Set(['with-contenv', 'printcontenv', 'execlineb', 's6-setuidgid', 's6-envdir', 's6-notifyoncheck', 's6-log']);

function isThere(interpreter: string, interpreters: Interpreters): boolean {
  const known = interpreters.get(interpreter);
  if (known !== undefined) return known;
  const there = COMPANIONS.has(path.basename(interpreter)) || existsSync(interpreter);
  interpreters.set(interpreter, there);
  return there;
}
