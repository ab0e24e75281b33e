/** The members of the cluster as templates see them. */
import type { Member } from '../core/members.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';

export function membersOf({ members }: Pick<Supervisor, 'members'>): { members(): readonly Member[]; membersChanged(listener: () => void): void } {
  return {
    members: () => members.list().members,
    membersChanged: (listener) => void members.changed(listener),
  };
}
