/** s6-supervise reads a file of the directory when it needs what is in it, not before (spec/s6-compat 1.1.20). */
import type { Definition } from './definition.ts';
import type { Event } from './events.ts';
import type { Service } from './state.ts';
import { isFaulty } from './words.ts';

/**
 * Which part of the directory an event makes use of: `stopping`, what says how a process is signalled; `all`, for the
 * end of a life, and for the begin of the next; undefined: none.
 */
export function usedBy({ state, definition }: Service, event: Event): 'stopping' | 'all' | undefined {
  // What it has to undo first, it undoes as it was done.
  const runsAgain = state.name === 'done' && definition.policy.down === undefined;
  switch (event.type) {
    case 'downWanted': case 'downInsisted': case 'reloadWanted':
      return isAlive(state) ? 'stopping' : undefined;
    case 'restartWanted':
      return isAlive(state) ? 'stopping' : waits(state) || runsAgain ? 'all' : undefined;
    case 'upWanted':
      return waits(state) ? 'all' : undefined;
    case 'onceWanted':
      return waits(state) || runsAgain ? 'all' : undefined;
    case 'deadlinePassed':
      return state.name === 'backingOff' ? 'all' : undefined;
    case 'exited':
      return (isAlive(state) || (state.name === 'finishing' && state.program === 'down')) && state.pid === event.pid ? 'all' : undefined;
    default:
      return undefined;
  }
}

/**
 * The service with what its directory says now. `fresh`: read just now, of the directory it runs in. A mistake in it is taken
 * at rest alone, where it keeps the service from being started; what runs, or is to come back by itself, goes on as it was.
 */
export function refreshed(service: Service, fresh: Definition, part: 'stopping' | 'all'): Service {
  if (isFaulty(fresh) && service.state.name !== 'down' && service.state.name !== 'failed') return service;
  if (part === 'all') return { ...service, definition: fresh, nextDefinition: undefined, rejected: undefined };
  const { stopSignal, reloadSignal, killAfter, killsGroup, policy: { stop, reload } } = fresh;
  const { definition } = service;
  return { ...service, definition: { ...definition, stopSignal, reloadSignal, killAfter, killsGroup, policy: { ...definition.policy, stop, reload } } };
}

const isAlive = (state: Service['state']): state is Extract<Service['state'], { name: 'running' | 'stopping' }> =>
  state.name === 'running' || state.name === 'stopping';
const waits = ({ name }: Service['state']): boolean => name === 'down' || name === 'failed' || name === 'backingOff';
