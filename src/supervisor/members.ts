/** What the sources of membership have said last of each member. */
import type { KnownMember, PublicEvent } from '../control/backend.ts';
import type { AnnouncementName } from '../core/announcements.ts';

export type Members = Readonly<{
  hear(event: PublicEvent): void;
  /** Sorted by name. */
  list(): KnownMember[];
  /** For the next life of this process; plain data. */
  save(): unknown;
  /** What `save` gave in an earlier life. */
  adopt(saved: unknown): void;
}>;

const STATUS: Readonly<Partial<Record<AnnouncementName, KnownMember['status'] | 'forgotten'>>> = {
  'member-join': 'alive', 'member-update': 'alive', 'member-leave': 'left', 'member-failed': 'failed', 'member-reap': 'forgotten',
};

/** A source that invents members for ever costs no more memory than these. */
const MOST = 10_000;

/** `recent` are the events that are remembered: after a re-execution they are all that is known of the time before. */
export function createMembers(recent: () => readonly PublicEvent[]): Members {
  const known = new Map<string, Readonly<{ seq: number; member: KnownMember | undefined }>>();
  let hasLookedBack = false;

  function hear(event: PublicEvent): void {
    const status = STATUS[event.event];
    const member = event['member'] as Pick<KnownMember, 'name' | 'address' | 'role' | 'tags'> | undefined;
    if (status === undefined || member === undefined || (known.get(member.name)?.seq ?? 0) >= event.seq) return;
    known.delete(member.name);
    known.set(member.name, { seq: event.seq, member: status === 'forgotten' ? undefined : { ...member, status, at: event.at } });
    if (known.size > MOST) known.delete(known.keys().next().value!);
  }

  return {
    hear,
    save: () => {
      if (!hasLookedBack) recent().forEach(hear);
      return [...known.values()];
    },
    adopt(saved) {
      if (!Array.isArray(saved)) return;
      for (const each of saved as { seq: number; member: KnownMember | undefined }[]) if (each.member !== undefined) known.set(each.member.name, each);
    },
    list() {
      if (!hasLookedBack) recent().forEach(hear);
      hasLookedBack = true;
      return [...known.values()].flatMap(({ member }) => (member === undefined ? [] : [member])).sort((a, b) => (a.name < b.name ? -1 : 1));
    },
  };
}
