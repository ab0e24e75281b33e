import type { AnnouncementName } from '../../core/announcements.ts';
import { joinsDeathAndEnd, type S6Version } from '../../core/s6-version.ts';
import type { Service } from '../../core/service.ts';

/**
 * What subscribers in `event/` are told of an announcement, in one write (spec/s6-compat 2.5.4); undefined: nothing.
 * `service`: as it has become by what is announced.
 */
export function eventBytes(event: AnnouncementName, service: Service, version: S6Version = '2.11'): string | undefined {
  const joined = joinsDeathAndEnd(version) && !service.definition.hasFinish;
  if (event === 'service-finished') return service.state.name === 'failed' ? 'OD' : joined ? 'dD' : 'D';
  return event === 'service-exited' && joined ? undefined : BYTES[event];
}

const BYTES: Readonly<Partial<Record<AnnouncementName, string>>> = { 'service-up': 'u', 'service-ready': 'U', 'service-exited': 'd' };

/** A supervisor takes the service on, and lets go of it. */
export const SUPERVISED = 's';
export const UNSUPERVISED = 'x';
