/** Cells of service.ts in which a running service is told of: ready, healthy, what it says of itself. */
import { condemn } from './ending.ts';
import type { EventOf } from './events.ts';
import { seconds } from './messages.ts';
import type { In } from './state.ts';
import { announce, type Step } from './words.ts';

export function markReady(service: In<'running'>, { at, pid }: EventOf<'becameReady'>): Step {
  if (pid !== service.state.pid || service.state.ready) return { service, effects: [] };
  const ready = { ...service, readyAt: at, state: { ...service.state, ready: true } };
  const told = announce(service, 'service-ready', { pid });
  return { service: ready, effects: service.definition.policy.readyWithin === undefined ? [told] : [{ type: 'clearDeadline' }, told] };
}

/** The only deadline of a running service. */
export function missReadiness(service: In<'running'>, { at }: EventOf<'deadlinePassed'>): Step {
  return service.state.ready ? { service, effects: [] } : condemn(service, at, `not ready after ${seconds(at - service.startedAt)}`);
}

export function judgeHealth(service: In<'running'>, { at, pid, healthy, detail }: EventOf<'healthChanged'>): Step {
  const { state, definition } = service;
  const health = healthy ? 'healthy' : 'unhealthy';
  if (pid !== state.pid || health === state.health) return { service, effects: [] };
  const judged: In<'running'> = { ...service, ailment: healthy ? undefined : detail, state: { ...state, health } };
  if (!healthy) {
    const told = announce(service, 'service-unhealthy', { pid, detail });
    if (definition.policy.health?.onFailure !== 'restart') return { service: judged, effects: [told] };
    const { service: condemned, effects } = condemn(judged, at, `unhealthy: ${detail}`);
    return { service: condemned, effects: [told, ...effects] };
  }
  return { service: judged, effects: state.health === undefined ? [] : [announce(service, 'service-healthy', { pid })] };
}

/** What is to be signalled and waited for is another process now; its group is still that of the one that was started. */
export function changeMainPid(service: In<'running'>, { pid, mainPid }: EventOf<'mainPidTold'>): Step {
  if (pid !== service.state.pid) return { service, effects: [] };
  return { service: { ...service, state: { ...service.state, pid: mainPid } }, effects: [] };
}

export function listen(service: In<'running' | 'stopping'>, { pid, text }: EventOf<'statusTold'>): Step {
  return { service: pid === service.state.pid ? { ...service, said: text } : service, effects: [] };
}
