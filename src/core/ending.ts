/** Cells of service.ts in which a process is brought to its end: by the steps of its stop plan, then SIGKILL. */
import type { Definition } from './definition.ts';
import type { Effect } from './effects.ts';
import type { Event, EventOf } from './events.ts';
import type { Argv } from './policy.ts';
import { interrupted } from './reloading.ts';
import type { In, Service } from './state.ts';
import { after, afterRestart, announce, complain, deadlineIn, nameOf, type Step } from './words.ts';

/** Milliseconds after a SIGKILL before it is repeated; a process in an uninterruptible sleep (state D) outlives it. */
export const KILL_AGAIN = 5000;

export type Plan = Readonly<{
  steps: readonly Readonly<{ signal: string; within: number | undefined }>[];
  command: Argv | undefined;
  commandWithin: number;
  group: boolean;
  killsGroup: boolean;
}>;

/** What `service.yaml` says, and, where it says nothing, the files of s6: one signal and one time. */
export function planOf({ stopSignal, killAfter, killsGroup, policy: { stop } }: Definition): Plan {
  const ofFiles = [{ signal: stopSignal, within: killAfter }];
  if (stop === undefined) return { steps: ofFiles, command: undefined, commandWithin: 0, group: false, killsGroup };
  const { steps, command, commandWithin, group } = stop;
  return { steps: steps.length === 0 ? ofFiles : steps, command, commandWithin, group, killsGroup: group || killsGroup };
}

/** Milliseconds from the wish to stop to SIGKILL, as far as there are limits. */
export function longestStop(definition: Definition): number {
  const { steps, command, commandWithin } = planOf(definition);
  return steps.reduce((sum, { within = 0 }) => sum + within, command === undefined ? 0 : commandWithin);
}

export function stop(service: In<'running'>, { at }: Event): Step {
  return ending({ ...service, wanted: 'down', asked: false }, at);
}

/** A service that runs once is, after a restart, again one that runs once. */
export function restart(service: In<'running'>, { at }: EventOf<'restartWanted'>): Step {
  return ending({ ...service, wanted: service.wanted === 'up' ? 'up' : afterRestart('once'), asked: true, tries: 0, failures: [] }, at);
}

/** n6 ends a life that goes wrong: a failure, whatever becomes of it, and still wanted. */
export function condemn(service: In<'running'>, at: number, why: string): Step {
  return ending({ ...service, condemned: why }, at);
}

function ending(running: In<'running'>, at: number): Step {
  const { state: { pid, ready }, definition } = running;
  const { command } = planOf(definition);
  const { service, effects } = interrupted(running, at, 'it was stopped meanwhile');
  // The deadline of readiness means nothing any more, and the next may have none.
  const first: Effect[] = definition.policy.readyWithin === undefined || ready ? effects : [...effects, { type: 'clearDeadline' }];
  const told = announce(service, 'service-stopping', { pid });
  const stopping = { ...service, since: at, state: { name: 'stopping' as const, pid, kills: 0, step: -1 } };
  if (command !== undefined) {
    // A stopped process would not hear what the command tells it.
    return { service: stopping, effects: [...first, { type: 'sendSignal', pid, signal: 'SIGCONT' }, { type: 'runStopCommand', definition, pid }, told] };
  }
  const begun = take(stopping, at, 0);
  return { service: begun.service, effects: [...first, ...begun.effects, told] };
}

/** SIGCONT follows every signal, because a stopped process does not see it (spec 1.4, `d`). */
function take(service: In<'stopping'>, at: number, index: number): Step {
  const { steps, group } = planOf(service.definition);
  // The directory may have been read again since, and have fewer steps.
  const step = Math.min(index, steps.length - 1);
  const { signal, within } = steps[step]!;
  const next = { ...service, state: { ...service.state, step } };
  if (signal === 'SIGKILL') return kill(next, { at });
  return { service: next, effects: [...sending(service, group, signal), ...sending(service, group, 'SIGCONT'), ...deadlineIn(at, within)] };
}

export function beginSteps(service: In<'stopping'>, { at, pid }: EventOf<'stopCommandEnded'>): Step {
  return pid === service.state.pid && service.state.step < 0 ? take(service, at, 0) : { service, effects: [] };
}

export function nextStep(service: In<'stopping'>, { at }: EventOf<'deadlinePassed'>): Step {
  const { kills, step } = service.state;
  return kills === 0 && step + 1 < planOf(service.definition).steps.length ? take(service, at, step + 1) : kill(service, { at });
}

/** Asked once more to stop: told once more, and with all of its time (spec 1.4, `d`). */
export function insist(service: In<'stopping'>, { at }: EventOf<'downInsisted'>): Step {
  const unwanted: In<'stopping'> = { ...service, wanted: 'down', asked: false };
  return service.state.step < 0 ? { service: unwanted, effects: [] } : take(unwanted, at, service.state.step);
}

export function kill(service: In<'stopping' | 'finishing'>, { at }: { at: number }): Step {
  const { state } = service;
  // `run` leads a session, whose first process group has its number.
  const group = state.name === 'stopping' && planOf(service.definition).killsGroup;
  const waited = at - service.since;
  const complaint: Effect[] = state.kills === 0
    // A plan that begins with it is carried out, and nothing to complain of.
    ? (waited === 0 && service.definition.policy.stop !== undefined ? [] : [complain(killed(service, waited))])
    : state.kills === 1
      ? [complain({ type: 'unkillable', service: nameOf(service), state: state.name, pid: state.pid })]
      : [];
  return after(complaint, {
    service: { ...service, state: { ...state, kills: state.kills + 1 } },
    effects: [...sending(service, group, 'SIGKILL'), { type: 'setDeadline', at: at + KILL_AGAIN }],
  });
}

function killed({ state, definition }: In<'stopping' | 'finishing'>, waited: number): Extract<Effect, { type: 'report' }>['report'] {
  const limit = state.name === 'finishing' ? 'timeout-finish' : definition.policy.stop === undefined ? 'timeout-kill' : 'stop';
  return { type: 'killed', service: definition.name, state: state.name, pid: state.pid, after: waited, limit };
}

/** A main process that sd_notify(3) has named need not be in the group of the process that n6 started. */
function sending({ state, group }: Service & { state: { pid: number } }, toGroup: boolean, signal: string): Effect[] {
  const { pid } = state;
  const targets = !toGroup ? [pid] : pid === group ? [-pid] : [-group, pid];
  return targets.map((target) => ({ type: 'sendSignal', pid: target, signal }));
}
