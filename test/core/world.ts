/**
 * A model of everything around one service: processes that obey, are deaf or stuck, starts that are answered later, a
 * clock, a deadline that may ring late. It gives the core its events, performs its effects, and holds the laws of laws.ts.
 */
import type { Definition } from '../../src/core/definition.ts';
import type { Effect } from '../../src/core/effects.ts';
import type { Event, ReloadFailure } from '../../src/core/events.ts';
import type { Exit } from '../../src/core/exit.ts';
import type { RestartRule } from '../../src/core/restart.ts';
import { newService, type Service, type Step } from '../../src/core/service.ts';
import { note } from './books.ts';
import { holdEffect, holdState, holdStep } from './laws.ts';
import { failure } from './play.ts';
import { newBook, type Book } from './verdict.ts';
import { firstWish, type Wish } from './wish.ts';

export type StepFunction = (service: Service, event: Event) => Step;

/** `obedient` ends when asked (a finish script: soon, by itself), `deaf` only by SIGKILL, `stuck` (state D) not even then. */
export type Nature = 'obedient' | 'deaf' | 'stuck';

export type Process = {
  pid: number;
  /** Its first pid: another process may have taken its place as the main one. */
  group: number;
  program: 'run' | 'finish' | 'down';
  nature: Nature;
  stopped: boolean;
  heard: string[];
  doomed: Exit | undefined;
  ready: boolean;
  health: 'healthy' | 'unhealthy' | undefined;
};

export type World = {
  step: StepFunction;
  service: Service;
  now: number;
  deadline: number | undefined;
  process: Process | undefined;
  /** A start that has been ordered and not been answered. */
  starting: 'run' | 'finish' | 'down' | undefined;
  /** Whose stop command runs, whose reload is under way. */
  stopCommand: number | undefined;
  reload: number | undefined;
  lastPid: number;
  wish: Wish;
  /** What the law of restarts asks about the last life. */
  life: { startedAt: number; readyAt: number | undefined; diedAt: number; endedAt: number; asked: boolean };
  book: Book;
  /** With which code the container has to end by this very event. */
  containerCode: number | undefined;
  events: number;
};

/** One throw of the dice. What cannot happen now does not happen. */
export type Move =
  | { do: 'ask'; event: WishEvent }
  | { do: 'answer'; outcome: 'process' | 'temporary' | 'hopeless'; nature: Nature }
  | { do: 'write newline'; by: Teller }
  | { do: 'end'; exit: Exit }
  | { do: 'reap' }
  | { do: 'wait'; milliseconds: number; ring: boolean }
  | { do: 'edit'; definition: Definition }
  | { do: 'tell a foreign exit' }
  | { do: 'tell health'; healthy: boolean; by: Teller }
  | { do: 'tell a status'; by: Teller }
  | { do: 'change its main process'; by: Teller }
  | { do: 'end the stop command' }
  | { do: 'end the reload'; failure: ReloadFailure | undefined };
type Teller = 'the process' | 'a former one';
type WishEvent = Unstamped<Extract<Event, { type: `${string}Wanted` | 'downInsisted' }>>;
type Unstamped<E> = E extends { at: number } ? Omit<E, 'at'> : never;

export function newWorld(stepFunction: StepFunction, definition: Definition, rule: RestartRule): World {
  const world: World = {
    step: stepFunction, service: newService(definition, rule, 0), now: 0, deadline: undefined, process: undefined, starting: undefined,
    stopCommand: undefined, reload: undefined, lastPid: 100, wish: firstWish(definition), book: newBook(),
    containerCode: undefined, events: 0,
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
    case 'edit': return edit(world, move.definition);
    case 'tell health': return give(world, { type: 'healthChanged', pid: teller(world, move.by), healthy: move.healthy, detail: 'no answer' });
    case 'tell a status': return give(world, { type: 'statusTold', pid: teller(world, move.by), text: 'at work' });
    case 'change its main process': return give(world, { type: 'mainPidTold', pid: teller(world, move.by), mainPid: (world.lastPid += 2) });
    case 'end the stop command': return endStopCommand(world);
    case 'end the reload': return endReload(world, move.failure);
    case 'tell a foreign exit': return give(world, { type: 'exited', pid: 1, exit: { code: 0 } });
  }
}

const teller = ({ process, lastPid }: World, by: Teller): number => (by === 'the process' ? process?.pid ?? lastPid : (process?.pid ?? lastPid) - 1);

/** What has been corrected is started, as the supervisor does. */
function edit(world: World, definition: Definition): void {
  const failed = world.service.state.name === 'failed';
  give(world, { type: 'redefined', definition });
  const { state, wanted } = world.service;
  if (failed && state.name === 'down' && wanted !== 'down') give(world, { type: wanted === 'up' ? 'upWanted' : 'onceWanted' });
}

/** It may outlive the process that it was to stop. */
export function endStopCommand(world: World): void {
  const pid = world.stopCommand ?? world.lastPid - 1;
  world.stopCommand = undefined;
  give(world, { type: 'stopCommandEnded', pid });
}

export function endReload(world: World, failure: ReloadFailure | undefined): void {
  give(world, { type: 'reloadEnded', pid: world.reload ?? world.lastPid - 1, failure });
}

export function beReady(world: World): void {
  if (world.process?.program === 'run') give(world, { type: 'becameReady', pid: world.process.pid });
}

export function answer(world: World, outcome: 'process' | 'temporary' | 'hopeless', nature: Nature): void {
  if (world.starting === undefined) return;
  const program = world.starting;
  world.starting = undefined;
  if (outcome !== 'process') return give(world, { type: 'spawnFailed', failure: failure(outcome === 'hopeless') });
  const pid = (world.lastPid += 2);
  world.process = { pid, group: pid, program, nature, stopped: false, heard: [], doomed: undefined, ready: false, health: undefined };
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
  holdStep(world, event, before, next.effects);
  for (const effect of next.effects) {
    holdEffect(world, event, effect);
    perform(world, effect);
  }
  // As the supervisor: what is not running any more is not reloaded.
  if (next.service.state.name !== 'running') world.reload = undefined;
  holdState(world, event, before);
}

function perform(world: World, effect: Effect): void {
  if (effect.type === 'setDeadline') world.deadline = effect.at;
  if (effect.type === 'clearDeadline') world.deadline = undefined;
  if (effect.type === 'spawnRun') {
    world.starting = 'run';
    if (effect.definition.policy.kind === 'oneshot' && world.wish.name === 'once') world.wish = { name: 'up' };
  }
  if (effect.type === 'spawnFinish') world.starting = 'finish';
  if (effect.type === 'spawnDown') world.starting = 'down';
  if (effect.type === 'runStopCommand') world.stopCommand = effect.pid;
  if (effect.type === 'beginReload') world.reload = effect.pid;
  if (effect.type === 'sendSignal') receive(world.process!, effect.signal);
}

/** signal(7): a stopped process sees what ends it when it continues, and SIGKILL at once. */
function receive(process: Process, signal: string): void {
  if (signal === 'SIGSTOP') process.stopped = true;
  if (signal === 'SIGCONT') process.stopped = false;
  if (signal !== 'SIGCONT') process.heard.push(signal);
  if (signal === 'SIGKILL' && process.nature !== 'stuck') process.doomed ??= { signal: 'SIGKILL', number: 9, dumped: false };
  const obeys = process.nature === 'obedient' && process.heard.includes('SIGTERM') && !process.stopped;
  if (obeys) process.doomed ??= { signal: 'SIGTERM', number: 15, dumped: false };
}
