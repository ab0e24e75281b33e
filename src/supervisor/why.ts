/** Why a service is in its state, as the doors show it. */
import type { Why } from '../control/backend.ts';
import { exitFields } from '../core/announcements.ts';
import type { Service } from '../core/service.ts';
import { isoTime, statusOf, type Moment } from '../core/status.ts';

export function whyOf(service: Service, now: Moment): Why {
  const { name, state, why } = statusOf(service, now);
  const next = service.state.name === 'backingOff' ? service.state.until : undefined;
  return {
    name, state,
    paragraph: `${name} is ${state}${why === '' ? '' : `: ${why}`}.`,
    deaths: service.deaths.map(({ at, exit }) => ({ at: isoTime(at, now), ...exitFields(exit), lifetime: 0 })).reverse(),
    waitsFor: [],
    nextTry: next === undefined ? null : isoTime(next, now),
    tries: null,
    reload: null,
    faults: service.definition.policy.faults,
  };
}
