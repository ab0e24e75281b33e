/**
 * How the consumer of a pipe stops without losing a line (spec/s6-compat 3.4.6, A63): it is sent no signal. Once all its
 * producers are at rest n6 closes the pipe, and the consumer ends when it has read what is left. One that does not end
 * is left to the limits of whoever waits for it.
 */
import type { SavedDrain } from '../core/persist/life.ts';
import type { Service } from '../core/service.ts';
import type { Pipes } from './pipes.ts';
import { atRest, type Roster } from './roster.ts';

export type Draining = Readonly<{
  /** Begins with a service; false: it reads from no pipe, nothing was done. */
  begin(name: string): boolean;
  /** It is wanted again. */
  forget(name: string): void;
  /** To be told of every change; `after` is undefined when the service was forgotten. */
  changed(name: string, after: Service | undefined): void;
  save(): SavedDrain[];
  adopt(saved: readonly SavedDrain[]): void;
}>;

type Drain = { key: string; producers: Set<string>; ended: boolean };

/** `give`: an event for a service, as the supervisor gives it. */
export function createDraining(roster: Roster, pipes: Pipes, give: (name: string, type: 'onceWanted' | 'downWanted') => void): Draining {
  const drains = new Map<string, Drain>();
  const consumerOf = new Map<string, string>();

  function end(name: string, drain: Drain): void {
    drain.ended = true;
    pipes.end(drain.key);
    const service = roster.get(name);
    if (service === undefined || atRest(service)) return drop(name, drain);
    // `once`: a process that runs is left alone and does not come back; one that was about to start still empties the pipe.
    give(name, hopeless(service) ? 'downWanted' : 'onceWanted');
  }

  function drop(name: string, drain: Drain): void {
    drains.delete(name);
    for (const producer of drain.producers) consumerOf.delete(producer);
    if (drain.ended) pipes.close(drain.key);
  }

  return {
    begin(name) {
      const key = roster.get(name)?.definition.stdinPipe;
      if (key === undefined) return false;
      if (drains.has(name)) return true;
      const producers = roster.all().filter((service) => service.definition.stdoutPipe === key && !atRest(service));
      const drain = { key, producers: new Set(producers.map(({ definition }) => definition.name)), ended: false };
      drains.set(name, drain);
      for (const producer of drain.producers) consumerOf.set(producer, name);
      if (drain.producers.size === 0) end(name, drain);
      return true;
    },
    forget(name) {
      const drain = drains.get(name);
      if (drain !== undefined) drop(name, { ...drain, ended: false });
    },
    changed(name, after) {
      const resting = after === undefined || atRest(after);
      const own = drains.get(name);
      if (own !== undefined && resting) drop(name, own);
      else if (own?.ended === true && hopeless(after!) && after!.wanted !== 'down') give(name, 'downWanted');
      const consumer = consumerOf.get(name);
      if (consumer === undefined || !resting) return;
      consumerOf.delete(name);
      const drain = drains.get(consumer)!;
      drain.producers.delete(name);
      if (drain.producers.size === 0) end(consumer, drain);
    },
    save: () => [...drains].map(([name, { key, producers, ended }]) => ({ name, key, producers: [...producers], ended })),
    adopt(saved) {
      for (const { name, key, producers, ended } of saved) {
        drains.set(name, { key, producers: new Set(producers), ended });
        for (const producer of producers) consumerOf.set(producer, name);
      }
    },
  };
}

/** Its start has failed: to wait for another try would hold everybody up. */
const hopeless = ({ state }: Service): boolean => state.name === 'backingOff' && state.failure !== undefined;
