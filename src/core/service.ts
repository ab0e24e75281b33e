/**
 * The life of one service, as a pure function: step(service, event) -> { service, effects }.
 *
 * Nothing here reads a clock, a file or a process. Read `table` from left to right:
 * "when the service is in this state and that happens, then ...".
 */
import { exitFields } from './announcements.ts';
import type { Effect } from './effects.ts';
import type { Event, EventOf, EventType } from './events.ts';
import { isPermanentFailure } from './exit.ts';
import { earliestRestart, RETRY_HOPELESS, RETRY_TEMPORARY } from './restart.ts';
import type { In, Service, StateName } from './state.ts';
import { afterRestart, announce, complain, after, deadlineIn, nameOf, to, withFirst, type Step } from './words.ts';
import { giveUp, leave, leaveNow, unwant, want, wantAgain, wantAnother, wantOnce } from './wants.ts';

export { newService, type Death, type Service, type State, type StateName } from './state.ts';

export type { Step };
type Cell<N extends StateName, T extends EventType> = (service: In<N>, event: EventOf<T>) => Step;
type Table = { [N in StateName]: { [T in EventType]: Cell<N, T> } };

/** Milliseconds after a SIGKILL before it is repeated; a process in an uninterruptible sleep (state D) outlives it. */
export const KILL_AGAIN = 5000;

export function step(service: Service, event: Event): Step {
  const cell = table[service.state.name][event.type] as (s: Service, e: Event) => Step;
  return cell(service, event);
}

/* eslint-disable max-len -- a row is one state, and a state is read in one look */
const table: Table = {
  //            upWanted         downWanted           onceWanted           restartWanted           reloadWanted          pauseWanted         continueWanted           signalWanted          redefined             spawned         spawnFailed           becameReady             healthChanged  mainPidTold  statusTold  stopCommandEnded  reloadEnded  exited          deadlinePassed  downInsisted            leaveWanted
  down:       { upWanted: rise,  downWanted: unwant,  onceWanted: riseOnce, restartWanted: riseAgain, reloadWanted: stay,   pauseWanted: stay,  continueWanted: stay,    signalWanted: stay,   redefined: redefine,  spawned: never, spawnFailed: never,   becameReady: stay,      healthChanged: stay, mainPidTold: stay, statusTold: stay, stopCommandEnded: stay, reloadEnded: stay, exited: never,  deadlinePassed: stay, downInsisted: unwant,  leaveWanted: leave },
  backingOff: { upWanted: rise,  downWanted: giveUp,  onceWanted: riseOnce, restartWanted: riseAgain, reloadWanted: stay,   pauseWanted: stay,  continueWanted: stay,    signalWanted: stay,   redefined: tryAgain,  spawned: never, spawnFailed: never,   becameReady: stay,      healthChanged: stay, mainPidTold: stay, statusTold: stay, stopCommandEnded: stay, reloadEnded: stay, exited: never,  deadlinePassed: comeBack, downInsisted: giveUp,  leaveWanted: leaveNow },
  spawning:   { upWanted: wantAgain, downWanted: unwant,  onceWanted: wantOnce, restartWanted: wantAnother,reloadWanted: stay,   pauseWanted: stay,  continueWanted: stay,    signalWanted: stay,   redefined: remember,  spawned: begin, spawnFailed: retry,   becameReady: stay,      healthChanged: stay, mainPidTold: stay, statusTold: stay, stopCommandEnded: stay, reloadEnded: stay, exited: never,  deadlinePassed: stay, downInsisted: unwant,  leaveWanted: leave },
  running:    { upWanted: want,  downWanted: stop,    onceWanted: unwant,   restartWanted: restart, reloadWanted: reload, pauseWanted: pause, continueWanted: resume,  signalWanted: signal, redefined: remember,  spawned: never, spawnFailed: never,   becameReady: markReady, healthChanged: stay, mainPidTold: stay, statusTold: stay, stopCommandEnded: stay, reloadEnded: stay, exited: finish, deadlinePassed: stay, downInsisted: stop,    leaveWanted: leave },
  stopping:   { upWanted: wantAgain, downWanted: unwant,  onceWanted: wantOnce, restartWanted: wantAnother,reloadWanted: stay,   pauseWanted: stay,  continueWanted: stay,    signalWanted: signal, redefined: remember,  spawned: never, spawnFailed: never,   becameReady: stay,      healthChanged: stay, mainPidTold: stay, statusTold: stay, stopCommandEnded: stay, reloadEnded: stay, exited: finish, deadlinePassed: kill, downInsisted: insist,  leaveWanted: leave },
  finishing:  { upWanted: wantAgain, downWanted: unwant,  onceWanted: wantOnce, restartWanted: wantAnother,reloadWanted: stay,   pauseWanted: stay,  continueWanted: stay,    signalWanted: stay,   redefined: remember,  spawned: never, spawnFailed: never,   becameReady: stay,      healthChanged: stay, mainPidTold: stay, statusTold: stay, stopCommandEnded: stay, reloadEnded: stay, exited: settle, deadlinePassed: kill, downInsisted: unwant,  leaveWanted: leave },
  failed:     { upWanted: rise,  downWanted: giveUp,  onceWanted: riseOnce, restartWanted: riseAgain, reloadWanted: stay,   pauseWanted: stay,  continueWanted: stay,    signalWanted: stay,   redefined: redefine,  spawned: never, spawnFailed: never,   becameReady: stay,      healthChanged: stay, mainPidTold: stay, statusTold: stay, stopCommandEnded: stay, reloadEnded: stay, exited: never,  deadlinePassed: stay, downInsisted: giveUp,  leaveWanted: leave },
  done:       { upWanted: rise,  downWanted: unwant,  onceWanted: riseOnce, restartWanted: riseAgain, reloadWanted: stay,   pauseWanted: stay,  continueWanted: stay,    signalWanted: stay,   redefined: redefine,  spawned: never, spawnFailed: never,   becameReady: stay,      healthChanged: stay, mainPidTold: stay, statusTold: stay, stopCommandEnded: stay, reloadEnded: stay, exited: never,  deadlinePassed: stay, downInsisted: unwant,  leaveWanted: leave },
};
/* eslint-enable max-len */

