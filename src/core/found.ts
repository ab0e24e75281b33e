/** A service of which nothing is known but what the world shows: what runs of it, and what its `supervise/status` said last. */
import type { Definition } from './definition.ts';
import type { RestartRule } from './restart.ts';
import { newService, type Service, type State } from './state.ts';

export type Found = Readonly<{
  /** undefined: nothing of it runs. */
  process: Readonly<{ pid: number; finishing: boolean; paused: boolean; ready: boolean }> | undefined;
  wantedUp: boolean;
  /** It has been started once, and its last life ended with success. */
  succeeded: boolean;
  /** Monotonic moment at which that process was started. */
  since: number;
}>;

/**
 * Taken over as it is. What was being stopped is not known: it is taken for what runs, and has its own signal behind it. What has no process
 * and is wanted is `down`, and to be started as any other.
 */
export function foundService(definition: Definition, rule: RestartRule, found: Found, at: number): Service {
  const { wantedUp, succeeded, since } = found;
  const running = found.process;
  const service: Service = { ...newService(definition, rule, at), wanted: wantedUp ? 'up' : 'down' };
  if (running === undefined) {
    return definition.policy.kind === 'oneshot' && wantedUp && succeeded ? { ...service, state: { name: 'done' } } : service;
  }
  const { pid, finishing, paused, ready } = running;
  const state: State = finishing ? { name: 'finishing', program: 'finish', pid, kills: 0 } : { name: 'running', pid, ready, paused, health: undefined };
  return { ...service, since, startedAt: since, readyAt: ready ? since : undefined, group: pid, state };
}
