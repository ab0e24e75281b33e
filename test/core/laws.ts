/** What must hold whatever happens. A law that is broken throws its own words. */
import { expect } from 'vitest';
import type { Effect } from '../../src/core/effects.ts';
import type { Event } from '../../src/core/events.ts';
import { RESTART_DELAY } from '../../src/core/restart.ts';
import type { Service } from '../../src/core/service.ts';
import { PUBLIC_STATES, reached, statusOf } from '../../src/core/status.ts';
import type { World } from './world.ts';

const law = (words: string, holds: boolean, world: World): void => {
  if (!holds) throw new Error(`law broken: ${words}\n${JSON.stringify({ ...world, step: undefined })}`);
};

/** Held before an effect is performed. */
export function holdEffect(world: World, event: Event, effect: Effect): void {
  const { process, starting } = world;
  if (effect.type === 'spawnRun' || effect.type === 'spawnFinish') {
    law('never two live processes of one service', process === undefined && starting === undefined, world);
  }
  if (effect.type === 'spawnRun') {
    law('what is not wanted is not started', world.wish.name === 'up' || world.wish.name === 'once', world);
    law('no start before the restart rule allows it', mayStart(world, event), world);
  }
  if (effect.type === 'sendSignal') law('no signal to a process that is not ours and alive', Math.abs(effect.pid) === process?.pid, world);
  if (effect.type === 'setDeadline') law('a deadline is a time to come', effect.at >= event.at, world);
  if (effect.type === 'report' && effect.report.type === 'impossible') law('nothing impossible happens', event.type === 'exited' && event.pid === 1, world);
}

/** Contract section 10, from the world's own books. A start that somebody asks for at rest, or that a new directory makes possible, may come at once. */
function mayStart({ life, service }: World, { type, at }: Event): boolean {
  if (['upWanted', 'onceWanted', 'restartWanted', 'redefined'].includes(type)) return true;
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
  law('it has failed exactly when finish said so', (state.name === 'failed') === (wish.name === 'failed'), world);
  law('what runs once does not run twice', wish.name !== 'once' || wish.starts >= 0, world);
  law('what has been asked to stop is stopping', !(wish.name === 'down' && state.name === 'running'), world);
  if (state.name === 'running') {
    law('ready exactly when its own process said so', state.ready === process!.ready, world);
    law('paused exactly when it was stopped', state.paused === process!.stopped, world);
  }
  if (state.name === 'stopping') law('what stops has been asked to, and can hear it', process!.asked && !process!.stopped, world);
  law('a deadline exactly while something is waited for', world.deadline === undefined ? !waits(service) : waits(service), world);
  const tallied = service.deaths === before.deaths || service.deaths.length <= before.definition.tallySize;
  law('the death tally keeps its size', tallied, world);
  holdStatus(world);
}

function waits({ state, definition }: Service): boolean {
  if (state.name === 'backingOff') return true;
  if (state.name === 'stopping') return definition.killAfter !== undefined || state.kills > 0;
  return state.name === 'finishing' && (definition.finishWithin !== undefined || state.kills > 0);
}

function holdStatus(world: World): void {
  const { process, service, starting } = world;
  const status = statusOf(service, { monotonic: world.now, wall: 1_700_000_000_000 + world.now });
  law('status: a state of the list', PUBLIC_STATES.includes(status.state), world);
  law('status: the pid is the live process', status.pid === (process?.pid ?? null), world);
  law('status: uptime exactly while run runs', (status.uptime !== null) === (process?.program === 'run'), world);
  law('status: a number of seconds', status.uptime === null || (status.uptime >= 0 && Number.isFinite(status.uptime)), world);
  const rests = ['down', 'failed', 'backing-off'].includes(status.state);
  law('status: at rest exactly when there is no process', rests === (process === undefined && starting === undefined), world);
  law('status: down is reached exactly at rest', reached('down', service) === (['down', 'failed'].includes(status.state) ? 'yes' : 'not yet'), world);
  law('status: ready implies up', reached('ready', service) !== 'yes' || reached('up', service) === 'yes', world);
  law('status: survives JSON', JSON.stringify(JSON.parse(JSON.stringify(status))) === JSON.stringify(status), world);
}
