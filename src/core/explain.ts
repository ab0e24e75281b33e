/** Why a service is as it is, in words: a few for a column, a paragraph for a person. Derived, never stored. */
import { exitFields } from './announcements.ts';
import { planOf } from './ending.ts';
import type { SpawnFailure } from './events.ts';
import { exitText, failureText, faultsText, seconds } from './messages.ts';
import type { In, Service } from './state.ts';
import { isoTime, type Moment } from './times.ts';

/** Why it is not up, or what it waits for, or what is wrong although it is up; empty when there is nothing to say. `now`: monotonic. */
export function whyNotUp(service: Service, now: number): string {
  const { state, definition } = service;
  switch (state.name) {
    case 'running':
      return whatIsWrong(service as In<'running'>).join('; ');
    case 'spawning':
      return state.program === 'run' ? '' : `running ${state.program}`;
    case 'backingOff': {
      const next = `next try in ${seconds(Math.max(0, state.until - now))}${countText(service)}`;
      return `${state.failure === undefined ? lastEnd(service) : `cannot start: ${failureText(state.failure)}`}, ${next}`;
    }
    case 'stopping': {
      const { steps } = planOf(definition);
      const sent = state.step < 0 ? 'running its stop command' : `sent ${steps[Math.min(state.step, steps.length - 1)]!.signal}`;
      const does = state.kills > 1 ? 'outlives SIGKILL' : state.kills === 1 ? 'sent SIGKILL' : sent;
      return service.condemned === undefined ? does : `${service.condemned}; ${does}`;
    }
    case 'finishing':
      return `running ${state.program}`;
    case 'done':
      return endText(service) ?? '';
    case 'failed':
      return whyFailed(service as In<'failed'>);
    case 'down':
      return endText(service) ?? (definition.startsDown ? 'has a down file' : 'not started');
  }
}

function whatIsWrong({ state, ailment, rejected, reload, wanted, said }: In<'running'>): string[] {
  return [
    ...(state.paused ? ['paused'] : []),
    ...(ailment === undefined ? [] : [`unhealthy: ${ailment}`]),
    ...(rejected === undefined ? [] : [`edited, and not taken: ${faultsText(rejected.policy.faults)}`]),
    ...(reload?.failure === undefined ? [] : [`last reload failed: ${reload.failure.step}: ${reload.failure.detail}`]),
    ...(wanted === 'up' || state.paused ? [] : ['runs once']),
    ...(said === '' ? [] : [said]),
  ];
}

function whyFailed(service: In<'failed'>): string {
  const { state, definition, failures } = service;
  const ended = state.failure === undefined ? lastEnd(service) : `cannot start: ${failureText(state.failure)}`;
  switch (state.why) {
    case 'finish asked for it': return `${ended}, finish said: do not restart`;
    case 'not restarted': return `${ended}, and its restart is ${definition.policy.restart}`;
    case 'gave up': return `${ended}, gave up after ${failures.length} ${failures.length === 1 ? 'failure' : 'failures'}`;
    case 'wrong definition': return faultsText(definition.policy.faults);
  }
}

const lastEnd = (service: Service): string => endText(service) ?? 'ended';

/** `exit 1 after 2.0 s`; undefined before it has ended once. */
function endText({ lastExit, diedAt, startedAt, condemned }: Service): string | undefined {
  if (lastExit === undefined) return undefined;
  const ended = `${exitText(lastExit)} after ${seconds(diedAt - startedAt)}`;
  return condemned === undefined ? ended : `${condemned}, ${ended}`;
}

/** So many tries, of so many that there may be; null where nothing counts them. */
export function triesOf({ definition: { policy: { backoff, giveUp } }, tries, failures }: Service): { count: number; limit: number | null } | null {
  if (giveUp !== undefined) return { count: failures.length, limit: giveUp.after };
  return backoff === undefined ? null : { count: tries, limit: null };
}

function countText(service: Service): string {
  const tries = triesOf(service);
  if (tries === null) return '';
  return tries.limit === null ? ` (try ${tries.count})` : ` (${tries.count}/${tries.limit})`;
}

/** One past life, as it is told. `lifetime`: seconds. */
export type PastLife = Readonly<{ at: string; lifetime: number; exitCode?: number; signal?: string }>;

/** The deaths that are remembered, newest first. */
export const deathsOf = ({ deaths }: Service, now: Moment): PastLife[] =>
  deaths.map(({ startedAt, at, exit }) => ({ at: isoTime(at, now), lifetime: Math.max(0, at - startedAt) / 1000, ...exitFields(exit) })).reverse();

/** How many past lives a paragraph tells. */
const TOLD = 3;

/** One paragraph: what it is and since when, why, how its last lives ended, what comes next. */
export function explain(service: Service, now: Moment): string {
  const { definition, state, reload, restarts, deaths } = service;
  const why = whyNotUp(service, now.monotonic);
  const since = seconds(Math.max(0, now.monotonic - service.since));
  const told = deaths.slice(-TOLD).reverse().map(({ startedAt, at, exit }) =>
    `${exitText(exit)} ${seconds(Math.max(0, now.monotonic - at))} ago, after ${seconds(Math.max(0, at - startedAt))}`);
  const lives = deaths.length === 0 ? '' : `It has ended ${times(deaths.length)}${deaths.length > TOLD ? ', lately' : ''}: ${told.join('; ')}.`;
  const reloads = reload === undefined ? '' : `Its last reload, ${seconds(Math.max(0, now.monotonic - reload.at))} ago, `
    + `${reload.failure === undefined ? 'went well' : `failed in its ${reload.failure.step}: ${reload.failure.detail}`}.`;
  return [
    `${definition.name}${definition.policy.description === undefined ? '' : ` (${definition.policy.description})`} ${IS[state.name]} for ${since}`
      + `${why === '' ? '' : `: ${why}`}.`,
    restarts === 0 ? '' : `It came back by itself ${times(restarts)}.`,
    lives,
    reloads,
    state.name === 'down' && definition.policy.schedule !== undefined ? '' : NEXT[state.name],
  ].filter((sentence) => sentence !== '').join(' ');
}

const times = (n: number): string => (n === 1 ? 'once' : `${n} times`);

const IS: { [N in Service['state']['name']]: string } = {
  down: 'has been down', backingOff: 'has been waiting for its next start', spawning: 'has been starting', running: 'has been running',
  stopping: 'has been stopping', finishing: 'has been ending', failed: 'has been failed', done: 'has been done',
};

const NEXT: { [N in Service['state']['name']]: string } = {
  down: 'It is started by: svc start.', backingOff: '', spawning: '', running: '', stopping: '', finishing: '',
  failed: 'It is not started again until somebody asks: svc start.', done: 'It is run again by: svc restart.',
};

/** For who asks what a service would find; what to do about it is in its why, once it was tried. */
export const cannotStart = (name: string, failure: SpawnFailure): string => `${name} could not be started now: ${failureText(failure)}`;
