/** The members of the cluster as templates see them. */
import type { Member } from '../core/members.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';

export function membersOf({ members }: Supervisor): { members(): readonly Member[]; membersChanged(listener: () => void): void } {
  return {
    members: () => members.list().members.map(({ name, address, port, role, tags, status }) => ({ name, address, port, role, tags, status })),
    membersChanged: (listener) => void members.changed(listener),
  };
}
