/** Cells of service.ts in which a life is begun, and those about the definition with which the next one will be. */
import type { Event, EventOf } from './events.ts';
import type { In, Service } from './state.ts';
import { afterRestart, announce, cleared, complain, isFaulty, isOneshot, nameOf, to, type Step } from './words.ts';

/** What cannot be understood is not started, whoever asks. It is still wanted: it starts when it has been corrected. */
export function launch(service: Service, at: number): Step {
  const definition = service.nextDefinition ?? service.definition;
  // What is a oneshot from now on runs once anyway, and is then done.
  const wanted = service.wanted === 'once' && definition.policy.kind === 'oneshot' ? 'up' : service.wanted;
  const next = { ...service, definition, wanted, nextDefinition: undefined };
  if (isFaulty(definition)) return to(next, at, { name: 'failed', why: 'wrong definition' }, { type: 'clearDeadline' }, announce(next, 'service-failed'));
  return to(next, at, { name: 'spawning', program: 'run' },
    { type: 'clearDeadline' }, announce(service, 'service-starting'), { type: 'spawnRun', definition });
}

/** A start that somebody asked for does not wait for the restart delay (spec 1.4.1). */
export function rise(service: Service, { at }: Event): Step {
  return launchAsked(service, 'up', at);
}

export function riseAgain(service: Service, { at }: Event): Step {
  return launchAsked(service, afterRestart(service.wanted), at);
}

export function riseOnce(service: Service, { at }: Event): Step {
  return launchAsked(service, isOneshot(service) ? 'up' : 'once', at);
}

/** At rest the directory counts as it is now, mistakes included. */
function launchAsked(service: Service, wanted: Service['wanted'], at: number): Step {
  const { rejected, state } = service;
  const next = rejected === undefined || state.name === 'backingOff' ? service : { ...service, nextDefinition: rejected, rejected: undefined };
  return launch({ ...cleared(next), wanted, asked: true }, at);
}

export function comeBack(service: In<'backingOff'>, { at }: Event): Step {
  return launch(service, at);
}

/** Corrected, what was wrong is down and wanted: whoever starts services does so when its turn has come. */
export function redefine(service: Service, { definition, at }: EventOf<'redefined'>): Step {
  const redefined: Service = { ...service, definition, nextDefinition: undefined, rejected: undefined };
  const mended = service.state.name === 'failed' && service.state.why === 'wrong definition' && !isFaulty(definition);
  return mended ? to(redefined, at, { name: 'down' }) : { service: redefined, effects: [] };
}

/** Only a start that failed is worth another try because a file changed; a restart delay is kept. */
export function tryAgain(service: In<'backingOff'>, event: EventOf<'redefined'>): Step {
  if (isFaulty(event.definition)) return remember(service, event);
  const { service: redefined } = redefine(service, event);
  return service.state.failure === undefined ? { service: redefined, effects: [] } : launch(redefined, event.at);
}

/** A mistake in an edited file ends no service. */
export function remember(service: Service, { definition }: EventOf<'redefined'>): Step {
  if (isFaulty(definition)) {
    const known = service.rejected?.fingerprint === definition.fingerprint;
    const told = complain({ type: 'notTaken', service: nameOf(service), faults: definition.policy.faults });
    return { service: { ...service, rejected: definition }, effects: known ? [] : [told] };
  }
  const nextDefinition = definition.fingerprint === service.definition.fingerprint ? undefined : definition;
  return { service: { ...service, nextDefinition, rejected: undefined }, effects: [] };
}