// Cells. Each is the answer to one or more (state, event) pairs.

/** Also when a readiness newline was still in the pipe while its process was asked to stop, or is gone. */
function stay(service: Service): Step {
  return { service, effects: [] };
}

/** What cannot be is reported and survived: PID 1 outlives our mistakes. */
function never(service: Service, event: Event): Step {
  return { service, effects: [complain({ type: 'impossible', service: nameOf(service), state: service.state.name, event: event.type })] };
}

/** A start that somebody asked for does not wait for the restart delay (spec 1.4.1). */
function rise(service: Service, { at }: Event): Step {
  return launch({ ...service, wanted: 'up', asked: true }, at);
}

function riseAgain(service: Service, { at }: Event): Step {
  return launch({ ...service, wanted: afterRestart(service.wanted), asked: true }, at);
}

function riseOnce(service: Service, { at }: Event): Step {
  return launch({ ...service, wanted: 'once', asked: true }, at);
}

function comeBack(service: In<'backingOff'>, { at }: Event): Step {
  return launch(service, at);
}

function redefine(service: Service, { definition }: EventOf<'redefined'>): Step {
  return { service: { ...service, definition, nextDefinition: undefined }, effects: [] };
}

/** Only a start that failed is worth another try because a file changed; a restart delay is kept. */
function tryAgain(service: In<'backingOff'>, event: EventOf<'redefined'>): Step {
  const { service: redefined } = redefine(service, event);
  return service.state.failure === undefined ? stay(redefined) : launch(redefined, event.at);
}

