/** Plays events on a service, so that a test reads as a story: an event, and what it led to, in one line. */
import { expect } from 'vitest';
import type { Definition } from '../../src/core/definition.ts';
import type { Effect } from '../../src/core/effects.ts';
import type { Event, ReloadFailure, SpawnFailure } from '../../src/core/events.ts';
import { exitText } from '../../src/core/messages.ts';
import { PLAIN, type Policy } from '../../src/core/policy.ts';
import type { RestartRule } from '../../src/core/restart.ts';
import { newService, step, type Service } from '../../src/core/service.ts';
import { definition } from '../help/definition.ts';

/** What happened, at which millisecond, and what it led to: the state, then the effects in their order. */
type Line = readonly [at: number, event: Unstamped<Event>, outcome: string];
type Unstamped<E> = E extends { at: number } ? Omit<E, 'at'> : never;

/** What a service.yaml says beyond the defaults. */
export const policy = (changes: Partial<Policy>): { policy: Policy } => ({ policy: { ...PLAIN, ...changes } });

/** A service that is down and has no history. */
export const service = (changes: Partial<Definition> = {}, rule: RestartRule = 'n6'): Service => newService(definition(changes), rule, 0);

/** Holds every line against the core; returns the service as the story leaves it. */
export function play(start: Service, story: readonly Line[]): Service {
  let current = start;
  const outcomes = story.map(([at, event]) => {
    const next = step(current, { ...event, at });
    current = next.service;
    return outcome(next.service, next.effects);
  });
  const tell = (texts: readonly string[]): string[] => story.map(([at, event], index) => `${at} ${event.type} -> ${texts[index]}`);
  expect(tell(outcomes)).toEqual(tell(story.map(([, , expected]) => expected)));
  return current;
}

export const outcome = ({ state }: Service, effects: readonly Effect[]): string => [state.name, ...effects.map(effectText)].join(', ');

function effectText(effect: Effect): string {
  switch (effect.type) {
    case 'spawnRun': return `run ${effect.definition.fingerprint}`;
    case 'spawnFinish': return `finish of ${effect.ranAs} (${exitText(effect.exit)})`;
    case 'spawnDown': return 'down command';
    case 'runStopCommand': return `stop command for ${effect.pid}`;
    case 'beginReload': return `reload ${effect.pid}`;
    case 'endContainer': return `end container ${effect.code}`;
    case 'sendSignal': return `${effect.signal} to ${effect.pid}`;
    case 'setDeadline': return `deadline ${effect.at}`;
    case 'clearDeadline': return 'no deadline';
    case 'announce': return effect.announcement.event.replace('service-', '');
    case 'report': return `report ${effect.report.type}`;
  }
}

// Events, as short as a story needs them.

export const upWanted = { type: 'upWanted' } as const;
export const downWanted = { type: 'downWanted' } as const;
export const onceWanted = { type: 'onceWanted' } as const;
export const restartWanted = { type: 'restartWanted' } as const;
export const reloadWanted = { type: 'reloadWanted' } as const;
export const pauseWanted = { type: 'pauseWanted' } as const;
export const continueWanted = { type: 'continueWanted' } as const;
export const deadlinePassed = { type: 'deadlinePassed' } as const;
export const signalWanted = (signal: string) => ({ type: 'signalWanted', signal }) as const;
export const spawned = (pid: number) => ({ type: 'spawned', pid }) as const;
export const becameReady = (pid: number) => ({ type: 'becameReady', pid }) as const;
export const exited = (pid: number, code = 0) => ({ type: 'exited', pid, exit: { code } }) as const;
export const healthChanged = (pid: number, healthy: boolean, detail = 'no answer') => ({ type: 'healthChanged', pid, healthy, detail }) as const;
export const mainPidTold = (pid: number, mainPid: number) => ({ type: 'mainPidTold', pid, mainPid }) as const;
export const statusTold = (pid: number, text: string) => ({ type: 'statusTold', pid, text }) as const;
export const stopCommandEnded = (pid: number) => ({ type: 'stopCommandEnded', pid }) as const;
export const reloadEnded = (pid: number, failure?: ReloadFailure) => ({ type: 'reloadEnded', pid, failure }) as const;
export const killed = (pid: number) => ({ type: 'exited', pid, exit: { signal: 'SIGKILL', number: 9, dumped: false } }) as const;
export const redefined = (changes: Partial<Definition>) => ({ type: 'redefined', definition: definition(changes) }) as const;
export const spawnFailed = (hopeless: boolean) => ({ type: 'spawnFailed', failure: failure(hopeless) }) as const;

export const failure = (hopeless: boolean): SpawnFailure => hopeless
  ? { code: 'ENOENT', step: 'file', subject: '/services/web/run', hopeless }
  : { code: 'EAGAIN', step: 'process', subject: '/services/web/run', hopeless };

/** The first two lines of most stories. */
export const comesUp = (pid = 7): readonly Line[] => [
  [0, upWanted, 'spawning, no deadline, starting, run 1'],
  [0, spawned(pid), 'running, up'],
];
