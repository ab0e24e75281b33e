/**
 * A model of everything around one service: processes that obey, are deaf or stuck, starts that are answered later, a
 * clock, a deadline that may ring late. It gives the core its events, performs its effects, and holds the laws of laws.ts.
 */
import type { Definition } from '../../src/core/definition.ts';
import type { Effect } from '../../src/core/effects.ts';
import type { Event } from '../../src/core/events.ts';
import type { Exit } from '../../src/core/exit.ts';
import type { RestartRule } from '../../src/core/restart.ts';
import { newService, type Service, type Step } from '../../src/core/service.ts';
import { holdEffect, holdState } from './laws.ts';
import { failure } from './play.ts';
import { firstWish, wishAfter, type Wish } from './wish.ts';

export type StepFunction = (service: Service, event: Event) => Step;

/** `obedient` ends when asked (a finish script: soon, by itself), `deaf` only by SIGKILL, `stuck` (state D) not even then. */
export type Nature = 'obedient' | 'deaf' | 'stuck';

export type Process = { pid: number; program: 'run' | 'finish'; nature: Nature; stopped: boolean; asked: boolean; doomed: Exit | undefined; ready: boolean };

export type World = {
  step: StepFunction;
  service: Service;
  now: number;
  deadline: number | undefined;
  process: Process | undefined;
  /** A start that has been ordered and not been answered. */
  starting: 'run' | 'finish' | undefined;
  lastPid: number;
  wish: Wish;
  /** What the law of restarts asks about the last life. */
  life: { startedAt: number; readyAt: number | undefined; diedAt: number; endedAt: number; asked: boolean };
  events: number;
};

/** One throw of the dice. What cannot happen now does not happen. */
export type Move =
  | { do: 'ask'; event: WishEvent }
  | { do: 'answer'; outcome: 'process' | 'temporary' | 'hopeless'; nature: Nature }
  | { do: 'write newline'; by: 'the process' | 'a former one' }
  | { do: 'end'; exit: Exit }
  | { do: 'reap' }
  | { do: 'wait'; milliseconds: number; ring: boolean }
  | { do: 'edit'; definition: Definition }
  | { do: 'tell a foreign exit' };
type WishEvent = Unstamped<Exclude<Event, { type: 'spawned' | 'spawnFailed' | 'becameReady' | 'exited' | 'deadlinePassed' | 'redefined' }>>;
type Unstamped<E> = E extends { at: number } ? Omit<E, 'at'> : never;

export function newWorld(stepFunction: StepFunction, definition: Definition, rule: RestartRule): World {
  const world: World = {
    step: stepFunction, service: newService(definition, rule, 0), now: 0, deadline: undefined, process: undefined, starting: undefined,
    lastPid: 100, wish: firstWish(definition), events: 0,
    life: { startedAt: -Infinity, readyAt: undefined, diedAt: -Infinity, endedAt: -Infinity, asked: true },
  };
  if (!definition.startsDown) give(world, { type: 'upWanted' });
  return world;
}

export function make(world: World, move: Move): void {
  const { process } = world;
  switch (move.do) {
    case 'ask': return give(world, move.event);
    case 'answer': return answer(world, move.outcome, move.nature);
    case 'write newline':
      if (process?.program !== 'run') return;
      return give(world, { type: 'becameReady', pid: move.by === 'the process' ? process.pid : process.pid - 1 });
    case 'end':
      if (process !== undefined) process.doomed ??= move.exit;
      return;
    case 'reap': return reap(world);
    case 'wait':
      world.now += move.milliseconds;
      if (move.ring) ring(world);
      return;
    case 'edit': return give(world, { type: 'redefined', definition: move.definition });
    case 'tell a foreign exit': return give(world, { type: 'exited', pid: 1, exit: { code: 0 } });
  }
}

export function answer(world: World, outcome: 'process' | 'temporary' | 'hopeless', nature: Nature): void {
  if (world.starting === undefined) return;
  const program = world.starting;
  world.starting = undefined;
  if (outcome !== 'process') return give(world, { type: 'spawnFailed', failure: failure(outcome === 'hopeless') });
  const pid = (world.lastPid += 2);
  world.process = { pid, program, nature, stopped: false, asked: false, doomed: undefined, ready: false };
  give(world, { type: 'spawned', pid });
}

/** The deadline may ring late, never early. */
export function ring(world: World): void {
  if (world.deadline === undefined || world.deadline > world.now) return;
  world.deadline = undefined;
  give(world, { type: 'deadlinePassed' });
}

/** The exit of a process that has ended reaches the core, some time after the fact. */
export function reap(world: World): void {
  const { process } = world;
  if (process?.doomed === undefined) return;
  world.process = undefined;
  give(world, { type: 'exited', pid: process.pid, exit: process.doomed });
}

function give(world: World, unstamped: Unstamped<Event>): void {
  const event: Event = { ...unstamped, at: world.now };
  const before = world.service;
  world.events++;
  note(world, event);
  const next = world.step(before, event);
  world.service = next.service;
  for (const effect of next.effects) {
    holdEffect(world, event, effect);
    perform(world, effect);
  }
  holdState(world, event, before);
}

/** Keeps the world's own books, from events alone, so that the core's can be held against them. */
function note(world: World, event: Event): void {
  const { life, process, service } = world;
  world.wish = wishAfter(world.wish, event, service.state, process?.program);
  if (['upWanted', 'onceWanted', 'restartWanted'].includes(event.type)) life.asked = true;
  if (event.type === 'becameReady' && event.pid === process?.pid && service.state.name === 'running' && !process.ready) {
    process.ready = true;
    life.readyAt = event.at;
  }
  if (event.type === 'spawned' && process?.program === 'run') {
    world.life = { startedAt: event.at, readyAt: undefined, diedAt: Infinity, endedAt: Infinity, asked: false };
  }
  if (event.type === 'exited' && event.pid !== 1) {
    life.endedAt = event.at;
    if (service.state.name !== 'finishing') life.diedAt = event.at;
  }
}

function perform(world: World, effect: Effect): void {
  if (effect.type === 'setDeadline') world.deadline = effect.at;
  if (effect.type === 'clearDeadline') world.deadline = undefined;
  if (effect.type === 'spawnRun') world.starting = 'run';
  if (effect.type === 'spawnFinish') world.starting = 'finish';
  if (effect.type === 'sendSignal') receive(world.process!, effect.signal);
}

/** signal(7): a stopped process sees what ends it when it continues, and SIGKILL at once. */
function receive(process: Process, signal: string): void {
  if (signal === 'SIGSTOP') process.stopped = true;
  if (signal === 'SIGCONT') process.stopped = false;
  if (signal === 'SIGTERM') process.asked = true;
  if (signal === 'SIGKILL' && process.nature !== 'stuck') process.doomed ??= { signal: 'SIGKILL', number: 9, dumped: false };
  if (process.asked && !process.stopped && process.nature === 'obedient') process.doomed ??= { signal: 'SIGTERM', number: 15, dumped: false };
}
