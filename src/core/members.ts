/**
 * Members of the cluster, and what differs between two full lists of them. Whoever says who is there (membership/) only
 * ever gives full lists: state that is built from events drifts, because events are missed, repeated and put together.
 */
import type { Announcement, AnnouncementName } from './announcements.ts';

/**
 * `leaving` has said that it goes and is still there; `left` has gone as it said; `failed` does not answer. Serf forgets
 * those that have gone after a day (its tombstone and reconnect time-outs).
 */
export const MEMBER_STATUSES = ['alive', 'leaving', 'left', 'failed'] as const;
export type MemberStatus = (typeof MEMBER_STATUSES)[number];

export type Member = Readonly<{
  /** Unique in its cluster. It comes over the network and may hold anything: quotes, newlines, `{{`. */
  name: string;
  /** IPv4 or IPv6, as text. */
  address: string;
  /** Of the gossip, not of what the member serves; undefined: its source does not know one. */
  port: number | undefined;
  /** Its tag `role`; '' without one. */
  role: string;
  tags: Readonly<Record<string, string>>;
  status: MemberStatus;
}>;

/** In order of names (by UTF-16 units, the same on every machine), tags as well; of several with one name the last counts. */
export function sortMembers(members: readonly Member[]): Member[] {
  const byName = new Map(members.map((member) => [member.name, member]));
  return [...byName.values()].sort((a, b) => order(a.name, b.name)).map((member) => ({ ...member, tags: sortTags(member.tags) }));
}

/** In order of names, so that equal tags are equal as text, too. `__proto__` is a name like any other. */
export const sortTags = (tags: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(tags).sort(([a], [b]) => order(a, b)));

/** Whether `members` differs from what it was: the lists are sorted. */
export const sameMembers = (before: readonly Member[], members: readonly Member[]): boolean =>
  before.length === members.length && before.every((member, index) => sameMember(member, members[index]!));

/**
 * What has to be told when the list `before` has become `after`: one announcement for each member that differs, in order
 * of names, and then one `members-changed`; nothing for equal lists, in whatever order they are.
 */
export function differences(before: readonly Member[], after: readonly Member[]): Announcement[] {
  const was = new Map(before.map((member) => [member.name, member]));
  const is = new Map(after.map((member) => [member.name, member]));
  const names = [...new Set([...was.keys(), ...is.keys()])].sort(order);
  const told = names.flatMap((name): Announcement[] => {
    const member = is.get(name) ?? was.get(name)!;
    const event = eventOf(was.get(name), is.get(name));
    return event === undefined ? [] : [{ event, member }];
  });
  return told.length === 0 ? [] : [...told, { event: 'members-changed' }];
}

/** Of what happened between two looks only the outcome is seen: who failed and came back in between has not changed. */
function eventOf(before: Member | undefined, after: Member | undefined): AnnouncementName | undefined {
  if (after === undefined) return before === undefined ? undefined : 'member-reap';
  const was = before === undefined ? undefined : PRESENCE[before.status];
  const is = PRESENCE[after.status];
  if (was !== is) return is;
  return sameMember(before!, after) ? undefined : 'member-update';
}

/** What is told of a member that comes to be so. Who is leaving is still there. */
const PRESENCE: Readonly<Record<MemberStatus, AnnouncementName>> =
  { alive: 'member-join', leaving: 'member-join', left: 'member-leave', failed: 'member-failed' };

function sameMember(a: Member, b: Member): boolean {
  return a.name === b.name && a.address === b.address && a.port === b.port && a.role === b.role && a.status === b.status && sameTags(a.tags, b.tags);
}

function sameTags(a: Member['tags'], b: Member['tags']): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && a[name] === b[name]);
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
