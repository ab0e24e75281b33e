/**
 * /etc/fix-attrs.d: owners and modes of files, changed while the container starts (spec/s6-compat.md 4.11). Trees can be
 * huge and PID 1 must hear its signals meanwhile: everything is asynchronous, with a bounded number of files at a time.
 */
import { promises } from 'node:fs';
import { readFixAttrs, ownerOf, type AttributeProblem, type FixAttrsEntry } from '../../core/fix-attrs.ts';
import { errnoText, type Problem } from '../../core/messages.ts';
import { expand } from './expand.ts';
import { changeTree } from './tree.ts';

const { readdir, readFile } = promises;

export type FixAttrsOptions = Readonly<{
  /** What is below a directory counts also where its name begins with a dot. */
  hidden: boolean;
  /** Called before a file is applied, and after it: `ok` is false when there was something to complain of. */
  applying(file: string): void;
  applied(file: string, ok: boolean): void;
  /** No further file is touched once it is aborted; that counts as failed. */
  abort: AbortSignal;
}>;

/**
 * Applies the files of a directory in the order of the bytes of their names, those that begin with a dot left out; a
 * directory that does not exist has none. Never throws: what cannot be understood or done is a problem, and the rest is done.
 */
export async function applyFixAttrs(directory: string, options: FixAttrsOptions): Promise<{ failed: boolean; problems: Problem[] }> {
  const problems: AttributeProblem[] = [];
  for (const file of await filesOf(directory, problems)) {
    if (options.abort.aborted) break;
    options.applying(file);
    const before = problems.length;
    // As latin1: a path is bytes, and those that are no UTF-8 must survive.
    const text = await readFile(file, 'latin1').catch((error: unknown) => void problems.push(unreadable(file, error)));
    const found = readFixAttrs(file, typeof text === 'string' ? text : '');
    problems.push(...found.problems.map((problem) => ({ ...problem, value: problem.value === undefined ? undefined : fromBytes(problem.value) })));
    for (const entry of found.entries) problems.push(...await apply(entry, options));
    options.applied(file, problems.length === before);
  }
  return { failed: problems.length > 0 || options.abort.aborted, problems: problems.map((problem) => ({ service: '', ...problem })) };
}

async function filesOf(directory: string, problems: AttributeProblem[]): Promise<string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries.filter((entry) => !entry.name.startsWith('.') && !entry.isDirectory())
      .map(({ name }) => name).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))).map((name) => `${directory}/${name}`);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') problems.push(unreadable(directory, error));
    return [];
  }
}

async function apply(entry: FixAttrsEntry, { hidden, abort }: FixAttrsOptions): Promise<AttributeProblem[]> {
  // Each time anew: what an earlier line or script did to the accounts counts.
  const owner = entry.account === undefined ? undefined : ownerOf(entry.account, await accounts('/etc/passwd'), await accounts('/etc/group'));
  if (owner !== undefined && 'unknown' in owner) {
    // Its modes are left alone, too: they were meant for that owner.
    return [{
      file: entry.from, value: fromBytes(owner.unknown), expected: 'an account of /etc/passwd or /etc/group, or a number',
      remedy: `add it to the image, or name numbers to fall back on: ${fromBytes(owner.unknown)},1000:1000`,
    }];
  }
  const failures = new Map<string, { path: string; count: number }>();
  const failed = (path: string, error: unknown): void => {
    const code = codeOf(error);
    const seen = failures.get(code);
    if (seen === undefined) failures.set(code, { path: fromBytes(path), count: 1 });
    else seen.count++;
  };
  const found = await expand(entry.pattern, failed);
  for (const path of found) {
    await changeTree(path, { owner, ...entry, hidden, abort, failed });
  }
  return [...failures].map(([code, { path, count }]) => ({
    file: entry.from, value: path,
    expected: `a path whose owner and mode can be changed: ${errnoText(code)}${count > 1 ? `, and ${count - 1} more below` : ''}`,
    remedy: 'give the container the rights it lacks, or take the line out and set owners where the volume is made',
  }));
}

const accounts = (file: string): Promise<string> => readFile(file, 'latin1').catch(() => '');
const fromBytes = (latin1: string): string => Buffer.from(latin1, 'latin1').toString();
const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);

const unreadable = (file: string, error: unknown): AttributeProblem => ({
  file, value: undefined, expected: `something that can be read: ${errnoText(codeOf(error))}`, remedy: `allow reading: chmod a+rX ${file}`,
});
