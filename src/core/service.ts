/**
 * The life of one service, as a pure function: step(service, event) -> { service, effects }.
 *
 * Nothing here reads a clock, a file or a process. Read `table` from left to right:
 * "when the service is in this state and that happens, then ...".
 */
import { exitFields } from './announcements.ts';
import type { Effect } from './effects.ts';
import { beginSteps, insist, kill, nextStep, restart, stop } from './ending.ts';
import type { Event, EventOf, EventType } from './events.ts';
import { isPermanentFailure } from './exit.ts';
import { exitText } from './messages.ts';
import { interrupted, reload, reloadEnded } from './reloading.ts';
import { rest, restForGood, restUndone, restUnstarted } from './resting.ts';
import { comeBack, launch, redefine, remember, rise, riseAgain, riseOnce, tryAgain } from './starting.ts';
import type { In, Service, StateName } from './state.ts';
import { changeMainPid, judgeHealth, listen, markReady, missReadiness } from './telling.ts';
import { after, announce, complain, deadlineIn, nameOf, to, withFirst, type Step } from './words.ts';
import { giveUp, leave, leaveNow, unwant, want, wantAgain, wantAnother, wantNoMore, wantOnce } from './wants.ts';

export { KILL_AGAIN } from './ending.ts';
export { newService, type Death, type Service, type State, type StateName } from './state.ts';

export type { Step };
type Cell<N extends StateName, T extends EventType> = (service: In<N>, event: EventOf<T>) => Step;
type Table = { [N in StateName]: { [T in EventType]: Cell<N, T> } };

export function step(service: Service, event: Event): Step {
  const cell = table[service.state.name][event.type] as (s: Service, e: Event) => Step;
  return cell(service, event);
}

