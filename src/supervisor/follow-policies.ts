/** Follows one thing that policies say, over rescans: what is new, what has changed, what has gone. */
import type { Policy } from '../core/policy.ts';
import type { Service } from '../core/state.ts';
import type { Supervisor } from './supervisor.ts';

/**
 * `changed` hears of every service that has it, now and later, and, with undefined, of one that has it no longer. Gives the way to stop.
 */
export function followPolicies<T>(
  supervisor: Supervisor, pick: (policy: Policy) => T | undefined, changed: (name: string, value: T | undefined) => void,
): () => void {
  const known = new Map<string, T>();

  // For every event of every service: what has no such thing, or the one it had, costs a look into a map.
  function look(name: string, service: Service | undefined): void {
    const value = picked(service, pick);
    const before = known.get(name);
    if (value === before) return;
    if (value === undefined) known.delete(name);
    else known.set(name, value);
    // Directories are read again for each start: the same in other words is no change.
    if (value === undefined || before === undefined || JSON.stringify(value) !== JSON.stringify(before)) changed(name, value);
  }

  const unwatch = supervisor.watch(look);
  // A service that is added and not started gives no other sign.
  const unsubscribe = supervisor.journal.subscribe(({ event, service }) => {
    if (event === 'service-added' && service !== undefined) look(service, supervisor.roster.get(service));
  });
  for (const service of supervisor.roster.all()) look(service.definition.name, service);
  return () => {
    unwatch();
    unsubscribe();
  };
}

/** Of the newest definition that holds: one that has mistakes says nothing, and while a life goes on with the one before, so does this. */
export function picked<T>(service: Service | undefined, pick: (policy: Policy) => T | undefined): T | undefined {
  if (service === undefined) return undefined;
  const { policy } = service.nextDefinition ?? service.definition;
  return policy.faults.length > 0 ? undefined : pick(policy);
}
