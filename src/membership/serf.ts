import type { Announcement, AnnouncementName } from '../core/announcements.ts';

/** One member as hooks, templates and `svc members` see it. */
export type Member = Readonly<{ name: string; address: string; role: string; tags: Readonly<Record<string, string>> }>;

/** Serf's member events carry n6's own names. */
const MEMBER_EVENTS: readonly string[] = ['member-join', 'member-leave', 'member-failed', 'member-update', 'member-reap'] satisfies AnnouncementName[];
/** What `serf event` and `serf query` send: nothing about members. */
const OTHER_EVENTS: readonly string[] = ['user', 'query'];

/**
 * What a call of a Serf event handler means (spec/peers section 7): one announcement for each member of a member event,
 * and then one `members-changed`; none for user events and queries. Several members may come in one call, and the
 * same event twice: Serf coalesces and repeats. Throws TypeError for what is no such call.
 */
export function pokeSerf({ environment, input }: Readonly<{ environment: Readonly<Record<string, string>>; input: string }>): Announcement[] {
  const event = Object.hasOwn(environment, 'SERF_EVENT') ? environment['SERF_EVENT'] : undefined;
  if (event === undefined) throw new TypeError('SERF_EVENT is not set: "svc event serf" is to be called by serf agent, as in -event-handler "svc event serf"');
  if (OTHER_EVENTS.includes(event)) return [];
  if (!MEMBER_EVENTS.includes(event)) {
    throw new TypeError(`SERF_EVENT: expected ${[...MEMBER_EVENTS, ...OTHER_EVENTS].join(', ')}, got ${quoted(event)}`);
  }
  const lines = input.split('\n').filter((line) => line !== '');
  if (lines.length === 0) throw new TypeError(`stdin of ${event} is empty: expected a line for each member, ${FORM}`);
  const members = lines.map(readMember);
  return [
    ...members.map((member): Announcement => ({ event: event as AnnouncementName, member })),
    { event: 'members-changed' },
  ];
}

const FORM = 'name TAB address TAB role TAB tags';

function readMember(line: string, index: number): Member {
  const fields = line.split('\t');
  const [name, address, role, tags] = fields;
  if (fields.length !== 4 || name === '' || address === '') {
    throw new TypeError(`line ${index + 1} of stdin: expected ${FORM}, got ${quoted(line)}`);
  }
  return { name: unescaped(name!), address: address!, role: unescaped(role!), tags: readTags(tags!) };
}

/**
 * `zone=a,role=web`. Serf escapes neither `,` nor `=` in a value, so a piece without `=` is the rest of the value before
 * it: another reading would lose a member because of how it, or anybody else, chose its tags.
 */
function readTags(text: string): Record<string, string> {
  const tags: [string, string][] = [];
  for (const piece of text === '' ? [] : text.split(',')) {
    const at = piece.indexOf('=');
    const last = tags.at(-1);
    if (at >= 0) tags.push([unescaped(piece.slice(0, at)), unescaped(piece.slice(at + 1))]);
    else if (last === undefined) tags.push([unescaped(piece), '']);
    else last[1] += `,${unescaped(piece)}`;
  }
  // fromEntries makes own properties of every name, `__proto__` included.
  return Object.fromEntries(tags);
}

/** Serf writes a tab as \t and a newline as \n, and leaves backslashes as they are. */
const unescaped = (text: string): string => text.replaceAll('\\t', '\t').replaceAll('\\n', '\n');

const LONGEST_QUOTE = 80;
const quoted = (text: string): string => JSON.stringify(text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text);
