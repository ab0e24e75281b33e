/** What an operator has asked for last, kept by the world's own simple rules and held against what the core does. */
import type { Definition } from '../../src/core/definition.ts';
import type { Event } from '../../src/core/events.ts';
import { latestDefinition, type Service, type State } from '../../src/core/state.ts';
import { isFaulty } from '../../src/core/words.ts';
import type { Verdict } from './verdict.ts';

/**
 * `starts`: how many times a service that is to run once may still come up. `done`: a oneshot has done what was wished.
 * `then`: what is wished again once a mistake in its service.yaml has been corrected.
 */
export type Wish =
  | { name: 'up' } | { name: 'down' } | { name: 'done' }
  | { name: 'failed'; then: Wish | undefined }
  | { name: 'once'; starts: number };

export const firstWish = (definition: Definition): Wish => ({ name: definition.startsDown ? 'down' : 'up' });

/** `service`: before the event. `verdict`: what the end of its life has come to, if this was one. */
export function wishAfter(wish: Wish, event: Event, service: Service, program: 'run' | 'finish' | 'down' | undefined, verdict: Verdict | undefined): Wish {
  if (verdict !== undefined) return verdict === 'again' ? wish : verdict === 'failed' ? { name: 'failed', then: undefined } : { name: verdict };
  const { state, definition } = service;
  const oneshot = definition.policy.kind === 'oneshot';
  const mistaken = (next: Wish): Wish =>
    ((state.name === 'down' || state.name === 'failed') && isFaulty(latestDefinition(service)) ? { name: 'failed', then: next } : next);
  switch (event.type) {
    case 'upWanted': return state.name === 'done' ? wish : mistaken({ name: 'up' });
    case 'downWanted': case 'downInsisted': return { name: 'down' };
    case 'onceWanted': return mistaken(oneshot ? { name: 'up' } : { name: 'once', starts: state.name === 'running' ? 0 : 1 });
    case 'restartWanted': return mistaken(afterRestart(wish, state, oneshot));
    case 'spawned': return wish.name === 'once' && program === 'run' ? { name: 'once', starts: wish.starts - 1 } : wish;
    case 'redefined': return wish.name === 'failed' && wish.then !== undefined && !isFaulty(event.definition) ? wish.then : wish;
    case 'exited': {
      const permanent = state.name === 'finishing' && state.program === 'finish' && event.pid === state.pid && isPermanent(event);
      return permanent ? { name: 'failed', then: undefined } : wish;
    }
    default: return wish;
  }
}

/** What runs once runs once more. What is down, or has had its one run, is started for good. */
function afterRestart(wish: Wish, state: State, oneshot: boolean): Wish {
  if (wish.name === 'failed' && wish.then !== undefined) return afterRestart(wish.then, state, oneshot);
  if (wish.name !== 'once' || oneshot) return { name: 'up' };
  if (state.name === 'running') return { name: 'once', starts: 1 };
  return wish.starts > 0 ? wish : { name: 'up' };
}

const isPermanent = (event: Extract<Event, { type: 'exited' }>): boolean => 'code' in event.exit && event.exit.code === 125;