function remember(service: Service, { definition }: EventOf<'redefined'>): Step {
  const nextDefinition = definition.fingerprint === service.definition.fingerprint ? undefined : definition;
  return { service: { ...service, nextDefinition }, effects: [] };
}

function begin(service: In<'spawning'>, { pid, at }: EventOf<'spawned'>): Step {
  if (service.state.program !== 'run') {
    const { finishWithin } = service.definition;
    return to(service, at, { name: 'finishing', program: service.state.program, pid, kills: 0 }, ...deadlineIn(at, finishWithin));
  }
  const wanted = service.wanted === 'up' ? 'up' : 'down';
  const cameBack = !service.asked && service.startedAt !== -Infinity;
  const started: Service = {
    ...service, wanted, asked: false, startedAt: at, readyAt: undefined, since: at,
    restarts: service.restarts + (cameBack ? 1 : 0),
  };
  const running: In<'running'> = { ...started, state: { name: 'running', pid, ready: false, paused: false, health: undefined } };
  const up = announce(service, 'service-up', { pid });
  // Asked to stop while the start was in flight: there is a process now, so the wish can be carried out.
  return service.wanted === 'down' ? withFirst(up, stop(running, { type: 'downWanted', at })) : { service: running, effects: [up] };
}

function retry(service: In<'spawning'>, event: EventOf<'spawnFailed'>): Step {
  const { failure, at } = event;
  const { directory } = service.definition;
  const complaint: Effect[] = failure.again === true ? []
    : [complain({ type: 'spawnFailed', service: nameOf(service), directory, program: service.state.program, failure })];
  if (service.state.program === 'finish') return after(complaint, rest(service, at));
  if (service.wanted === 'down') return after(complaint, giveUp(service, { type: 'downWanted', at }));
  if (service.leaving) return after(complaint, leaveNow(service, event));
  const until = at + (failure.hopeless ? RETRY_HOPELESS : RETRY_TEMPORARY);
  return to(service, at, { name: 'backingOff', until, failure }, ...complaint, { type: 'setDeadline', at: until });
}

function markReady(service: In<'running'>, { at, pid }: EventOf<'becameReady'>): Step {
  if (pid !== service.state.pid || service.state.ready) return stay(service);
  const ready = { ...service, readyAt: at, state: { ...service.state, ready: true } };
  return { service: ready, effects: [announce(service, 'service-ready', { pid })] };
}

function pause(service: In<'running'>): Step {
  return pausing(service, 'SIGSTOP', true);
}

function resume(service: In<'running'>): Step {
  return pausing(service, 'SIGCONT', false);
}

function pausing(service: In<'running'>, signalName: string, paused: boolean): Step {
  const { pid } = service.state;
  return { service: { ...service, state: { ...service.state, paused } }, effects: [{ type: 'sendSignal', pid, signal: signalName }] };
}

function signal(service: In<'running' | 'stopping'>, event: EventOf<'signalWanted'>): Step {
  return { service, effects: [{ type: 'sendSignal', pid: service.state.pid, signal: event.signal }] };
}

function reload(service: In<'running'>): Step {
  const { pid } = service.state;
  return {
    service,
    effects: [{ type: 'sendSignal', pid, signal: service.definition.reloadSignal }, announce(service, 'service-reloaded', { pid })],
  };
}

function stop(service: In<'running'>, { at }: Event): Step {
  return ending({ ...service, wanted: 'down', asked: false }, at);
}

/** A service that runs once is, after a restart, again one that runs once. */
function restart(service: In<'running'>, { at }: EventOf<'restartWanted'>): Step {
  return ending({ ...service, wanted: service.wanted === 'up' ? 'up' : 'once', asked: true }, at);
}

/** SIGCONT follows the stop signal, because a stopped process does not see it (spec 1.4, `d`). */
function ending(service: In<'running'>, at: number): Step {
  const { stopSignal, killAfter } = service.definition;
  const { pid } = service.state;
  return to(service, at, { name: 'stopping', pid, kills: 0, step: 0 },
    { type: 'sendSignal', pid, signal: stopSignal },
    { type: 'sendSignal', pid, signal: 'SIGCONT' },
    ...deadlineIn(at, killAfter),
    announce(service, 'service-stopping', { pid }));
}

