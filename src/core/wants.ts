/** Cells of service.ts in which an operator's wish is noted, and nothing has to be done for it yet. */
import type { Event } from './events.ts';
import type { Service } from './state.ts';
import { afterRestart, announce, cleared, isOneshot, to, type Step } from './words.ts';

export function want(service: Service): Step {
  return { service: { ...cleared(service), wanted: 'up' }, effects: [] };
}

/** Asked to start while it is still ending: it starts again as soon as it has ended. */
export function wantAgain(service: Service): Step {
  return { service: { ...cleared(service), wanted: 'up', asked: true }, effects: [] };
}

export function wantAnother(service: Service): Step {
  return { service: { ...cleared(service), wanted: afterRestart(service.wanted), asked: true }, effects: [] };
}

export function wantOnce(service: Service): Step {
  return { service: { ...cleared(service), wanted: isOneshot(service) ? 'up' : 'once', asked: true }, effects: [] };
}

/** What runs is that one time. A oneshot is to be done as before. */
export function wantNoMore(service: Service): Step {
  return isOneshot(service) ? want(service) : unwant(service);
}

export function unwant(service: Service): Step {
  return { service: { ...service, wanted: 'down', asked: false }, effects: [] };
}

export function giveUp(service: Service, { at }: Event): Step {
  return to({ ...service, wanted: 'down' }, at, { name: 'down' }, { type: 'clearDeadline' }, announce(service, 'service-down'));
}

/** Supervision ends with this life (spec 1.4.4): no signal, and no other start, whatever is wanted. */
export function leave(service: Service): Step {
  return { service: { ...service, leaving: true }, effects: [] };
}

export function leaveNow(service: Service, { at }: Event): Step {
  return to({ ...service, leaving: true }, at, { name: 'down' }, { type: 'clearDeadline' });
}
