/** What must hold whatever happens. A law that is broken throws its own words. */
import { expect } from 'vitest';
import type { Effect } from '../../src/core/effects.ts';
import type { Event } from '../../src/core/events.ts';
import { RESTART_DELAY } from '../../src/core/restart.ts';
import type { Service } from '../../src/core/service.ts';
import { PUBLIC_STATES, reached, statusOf } from '../../src/core/status.ts';
import { leastDelay } from './verdict.ts';
import type { World } from './world.ts';

const law = (words: string, holds: boolean, world: World): void => {
  if (!holds) throw new Error(`law broken: ${words}\n${JSON.stringify({ ...world, step: undefined })}`);
};

/** Held before an effect is performed. */
export function holdEffect(world: World, event: Event, effect: Effect): void {
  const { process, starting } = world;
  if (effect.type === 'spawnRun' || effect.type === 'spawnFinish' || effect.type === 'spawnDown') {
    law('never two live processes of one service', process === undefined && starting === undefined, world);
  }
  if (effect.type === 'spawnRun') {
    law('what is not wanted is not started', world.wish.name === 'up' || world.wish.name === 'once', world);
    law('no start before the restart rule allows it', mayStart(world, event), world);
  }
  if (effect.type === 'sendSignal') {
    law('no signal to a process that is not ours and alive', effect.pid === process?.pid || effect.pid === -(process?.group ?? 0), world);
  }
  if (effect.type === 'runStopCommand') law('a stop command is for the process that runs', effect.pid === process?.pid && process.program === 'run', world);
  if (effect.type === 'beginReload') law('one reload at a time, of what runs', world.reload === undefined && effect.pid === process?.pid, world);
  if (effect.type === 'setDeadline') law('a deadline is a time to come', effect.at >= event.at, world);
  if (effect.type === 'report' && effect.report.type === 'impossible') law('nothing impossible happens', event.type === 'exited' && event.pid === 1, world);
}

/** Held of all that comes of one event. */
export function holdStep(world: World, event: Event, before: Service, effects: readonly Effect[]): void {
  const { service } = world;
  const codes = effects.flatMap((effect) => (effect.type === 'endContainer' ? [effect.code] : []));
  law(`the container ends when, and as, its service says (${codes.join(', ')})`, codes.join() === [world.containerCode ?? []].flat().join(), world);
  const undone = effects.some(({ type }) => type === 'spawnDown');
  law('only what is done is undone', !undone || before.state.name === 'done', world);
  const told = effects.filter((effect) => effect.type === 'announce' && effect.announcement.event === 'service-reloaded').length;
  const over = before.reloading !== undefined && (event.type === 'reloadEnded' ? event.pid === before.reloading.pid : service.state.name !== 'running');
  const plain = event.type === 'reloadWanted' && before.state.name === 'running' && before.definition.policy.reload?.check === undefined;
  law('every reload is answered, once', told === (over || plain ? 1 : 0), world);
}

/** Contract section 10, from the world's own books. A start that somebody asks for at rest, or that a new directory makes possible, may come at once. */
function mayStart({ life, service, book }: World, { type, at }: Event): boolean {
  if (['upWanted', 'onceWanted', 'restartWanted', 'redefined'].includes(type)) return true;
  if (book.failedStart !== undefined && at < book.failedStart + RESTART_DELAY) return false;
  if (book.backoff !== undefined) return book.asked || at >= life.endedAt + leastDelay(book);
  if (book.undone && book.asked) return true;
  if (service.rule === 's6') {
    return at >= (life.readyAt === undefined ? life.endedAt + RESTART_DELAY : Math.max(life.endedAt, life.readyAt + RESTART_DELAY));
  }
  return life.asked || life.diedAt - life.startedAt >= RESTART_DELAY || at >= life.startedAt + RESTART_DELAY;
}

