/** The lines of /etc/fix-attrs.d (spec/s6-compat.md 4.11): `path recurse account fmode dmode`, and whom an account means. */
import type { Problem } from './messages.ts';

export type FixAttrsEntry = Readonly<{
  /** FILE:LINE, for sentences. */
  from: string;
  /** An absolute path, each part of which may be a glob. */
  pattern: string;
  recurse: boolean;
  /** undefined leaves it as it is; so do undefined modes. */
  account: Account | undefined;
  fileMode: number | undefined;
  directoryMode: number | undefined;
}>;
/** Names, or numbers as text; the fallback stands in for each of the two that is unknown. */
export type Account = Readonly<{ user: string; group: string | undefined; fallback: Owner | undefined }>;
/** A group of undefined stays as it is. */
export type Owner = Readonly<{ uid: number; gid: number | undefined }>;
export type AttributeProblem = Omit<Problem, 'service'>;

/** Entries in the order of their lines, and everything that cannot be understood; the other lines count all the same. */
export function readFixAttrs(file: string, text: string): { entries: FixAttrsEntry[]; problems: AttributeProblem[] } {
  const entries: FixAttrsEntry[] = [];
  const problems: AttributeProblem[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const words = line.split(/[ \t\r]+/).filter((word) => word !== '');
    if (words.length === 0 || words[0]!.startsWith('#')) continue;
    const from = `${file}:${index + 1}`;
    const wrong = (value: string, expected: string, remedy: string): void => void problems.push({ file: from, value, expected, remedy });
    const [pattern, recurse, account, fileMode, directoryMode, more] = words;
    if (directoryMode === undefined || (more !== undefined && !more.startsWith('#'))) {
      wrong(line.trim(), 'five words', 'write: PATH true|false USER[:GROUP][,UID:GID] FILE-MODE DIRECTORY-MODE');
      continue;
    }
    if (!pattern!.startsWith('/')) wrong(pattern!, 'an absolute path', `write: /${pattern}`);
    else if (recurse !== 'true' && recurse !== 'false') wrong(recurse!, 'true or false', 'write true to change what is below the directory, too');
    else if (!isAccount(account!)) wrong(account!, 'USER[:GROUP][,UID:GID]', 'write for example: www-data,33:33');
    else if (!isMode(fileMode!)) wrong(fileMode!, 'a mode in octal digits, or -', 'write for example: 0640');
    else if (!isMode(directoryMode)) wrong(directoryMode, 'a mode in octal digits, or -', 'write for example: 0750');
    else {
      entries.push({
        from, pattern: pattern!, recurse: recurse === 'true', account: readAccount(account!),
        fileMode: readMode(fileMode!), directoryMode: readMode(directoryMode),
      });
    }
  }
  return { entries, problems };
}

const ACCOUNT = /^([^:,]+)(?::([^:,]+))?(?:,(\d{1,10})(?::(\d{1,10}))?)?$/;
const isAccount = (word: string): boolean => word === '-' || ACCOUNT.test(word);
const isMode = (word: string): boolean => word === '-' || /^0?[0-7]{1,4}$/.test(word);
const readMode = (word: string): number | undefined => (word === '-' ? undefined : Number.parseInt(word, 8));

function readAccount(word: string): Account | undefined {
  const [, user, group, uid, gid] = ACCOUNT.exec(word) ?? [];
  if (user === undefined || word === '-') return undefined;
  return { user, group, fallback: uid === undefined ? undefined : { uid: Number(uid), gid: gid === undefined ? undefined : Number(gid) } };
}

/**
 * Whom an account means on a system with these /etc/passwd and /etc/group. A user without a group brings the group of its
 * line in passwd; a number that passwd does not have means itself. `unknown` is the name that nobody knows and that has no fallback.
 */
export function ownerOf({ user, group, fallback }: Account, passwd: string, groups: string): Owner | { unknown: string } {
  const known = lineOf(passwd, user, true);
  const uid = known === undefined ? (numberOf(user) ?? fallback?.uid) : Number(known[2]);
  if (uid === undefined) return { unknown: user };
  if (group === undefined) return { uid, gid: known === undefined ? (numberOf(user) === undefined ? fallback?.gid : undefined) : Number(known[3]) };
  const line = lineOf(groups, group, false);
  const gid = line === undefined ? (numberOf(group) ?? fallback?.gid) : Number(line[2]);
  return gid === undefined ? { unknown: group } : { uid, gid };
}

/** By name, in passwd also by number; only lines whose numbers are some. */
function lineOf(text: string, name: string, isPasswd: boolean): string[] | undefined {
  const rows = text.split('\n').map((line) => line.split(':'))
    .filter(([, , id, group]) => numberOf(id) !== undefined && (!isPasswd || numberOf(group) !== undefined));
  return rows.find(([first]) => first === name) ?? (isPasswd ? rows.find(([, , id]) => id === name) : undefined);
}

const numberOf = (text: string | undefined): number | undefined => (text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined);
