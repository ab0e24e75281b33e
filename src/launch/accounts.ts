/** Users and groups by name or number. Looked up at every start that asks: a cont-init script may have made them. */
import type { Launch } from '../core/policy.ts';
import { codeOf } from '../kernel/errno.ts';
import type { Own } from './own.ts';
import { readSmall } from './reading.ts';
import { refuse } from './refusal.ts';
import { accountTooLarge, unknownAccount, unreadableAccounts } from './sentences.ts';

/** An entry of passwd(5); one that was made up for a number has no name. */
export type Account = Readonly<{ name: string | undefined; home: string; shell: string }>;

/** Who a process is to be: numbers, `groups` the supplementary ones. */
export type Identity = Readonly<{ user: number; group: number; groups: readonly number[]; account: Account | undefined }>;

export type AccountFiles = Readonly<{ passwd: string; group: string }>;
export const ACCOUNT_FILES: AccountFiles = { passwd: '/etc/passwd', group: '/etc/group' };

/**
 * Only these two files are asked, no name service. As docker does: a name comes before a number of the same digits; a number
 * without an entry is taken all the same, with the group 0 and no supplementary groups, unless `group` and `groups` say
 * otherwise. `group` replaces the first group and leaves the supplementary ones of the user as they are; `groups` replaces
 * these. Without `user` what is not said stays as it is in n6.
 */
export function identityOf(
  { user, group, groups }: Pick<Launch, 'user' | 'group' | 'groups'>, own: Own, files: AccountFiles = ACCOUNT_FILES,
): Identity | undefined {
  if (user === undefined && group === undefined && groups === undefined) return undefined;
  const known = user === undefined ? undefined : userOf(user, files);
  const entries = group === undefined && groups === undefined && known?.name === undefined ? [] : read('group', group ?? groups?.[0] ?? user!, files.group);
  const number = (key: string, value: string): number => groupOf(key, value, entries, files.group);
  const first = group === undefined ? known?.group ?? own.group : number('group', group);
  // Who stays himself and may not set groups keeps those that the container's engine gave him.
  const isSelf = known === undefined || (known.user === own.user && !own.can('SETGID'));
  const others = groups !== undefined ? groups.map((value) => number('groups', value)) : isSelf ? own.groups : membershipsOf(known.name, entries);
  return { user: known?.user ?? own.user, group: first, groups: [...new Set(others)].filter((other) => other !== first), account: known };
}

type User = Account & Readonly<{ user: number; group: number }>;

function userOf(value: string, { passwd }: AccountFiles): User {
  const entries = read('user', value, passwd);
  const entry = entries.find(([name]) => name === value) ?? entries.find(([, , uid]) => isNumber(value) && Number(uid) === Number(value));
  if (entry !== undefined) {
    const [name, , uid, gid, , home = '', shell = ''] = entry;
    return { name, user: Number(uid), group: Number(gid), home, shell };
  }
  if (!isNumber(value)) refuse('account', unknownAccount('user', value, passwd), 'ENOENT');
  return { name: undefined, user: inRange('user', value), group: 0, home: '/', shell: '' };
}

function groupOf(key: string, value: string, entries: readonly string[][], file: string): number {
  const entry = entries.find(([name]) => name === value);
  if (entry !== undefined) return Number(entry[2]);
  if (!isNumber(value)) refuse('account', unknownAccount(key, value, file), 'ENOENT');
  return inRange(key, value);
}

const membershipsOf = (name: string | undefined, entries: readonly string[][]): number[] =>
  (name === undefined ? [] : entries.filter(([, , , members = '']) => members.split(',').includes(name)).map(([, , gid]) => Number(gid)));

/** Lines of passwd(5) and group(5) that have a number where it belongs. A file that is not there has none. */
function read(key: string, value: string, file: string): string[][] {
  try {
    return readSmall(file, LARGEST).toString().split('\n').map((line) => line.trim().split(':')).filter(([, , number = '']) => isNumber(number));
  } catch (error) {
    const code = codeOf(error);
    return code === 'ENOENT' ? [] : refuse('account', unreadableAccounts(key, value, file), code);
  }
}

const LARGEST = 16 * 1024 * 1024;
/** The one above is -1, which setresuid(2) takes for "as it is". */
const LARGEST_NUMBER = 0xff_ff_ff_fe;

const isNumber = (text: string): boolean => /^\d+$/.test(text);
const inRange = (key: string, value: string): number =>
  (Number(value) <= LARGEST_NUMBER ? Number(value) : refuse('account', accountTooLarge(key, value), 'EINVAL'));