/* eslint-disable max-len -- a row is one state, and a state is read in one look */
const table: Table = {
  down:       { upWanted: rise,      downWanted: unwant, onceWanted: riseOnce,   restartWanted: riseAgain,   reloadWanted: stay,   pauseWanted: stay,  continueWanted: stay,   signalWanted: stay,   redefined: redefine, spawned: never, spawnFailed: never, becameReady: stay,      healthChanged: stay,        mainPidTold: stay,          statusTold: stay,   stopCommandEnded: stay,       reloadEnded: stay,        exited: never,  deadlinePassed: stay,          downInsisted: unwant, leaveWanted: leave },
  backingOff: { upWanted: rise,      downWanted: giveUp, onceWanted: riseOnce,   restartWanted: riseAgain,   reloadWanted: stay,   pauseWanted: stay,  continueWanted: stay,   signalWanted: stay,   redefined: tryAgain, spawned: never, spawnFailed: never, becameReady: stay,      healthChanged: stay,        mainPidTold: stay,          statusTold: stay,   stopCommandEnded: stay,       reloadEnded: stay,        exited: never,  deadlinePassed: comeBack,      downInsisted: giveUp, leaveWanted: leaveNow },
  spawning:   { upWanted: wantAgain, downWanted: unwant, onceWanted: wantOnce,   restartWanted: wantAnother, reloadWanted: stay,   pauseWanted: stay,  continueWanted: stay,   signalWanted: stay,   redefined: remember, spawned: begin, spawnFailed: retry, becameReady: stay,      healthChanged: stay,        mainPidTold: stay,          statusTold: stay,   stopCommandEnded: stay,       reloadEnded: stay,        exited: never,  deadlinePassed: stay,          downInsisted: unwant, leaveWanted: leave },
  running:    { upWanted: want,      downWanted: stop,   onceWanted: wantNoMore, restartWanted: restart,     reloadWanted: reload, pauseWanted: pause, continueWanted: resume, signalWanted: signal, redefined: remember, spawned: never, spawnFailed: never, becameReady: markReady, healthChanged: judgeHealth, mainPidTold: changeMainPid, statusTold: listen, stopCommandEnded: stay,       reloadEnded: reloadEnded, exited: finish, deadlinePassed: missReadiness, downInsisted: stop,   leaveWanted: leave },
  stopping:   { upWanted: wantAgain, downWanted: unwant, onceWanted: wantOnce,   restartWanted: wantAnother, reloadWanted: stay,   pauseWanted: stay,  continueWanted: stay,   signalWanted: signal, redefined: remember, spawned: never, spawnFailed: never, becameReady: stay,      healthChanged: stay,        mainPidTold: stay,          statusTold: listen, stopCommandEnded: beginSteps, reloadEnded: stay,        exited: finish, deadlinePassed: nextStep,      downInsisted: insist, leaveWanted: leave },
  finishing:  { upWanted: wantAgain, downWanted: unwant, onceWanted: wantOnce,   restartWanted: wantAnother, reloadWanted: stay,   pauseWanted: stay,  continueWanted: stay,   signalWanted: stay,   redefined: remember, spawned: never, spawnFailed: never, becameReady: stay,      healthChanged: stay,        mainPidTold: stay,          statusTold: stay,   stopCommandEnded: stay,       reloadEnded: stay,        exited: settle, deadlinePassed: kill,          downInsisted: unwant, leaveWanted: leave },
  failed:     { upWanted: rise,      downWanted: giveUp, onceWanted: riseOnce,   restartWanted: riseAgain,   reloadWanted: stay,   pauseWanted: stay,  continueWanted: stay,   signalWanted: stay,   redefined: redefine, spawned: never, spawnFailed: never, becameReady: stay,      healthChanged: stay,        mainPidTold: stay,          statusTold: stay,   stopCommandEnded: stay,       reloadEnded: stay,        exited: never,  deadlinePassed: stay,          downInsisted: giveUp, leaveWanted: leave },
  done:       { upWanted: want,      downWanted: undo,   onceWanted: redo,       restartWanted: redo,        reloadWanted: stay,   pauseWanted: stay,  continueWanted: stay,   signalWanted: stay,   redefined: remember, spawned: never, spawnFailed: never, becameReady: stay,      healthChanged: stay,        mainPidTold: stay,          statusTold: stay,   stopCommandEnded: stay,       reloadEnded: stay,        exited: never,  deadlinePassed: stay,          downInsisted: undo,   leaveWanted: leave },
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

function begin(service: In<'spawning'>, { pid, at }: EventOf<'spawned'>): Step {
  const { finishWithin, policy: { readyWithin } } = service.definition;
  const { program } = service.state;
  // What a oneshot undoes takes as long as it takes.
  const limit = program === 'down' ? undefined : finishWithin;
  if (program !== 'run') return to(service, at, { name: 'finishing', program, pid, kills: 0 }, ...deadlineIn(at, limit));
  const wanted = service.wanted === 'up' ? 'up' : 'down';
  const cameBack = !service.asked && service.startedAt !== -Infinity;
  const started: Service = {
    ...service, wanted, asked: false, startedAt: at, readyAt: undefined, since: at, group: pid, condemned: undefined, ailment: undefined, said: '',
    restarts: service.restarts + (cameBack ? 1 : 0),
  };
  const running: In<'running'> = { ...started, state: { name: 'running', pid, ready: false, paused: false, health: undefined } };
  const up = announce(service, 'service-up', { pid });
  // Asked to stop while the start was in flight: there is a process now, so the wish can be carried out.
  if (service.wanted === 'down') return withFirst(up, stop(running, { type: 'downWanted', at }));
  return { service: running, effects: [up, ...deadlineIn(at, readyWithin)] };
}

function retry(service: In<'spawning'>, event: EventOf<'spawnFailed'>): Step {
  const { failure, at } = event;
  const { directory } = service.definition;
  const { program } = service.state;
  const complaint: Effect[] = failure.again === true ? [] : [complain({ type: 'spawnFailed', service: nameOf(service), directory, program, failure })];
  if (program === 'finish') return after(complaint, rest(service, at));
  if (program === 'down') return after(complaint, restUndone(service, at));
  if (service.wanted === 'down') return after(complaint, giveUp(service, { type: 'downWanted', at }));
  if (service.leaving) return after(complaint, leaveNow(service, event));
  return after(complaint, restUnstarted(service, at, failure));
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

function finish(service: In<'running' | 'stopping'>, event: EventOf<'exited'>): Step {
  const { pid, exit, at } = event;
  if (pid !== service.state.pid) return never(service, event);
  const { definition, startedAt, group } = service;
  const deaths = [...service.deaths, { startedAt, at, exit }].slice(definition.tallySize === 0 ? Infinity : -definition.tallySize);
  const ended: Service = { ...service, diedAt: at, endedAt: at, lastExit: exit, deaths };
  const { service: dead, effects: cutOff } = interrupted(ended, at, `it ended: ${exitText(exit)}`);
  const told: Effect[] = [{ type: 'clearDeadline' }, announce(service, 'service-exited', { pid, ...exitFields(exit) }), ...cutOff];
  if (!definition.hasFinish) return after(told, rest(dead, at));
  return to(dead, at, { name: 'spawning', program: 'finish' }, ...told, { type: 'spawnFinish', definition, ranAs: group, exit });
}

function settle(service: In<'finishing'>, event: EventOf<'exited'>): Step {
  const { exit, at, pid } = event;
  if (pid !== service.state.pid) return never(service, event);
  if (service.state.program === 'down') return settleDown(service, event);
  const ended: Service = { ...service, endedAt: at };
  return withFirst({ type: 'clearDeadline' }, isPermanentFailure(exit) ? restForGood(ended, at) : rest(ended, at));
}

/** What could not be undone is told, and done again all the same when somebody wants it. */
function settleDown(service: In<'finishing'>, { exit, at }: EventOf<'exited'>): Step {
  const failed = !('code' in exit) || exit.code !== 0;
  const complaint: Effect[] = failed ? [complain({ type: 'helperFailed', service: nameOf(service), helper: 'down', reason: exitText(exit) })] : [];
  return after(complaint, restUndone(service, at));
}

function undo(service: In<'done'>, { at }: Event): Step {
  return undoing({ ...service, wanted: 'down', asked: false }, at);
}

function redo(service: In<'done'>, { at }: Event): Step {
  return undoing({ ...service, wanted: 'up', asked: true, tries: 0, failures: [] }, at);
}

function undoing(service: Service, at: number): Step {
  const { definition } = service;
  if (definition.policy.down === undefined) return service.wanted === 'down' ? restUndone(service, at) : launch(service, at);
  return to(service, at, { name: 'spawning', program: 'down' }, { type: 'spawnDown', definition });
}
