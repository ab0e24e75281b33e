/** The end of a life, and of a start that did not happen: what comes next, and when the container ends with it. */
import type { Effect } from './effects.ts';
import type { SpawnFailure } from './events.ts';
import { shellCode } from './exit.ts';
import { CANNOT_EXECUTE, NOT_FOUND } from './exit-codes.ts';
import { earliestRestart } from './restart.ts';
import { judgeEnd, judgeStart, type Verdict } from './retry.ts';
import { launch } from './starting.ts';
import type { FailureReason, Service } from './state.ts';
import { announce, nameOf, to, withFirst, type Step } from './words.ts';

/** The life is over: stay down, or start again as soon as the rule allows. */
export function rest(service: Service, at: number): Step {
  const finished = announce(service, 'service-finished');
  if (service.wanted === 'down' || service.leaving) return to(service, at, { name: 'down' }, finished, announce(service, 'service-down'));
  // Nobody judges the end of a life after which somebody has asked for another.
  if (service.asked) {
    const { backoff } = service.definition.policy;
    return withFirst(finished, startAt(service, at, backoff === undefined ? earliestRestart(service.rule, service) : at));
  }
  return withFirst(finished, carryOut(service, at, judgeEnd(service, at), undefined));
}

/** `run` could not be started. */
export function restUnstarted(service: Service, at: number, failure: SpawnFailure): Step {
  return carryOut(service, at, judgeStart(service, at, failure), failure);
}

/** `finish` said: do not start me again. */
export function restForGood(service: Service, at: number): Step {
  const { wanted, asked, leaving } = service;
  const failed = fail(service, at, 'finish asked for it', undefined);
  const deliberate = wanted === 'down' || asked || leaving;
  const effects = deliberate ? failed.effects.filter(({ type }) => type !== 'endContainer') : failed.effects;
  return withFirst(announce(service, 'service-finished'), { ...failed, effects });
}

/** The `down` of a oneshot has ended. */
export function restUndone(service: Service, at: number): Step {
  if (service.wanted !== 'down' && !service.leaving) return launch(service, at);
  return to(service, at, { name: 'down' }, announce(service, 'service-down'));
}

function carryOut(service: Service, at: number, verdict: Verdict, failure: SpawnFailure | undefined): Step {
  switch (verdict.name) {
    case 'done':
      return to({ ...service, tries: 0, failures: [] }, at, { name: 'done' });
    case 'down':
      return to({ ...service, wanted: 'down' }, at, { name: 'down' }, announce(service, 'service-down'), ...endContainer(service, 'ended', undefined));
    case 'failed':
      return fail({ ...service, tries: verdict.tries, failures: verdict.failures }, at, verdict.why, failure);
    case 'again':
      return startAt({ ...service, tries: verdict.tries, failures: verdict.failures }, at, verdict.until, failure);
  }
}

function fail(service: Service, at: number, why: FailureReason, failure: SpawnFailure | undefined): Step {
  const state: Service['state'] = { name: 'failed', why, ...(failure === undefined ? {} : { failure }) };
  return to({ ...service, wanted: 'down' }, at, state, announce(service, 'service-failed'), ...endContainer(service, why, failure));
}

function startAt(service: Service, at: number, until: number, failure?: SpawnFailure): Step {
  if (until <= at) return launch(service, at);
  return to(service, at, { name: 'backingOff', until, failure }, { type: 'setDeadline', at: until });
}

/** Its own code, as a shell gives it. What n6 ended as a failure is none with 0. */
function endContainer(service: Service, why: FailureReason | 'ended', failure: SpawnFailure | undefined): Effect[] {
  const { critical, giveUp } = service.definition.policy;
  // `svc once` is somebody's own business.
  if (service.wanted !== 'up') return [];
  if (!critical && !(why === 'gave up' && giveUp?.then === 'shutdown')) return [];
  const own = failure !== undefined ? (failure.step === 'file' ? NOT_FOUND : CANNOT_EXECUTE) : service.lastExit === undefined ? 0 : shellCode(service.lastExit);
  const code = own === 0 && service.condemned !== undefined ? 1 : own;
  return [{ type: 'endContainer', service: nameOf(service), code, reason: `${nameOf(service)} ${REASONS[why]}` }];
}

const REASONS: Readonly<Record<FailureReason | 'ended', string>> = {
  'ended': 'has ended, and it is critical',
  'finish asked for it': 'is not to be started again, and it is critical',
  'gave up': 'has failed too often',
  'not restarted': 'has failed, and it is critical',
  'wrong definition': 'cannot be understood',
};
