import type { AnnouncementName } from '../../core/announcements.ts';
import type { Service } from '../../core/service.ts';

/**
 * What subscribers in `event/` are told of an announcement, in one write (spec/s6-compat 2.5.4); undefined: nothing.
 * `service`: as it has become by what is announced.
 */
export function eventBytes(event: AnnouncementName, service: Service): string | undefined {
  if (event === 'service-finished') return service.state.name === 'failed' ? 'OD' : 'D';
  return BYTES[event];
}

const BYTES: Readonly<Partial<Record<AnnouncementName, string>>> = { 'service-up': 'u', 'service-ready': 'U', 'service-exited': 'd' };

/** A supervisor takes the service on, and lets go of it. */
export const SUPERVISED = 's';
export const UNSUPERVISED = 'x';
