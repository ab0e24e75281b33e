/** s6-supervise reads a file of the directory when it needs what is in it, not before (spec/s6-compat 1.1.20). */
import type { Definition } from './definition.ts';
import type { Event } from './events.ts';
import type { Service } from './state.ts';

/**
 * Which part of the directory an event makes use of: `stopping`, what says how a process is signalled; `all`, for the
 * end of a life, and for the begin of the next; undefined: none.
 */
export function usedBy({ state }: Service, event: Event): 'stopping' | 'all' | undefined {
  switch (event.type) {
    case 'downWanted': case 'downInsisted': case 'reloadWanted':
      return isAlive(state) ? 'stopping' : undefined;
    case 'restartWanted':
      return isAlive(state) ? 'stopping' : waits(state) ? 'all' : undefined;
    case 'upWanted': case 'onceWanted':
      return waits(state) ? 'all' : undefined;
    case 'deadlinePassed':
      return state.name === 'backingOff' ? 'all' : undefined;
    case 'exited':
      return isAlive(state) && state.pid === event.pid ? 'all' : undefined;
    default:
      return undefined;
  }
}

/** The service with what its directory says now. `fresh`: read just now, of the directory it runs in. */
export function refreshed(service: Service, fresh: Definition, part: 'stopping' | 'all'): Service {
  if (part === 'all') return { ...service, definition: fresh, nextDefinition: undefined };
  const { stopSignal, reloadSignal, killAfter, killsGroup } = fresh;
  return { ...service, definition: { ...service.definition, stopSignal, reloadSignal, killAfter, killsGroup } };
}

const isAlive = (state: Service['state']): state is Extract<Service['state'], { name: 'running' | 'stopping' }> =>
  state.name === 'running' || state.name === 'stopping';
const waits = ({ name }: Service['state']): boolean => name === 'down' || name === 'failed' || name === 'backingOff';
