/** The small words of which the cells of service.ts are made. */
import type { Announcement, AnnouncementName } from './announcements.ts';
import type { Definition } from './definition.ts';
import type { Effect } from './effects.ts';
import type { Report } from './messages.ts';
import type { Service, State } from './state.ts';

export type Step = { service: Service; effects: Effect[] };

/** What is to run once is so after any number of restarts; a restart of what is down starts it for good. */
export const afterRestart = (wanted: Service['wanted']): Service['wanted'] => (wanted === 'once' ? 'once' : 'up');
/** A oneshot always runs once, and is then done. */
export const isOneshot = (service: Service): boolean => service.definition.policy.kind === 'oneshot';
export const isFaulty = ({ policy }: Definition): boolean => policy.faults.length > 0;
/** Somebody has taken the matter in hand: earlier failures do not count any more. */
export const cleared = (service: Service): Service => (service.tries === 0 && service.failures.length === 0 ? service : { ...service, tries: 0, failures: [] });
export const nameOf = (service: Service): string => service.definition.name;
/** Enters a state. */
export const to = (service: Service, at: number, state: State, ...effects: Effect[]): Step => ({ service: { ...service, since: at, state }, effects });
export const after = (before: readonly Effect[], { service, effects }: Step): Step => ({ service, effects: [...before, ...effects] });
export const withFirst = (first: Effect, step: Step): Step => after([first], step);
export const complain = (report: Report): Effect => ({ type: 'report', report });
export const deadlineIn = (at: number, limit: number | undefined): Effect[] => (limit === undefined ? [] : [{ type: 'setDeadline', at: at + limit }]);
export const announce = (service: Service, event: AnnouncementName, fields: Omit<Announcement, 'event'> = {}): Effect =>
  ({ type: 'announce', announcement: { event, service: nameOf(service), ...fields } });