/** Held after every event. */
export function holdState(world: World, event: Event, before: Service): void {
  const { process, service, starting, wish } = world;
  const { state } = service;
  if (event.type === 'exited' && event.pid === 1) expect(service, 'law broken: a foreign exit changes nothing').toEqual(before);
  law('the state knows the process there is', ('pid' in state ? state.pid : undefined) === process?.pid, world);
  law('it waits for a start exactly while one is in flight', (state.name === 'spawning' ? state.program : undefined) === starting, world);
  law('it has failed exactly when finish, its policy, or a mistake said so', (state.name === 'failed') === (wish.name === 'failed'), world);
  law('what runs once does not run twice', wish.name !== 'once' || wish.starts >= 0, world);
  law('what has been asked to stop is stopping', !(wish.name === 'down' && state.name === 'running'), world);
  if (state.name === 'running') {
    law('ready exactly when its own process said so', state.ready === process!.ready, world);
    law('healthy as its own process was found', state.health === process!.health, world);
    law('what n6 has condemned is stopping', !world.book.condemned, world);
    law('paused exactly when it was stopped', state.paused === process!.stopped, world);
  }
  law('done is what has been done', (state.name === 'done') === (wish.name === 'done'), world);
  if (state.name === 'stopping') law('what stops has been asked to, and can hear it', wasAsked(service, process!.heard) && !process!.stopped, world);
  law('a deadline exactly while something is waited for', world.deadline === undefined ? !waits(service) : waits(service), world);
  const tallied = service.deaths === before.deaths || service.deaths.length <= before.definition.tallySize;
  law('the death tally keeps its size', tallied, world);
  holdStatus(world);
}

/** By every step so far, and by the command alone before the first. */
function wasAsked({ state, definition: { policy: { stop }, stopSignal } }: Service, heard: readonly string[]): boolean {
  const steps = stop?.steps ?? [{ signal: stopSignal }];
  return state.name === 'stopping' && steps.slice(0, state.step + 1).every(({ signal }) => heard.includes(signal));
}

function waits({ state, definition }: Service): boolean {
  const { stop, readyWithin } = definition.policy;
  if (state.name === 'backingOff') return true;
  if (state.name === 'running') return readyWithin !== undefined && !state.ready;
  if (state.name === 'stopping') {
    const within = stop === undefined ? definition.killAfter : stop.steps[state.step]?.within;
    return state.kills > 0 || within !== undefined;
  }
  return state.name === 'finishing' && state.program === 'finish' && (definition.finishWithin !== undefined || state.kills > 0);
}

function holdStatus(world: World): void {
  const { process, service, starting } = world;
  const status = statusOf(service, { monotonic: world.now, wall: 1_700_000_000_000 + world.now });
  law('status: a state of the list', PUBLIC_STATES.includes(status.state), world);
  law('status: the pid is the live process', status.pid === (process?.pid ?? null), world);
  law('status: uptime exactly while run runs', (status.uptime !== null) === (process?.program === 'run'), world);
  law('status: a number of seconds', status.uptime === null || (status.uptime >= 0 && Number.isFinite(status.uptime)), world);
  const rests = ['down', 'failed', 'backing-off', 'done'].includes(status.state);
  law('status: it says why', status.state !== 'failed' || status.why !== '', world);
  law('status: when it is tried again', (status.nextTry !== null) === (status.state === 'backing-off'), world);
  law('status: at rest exactly when there is no process', rests === (process === undefined && starting === undefined), world);
  law('status: down is reached exactly at rest', reached('down', service) === (['down', 'failed'].includes(status.state) ? 'yes' : 'not yet'), world);
  law('status: ready implies up', reached('ready', service) !== 'yes' || reached('up', service) === 'yes', world);
  law('status: survives JSON', survivesJson(status), world);
}

/** What JSON.stringify would leave out or change, without the time that it takes. */
function survivesJson(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value === 'object' && value !== null) return Object.values(value).every(survivesJson);
  return value === null || typeof value === 'string' || typeof value === 'boolean';
}
