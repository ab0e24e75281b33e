/** The members of the cluster as templates see them, as far as agents have told of them. */
import type { AnnouncementName } from '../core/announcements.ts';
import type { Member } from '../core/members.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';

const TOLD: ReadonlySet<AnnouncementName> = new Set(['member-join', 'member-leave', 'member-failed', 'member-update', 'member-reap', 'members-changed']);

export function membersOf({ members, journal }: Supervisor): { members(): readonly Member[]; membersChanged(listener: () => void): void } {
  return {
    members: () => members.list().map(({ name, address, role, tags, status }) => ({ name, address, port: undefined, role, tags, status })),
    membersChanged: (listener) => void journal.subscribe(({ event }) => {
      if (TOLD.has(event)) listener();
    }),
  };
}
