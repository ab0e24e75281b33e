/** Who is in the cluster: what a provider says is the whole truth; without one, what handlers of an agent have told (`svc event`). */
import type { PublicEvent } from '../control/backend.ts';
import type { Announcement, AnnouncementName } from '../core/announcements.ts';
import { differences, sameMembers, sortMembers, type Member, type MemberStatus } from '../core/members.ts';
import type { SavedMembers } from '../core/persist/members.ts';
import type { Answer, KnownMember, Membership, QueryHandler } from '../membership/interface.ts';
import type { Agent, Listener } from '../membership/provider.ts';

export type Members = Membership & Readonly<{
  /** An event of the journal, which may come from a handler. */
  hear(event: PublicEvent): void;
  /** From now on, a provider of that name says who is there. `look`: it reads again. */
  follow(source: string, provider: () => Readonly<{ look(): void; agent: Agent | undefined }> | undefined): Pick<Listener, 'list' | 'lost' | 'asked'>;
  /** Something may have changed; false: there is no provider that could look. */
  look(): boolean;
  /** Of this machine; undefined: there is none. */
  agent(): Agent | undefined;
  /** Somebody here answers queries of that name. */
  answers(query: string): boolean;
  save(): SavedMembers;
  /** What an earlier life knew: it stays until a provider says something else. */
  adopt(saved: SavedMembers): void;
}>;

export type MembersOptions = Readonly<{
  /** Milliseconds since 1970. */
  wall(): number;
  announce(announcement: Announcement): void;
  failed(where: string, error: unknown): void;
}>;

/** Who invents members for ever costs no more memory than these. */
const MOST = 10_000;
/** What handlers say of a member by the event they were called for. */
const SAID: Readonly<Partial<Record<AnnouncementName, MemberStatus | 'forgotten'>>> = {
  'member-join': 'alive', 'member-update': 'alive', 'member-leave': 'left', 'member-failed': 'failed', 'member-reap': 'forgotten',
};
const NO_AGENT = 'there is no Serf agent to ask: n6.yaml has no membership.serf';

export function createMembers({ wall, announce, failed }: MembersOptions): Members {
  const listeners = new Set<() => void>();
  const handlers = new Map<string, QueryHandler>();
  /** The one that was told of longest ago first. */
  let known = new Map<string, KnownMember>();
  let sorted: readonly KnownMember[] | undefined;
  let source = 'none';
  let fresh = false;
  let since: string | undefined;
  let provider: (() => Readonly<{ look(): void; agent: Agent | undefined }> | undefined) | undefined;

  const now = (): string => new Date(wall()).toISOString();

  function turn(to: boolean): boolean {
    if (fresh === to && since !== undefined) return false;
    fresh = to;
    since = now();
    return true;
  }

  function tell(): void {
    for (const listener of listeners) {
      try {
        listener();
      } catch (error) {
        failed('a listener of the members', error);
      }
    }
  }

  const listed = (): readonly KnownMember[] => (sorted ??= sortMembers([...known.values()]));

  function keep(members: readonly Member[]): void {
    const at = now();
    known = new Map(members.map((member) => {
      const was = known.get(member.name);
      return [member.name, was !== undefined && sameMembers([was], [member]) ? was : { ...member, at }];
    }));
    sorted = undefined;
  }

  /** A list that a provider gives: each difference is an event. */
  function list(given: readonly Member[]): void {
    const members = sortMembers(given.slice(0, MOST));
    const announcements = differences(listed(), members);
    const hasTurned = turn(true);
    if (announcements.length > 0) keep(members);
    for (const announcement of announcements) announce(announcement);
    if (hasTurned || announcements.length > 0) tell();
  }

  /** What a handler says is an event already, and never more than one member. */
  function hear(event: PublicEvent): void {
    const status = SAID[event.event];
    const said = event['member'] as Pick<Member, 'name' | 'address' | 'role' | 'tags'> | undefined;
    if (provider !== undefined || status === undefined || said === undefined) return;
    source = 'handlers';
    turn(true);
    const { name, address, role, tags } = said;
    known.delete(name);
    if (status !== 'forgotten') known.set(name, { name, address, port: undefined, role, tags, status, at: event.at });
    if (known.size > MOST) known.delete(known.keys().next().value!);
    sorted = undefined;
    tell();
  }

  async function asked(handler: QueryHandler, payload: string): Promise<string | undefined> {
    try {
      return await handler(payload);
    } catch (error) {
      failed('answering a query', error);
      return undefined;
    }
  }

  const agent = (): Agent | undefined => provider?.()?.agent;
  const reach = (): Agent => {
    const there = agent();
    if (there === undefined) throw new Error(NO_AGENT);
    return there;
  };

  return {
    hear,
    list: () => ({ source, fresh, since, members: listed() }),
    changed(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    follow(name, given) {
      source = name;
      provider = given;
      return {
        list,
        lost: () => void (turn(false) && tell()),
        asked(query, payload) {
          const handler = handlers.get(query);
          return handler === undefined ? undefined : asked(handler, payload);
        },
      };
    },
    look() {
      if (provider === undefined) return false;
      provider()?.look();
      return true;
    },
    agent,
    setTags: async (tags) => reach().setTags(tags),
    query: async (name, payload, timeout, enough): Promise<readonly Answer[]> => reach().query(name, payload, timeout, enough),
    answer(query, handler) {
      handlers.set(query, handler);
      return () => void (handlers.get(query) === handler && handlers.delete(query));
    },
    answers: (query) => handlers.has(query),
    save: () => ({ source, members: listed() }),
    adopt(saved) {
      known = new Map(saved.members.map((member) => [member.name, member]));
      source = saved.source;
      if (source === 'none') return;
      fresh = source === 'handlers';
      since = now();
    },
  };
}
