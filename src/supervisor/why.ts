/** Why a service is in its state, as the doors show it. */
import type { Why } from '../control/backend.ts';
import { exitFields } from '../core/announcements.ts';
import { explainHindered, explainWaiting, type Waiting } from '../core/explain-waiting.ts';
import { exitText, seconds } from '../core/messages.ts';
import type { Service } from '../core/service.ts';
import { isoTime, type Moment, type PublicState, type Status } from '../core/status.ts';
import type { Waits } from './changes.ts';

/** `status` is how it is shown, `waits` what its dependencies say; `stateOf` gives the public state of another service. */
export function whyOf(service: Service, status: Status, waits: Waits | undefined, stateOf: (name: string) => PublicState, now: Moment): Why {
  const { name, state } = status;
  const { definition, lastExit, diedAt, startedAt } = service;
  const waiting = 'pid' in service.state || service.state.name === 'spawning' ? undefined : waits;
  const about: Waiting = {
    name,
    description: definition.policy.description ?? '',
    since: Math.max(0, now.monotonic - service.since),
    ended: lastExit === undefined ? '' : `${exitText(lastExit)} after ${seconds(diedAt - startedAt)}`,
  };
  const others = waiting?.type === 'needs' ? waiting.names : [];
  const next = service.state.name === 'backingOff' ? service.state.until : undefined;
  return {
    name, state,
    paragraph: paragraph(),
    deaths: service.deaths.map(({ at, exit }) => ({ at: isoTime(at, now), ...exitFields(exit), lifetime: 0 })).reverse(),
    waitsFor: others,
    nextTry: next === undefined ? null : isoTime(next, now),
    tries: null,
    reload: null,
    faults: [...definition.policy.faults, ...(waits?.type === 'fault' ? [waits.text] : [])],
  };

  function paragraph(): string {
    if (waiting === undefined) return `${name} is ${state}${status.why === '' ? '' : `: ${status.why}`}.`;
    if (waiting.type === 'fault') return explainHindered(about, waiting.text);
    return explainWaiting(about, others.map((other) => ({ name: other, state: stateOf(other) })));
  }
}
