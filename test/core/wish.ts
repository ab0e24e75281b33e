/** What an operator has asked for last, kept by the world's own simple rules and held against what the core does. */
import type { Definition } from '../../src/core/definition.ts';
import type { Event } from '../../src/core/events.ts';
import type { State } from '../../src/core/service.ts';

/** `starts`: how many times a service that is to run once may still come up. */
export type Wish = { name: 'up' } | { name: 'down' } | { name: 'failed' } | { name: 'once'; starts: number };

export const firstWish = (definition: Definition): Wish => ({ name: definition.startsDown ? 'down' : 'up' });

export function wishAfter(wish: Wish, event: Event, state: State, program: 'run' | 'finish' | undefined): Wish {
  switch (event.type) {
    case 'upWanted': return { name: 'up' };
    case 'downWanted': case 'downInsisted': return { name: 'down' };
    case 'onceWanted': return { name: 'once', starts: state.name === 'running' ? 0 : 1 };
    case 'restartWanted': return afterRestart(wish, state);
    case 'spawned': return wish.name === 'once' && program === 'run' ? { name: 'once', starts: wish.starts - 1 } : wish;
    case 'exited': return state.name === 'finishing' && event.pid === state.pid && isPermanent(event) ? { name: 'failed' } : wish;
    default: return wish;
  }
}

/** What runs once runs once more. What is down, or has had its one run, is started for good. */
function afterRestart(wish: Wish, state: State): Wish {
  if (wish.name !== 'once') return { name: 'up' };
  if (state.name === 'running') return { name: 'once', starts: 1 };
  return wish.starts > 0 ? wish : { name: 'up' };
}

const isPermanent = (event: Extract<Event, { type: 'exited' }>): boolean => 'code' in event.exit && event.exit.code === 125;