/** Asked once more to stop: told once more, and with all of its time (spec 1.4, `d`). */
function insist(service: In<'stopping'>, { at }: EventOf<'downInsisted'>): Step {
  const { stopSignal, killAfter } = service.definition;
  const { pid } = service.state;
  return {
    service: { ...service, wanted: 'down', asked: false },
    effects: [{ type: 'sendSignal', pid, signal: stopSignal }, { type: 'sendSignal', pid, signal: 'SIGCONT' }, ...deadlineIn(at, killAfter)],
  };
}

function kill(service: In<'stopping' | 'finishing'>, { at }: EventOf<'deadlinePassed'>): Step {
  const { state } = service;
  // `run` leads a session, whose first process group has its number.
  const target = state.name === 'stopping' && service.definition.killsGroup ? -state.pid : state.pid;
  const complaint: Effect[] = state.kills === 0
    ? [complain({ type: 'killed', service: nameOf(service), state: state.name, pid: state.pid, after: at - service.since })]
    : state.kills === 1
      ? [complain({ type: 'unkillable', service: nameOf(service), state: state.name, pid: state.pid })]
      : [];
  return {
    service: { ...service, state: { ...state, kills: state.kills + 1 } },
    effects: [...complaint, { type: 'sendSignal', pid: target, signal: 'SIGKILL' }, { type: 'setDeadline', at: at + KILL_AGAIN }],
  };
}

function finish(service: In<'running' | 'stopping'>, event: EventOf<'exited'>): Step {
  const { pid, exit, at } = event;
  if (pid !== service.state.pid) return never(service, event);
  const { definition } = service;
  const deaths = [...service.deaths, { at, exit }].slice(definition.tallySize === 0 ? Infinity : -definition.tallySize);
  const dead: Service = { ...service, diedAt: at, endedAt: at, lastExit: exit, deaths };
  const exited = announce(service, 'service-exited', { pid, ...exitFields(exit) });
  if (!definition.hasFinish) return withFirst({ type: 'clearDeadline' }, withFirst(exited, rest(dead, at)));
  return to(dead, at, { name: 'spawning', program: 'finish' },
    { type: 'clearDeadline' }, exited, { type: 'spawnFinish', definition, ranAs: pid, exit });
}

function settle(service: In<'finishing'>, event: EventOf<'exited'>): Step {
  const { exit, at, pid } = event;
  if (pid !== service.state.pid) return never(service, event);
  const ended: Service = { ...service, endedAt: at };
  if (isPermanentFailure(exit)) {
    return to({ ...ended, wanted: 'down' }, at, { name: 'failed', why: 'finish asked for it' },
      { type: 'clearDeadline' }, announce(service, 'service-finished'), announce(service, 'service-failed'));
  }
  return withFirst({ type: 'clearDeadline' }, rest(ended, at));
}

/** The life is over: stay down, or start again as soon as the rule allows. */
function rest(service: Service, at: number): Step {
  const finished = announce(service, 'service-finished');
  if (service.wanted === 'down' || service.leaving) return to(service, at, { name: 'down' }, finished, announce(service, 'service-down'));
  const until = earliestRestart(service.rule, service);
  if (until <= at) return withFirst(finished, launch(service, at));
  return to(service, at, { name: 'backingOff', until, failure: undefined }, finished, { type: 'setDeadline', at: until });
}

function launch(service: Service, at: number): Step {
  const definition = service.nextDefinition ?? service.definition;
  return to({ ...service, definition, nextDefinition: undefined }, at, { name: 'spawning', program: 'run' },
    { type: 'clearDeadline' }, announce(service, 'service-starting'), { type: 'spawnRun', definition });
}
