/** Cells of service.ts about a reload: asked for, under way, ended, cut off. Its result is told, and told truly. */
import type { EventOf, ReloadFailure } from './events.ts';
import type { ReloadPlan } from './policy.ts';
import type { In, Service } from './state.ts';
import { announce, after, type Step } from './words.ts';

/** A plain signal says nothing about what came of it; the rest is looked at. */
export const isPlainSignal = (plan: ReloadPlan | undefined): boolean =>
  plan === undefined || (plan.command === undefined && plan.haproxy === undefined && plan.check === undefined && plan.verify === undefined);

/** One asked for while another is under way comes after it, once, however often it was asked for. */
export function reload(service: In<'running'>, { at }: EventOf<'reloadWanted'>): Step {
  const { state: { pid }, definition, reloading } = service;
  const plan = definition.policy.reload;
  if (isPlainSignal(plan)) {
    const { service: done, effects } = ended(service, at, pid, undefined);
    return after([{ type: 'sendSignal', pid, signal: plan?.signal ?? definition.reloadSignal }], { service: done, effects });
  }
  if (reloading !== undefined) return { service: { ...service, reloading: { ...reloading, again: true } }, effects: [] };
  return begin(service);
}

function begin(service: In<'running'>): Step {
  const { state: { pid }, definition } = service;
  return { service: { ...service, reloading: { pid, again: false } }, effects: [{ type: 'beginReload', definition, pid }] };
}

export function reloadEnded(service: In<'running'>, { at, pid, failure, how }: EventOf<'reloadEnded'>): Step {
  const { reloading } = service;
  if (reloading?.pid !== pid) return { service, effects: [] };
  const done = ended({ ...service, reloading: undefined }, at, pid, failure, how);
  return reloading.again ? after(done.effects, begin(done.service)) : done;
}

/** Its process ends, or is about to: what was not finished has not worked. */
export function interrupted<S extends Service>(service: S, at: number, detail: string): { service: S; effects: Step['effects'] } {
  const { reloading } = service;
  if (reloading === undefined) return { service, effects: [] };
  return ended({ ...service, reloading: undefined }, at, reloading.pid, { step: 'reload', detail });
}

function ended<S extends Service>(
  service: S, at: number, pid: number, failure: ReloadFailure | undefined, how?: EventOf<'reloadEnded'>['how'],
): { service: S; effects: Step['effects'] } {
  const worked = how === undefined ? { pid, ok: true } : { pid, ok: true, how };
  return {
    service: { ...service, reload: { at, failure } },
    effects: [announce(service, 'service-reloaded', failure === undefined ? worked : { pid, ok: false, ...failure })],
  };
}
