/** Why a service is in its state, as the doors show it. */
import type { Why } from '../control/backend.ts';
import { deathsOf, explain } from '../core/explain.ts';
import { explainHindered, explainWaiting } from '../core/explain-waiting.ts';
import { exitText, seconds } from '../core/messages.ts';
import { latestDefinition, type Service } from '../core/state.ts';
import type { Moment, PublicState, Status } from '../core/status.ts';
import type { Waits } from './changes.ts';

/** `status` is how it is shown, `waits` what its dependencies say; `stateOf` gives the public state of another service. */
export function whyOf(service: Service, status: Status, waits: Waits | undefined, stateOf: (name: string) => PublicState, now: Moment): Why {
  const { name, state, nextTry, tries, reload } = status;
  const waitsFor = waits?.type === 'needs' ? waits.names : [];
  return {
    name, state,
    paragraph: paragraph(),
    deaths: deathsOf(service, now),
    waitsFor, nextTry, tries, reload,
    faults: [...latestDefinition(service).policy.faults, ...(waits?.type === 'fault' ? [waits.text] : [])],
  };

  /** What its dependencies keep from being started is explained by them; everything else by its own life. */
  function paragraph(): string {
    const { definition, lastExit, diedAt, startedAt, since } = service;
    const isThere = 'pid' in service.state || service.state.name === 'spawning';
    if (isThere || waits === undefined) return explain(service, now);
    const about = {
      name,
      description: definition.policy.description ?? '',
      since: Math.max(0, now.monotonic - since),
      ended: lastExit === undefined ? '' : `${exitText(lastExit)} after ${seconds(diedAt - startedAt)}`,
    };
    if (waits.type === 'fault') return explainHindered(about, waits.text);
    if (waits.template !== undefined) {
      return explainWaiting(about, waits.names.map((other) => ({ name: other, state: 'being rendered' })), `svc render ${waits.template} --dry-run`);
    }
    return explainWaiting(about, waits.names.map((other) => ({ name: other, state: stateOf(other) })));
  }
}
