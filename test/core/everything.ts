/** Every word of the core's vocabularies, for tests that go through all of them; the compiler misses none. */
import type { EventType } from '../../src/core/events.ts';
import type { StateName } from '../../src/core/service.ts';

const states: Record<StateName, true> = {
  down: true, backingOff: true, spawning: true, running: true, stopping: true, finishing: true, failed: true, done: true,
};
export const STATES = Object.keys(states) as StateName[];

const events: Record<EventType, true> = {
  upWanted: true, downWanted: true, onceWanted: true, restartWanted: true, reloadWanted: true, pauseWanted: true, continueWanted: true,
  downInsisted: true, leaveWanted: true, signalWanted: true,
  redefined: true, spawned: true, spawnFailed: true, becameReady: true, exited: true, healthChanged: true, mainPidTold: true,
  statusTold: true, stopCommandEnded: true, reloadEnded: true, deadlinePassed: true,
};
export const EVENTS = Object.keys(events) as EventType[];
