/**
 * The ordered shutdown, as a pure function like the service's: services by their own stop rules, then what is left,
 * then the end. One overall deadline; the parts are limits, never sleeps (contract section 5).
 */
export type Phase =
  | { name: 'serving' }
  /** `limit`: when what has not stopped is killed. */
  | { name: 'stoppingServices'; begunAt: number; limit: number; deadline: number }
  | { name: 'ending'; begunAt: number; deadline: number }
  | { name: 'killing'; deadline: number }
  | { name: 'over' };

export type ShutdownEvent =
  /** `hurry`: this is not the first request. */
  | { type: 'shutdownWanted'; at: number }
  | { type: 'servicesDown'; at: number }
  | { type: 'nothingLeft'; at: number }
  | { type: 'deadlinePassed'; at: number };

export type ShutdownEffect =
  | { type: 'stopServices' }
  | { type: 'signalRest'; signals: readonly string[] }
  | { type: 'setDeadline'; at: number }
  | { type: 'end' };

export type Limits = Readonly<{
  /** Milliseconds for everything (N6_GRACE). */
  grace: number;
  /** Milliseconds for services (S6_SERVICES_GRACETIME). */
  services: number | undefined;
  /** Milliseconds between TERM and KILL for what is left (S6_KILL_GRACETIME). */
  rest: number | undefined;
  /** The longest time that a service which runs may take to stop, by its timeout-kill or its stop plan: it extends the deadline. */
  longestKillAfter: number;
}>;

type ShutdownStep = { phase: Phase; effects: ShutdownEffect[] };
type PhaseName = Phase['name'];
type ShutdownEventType = ShutdownEvent['type'];
type Cell<N extends PhaseName, T extends ShutdownEventType> =
  (phase: Extract<Phase, { name: N }>, event: Extract<ShutdownEvent, { type: T }>, limits: Limits) => ShutdownStep;
type Table = { [N in PhaseName]: { [T in ShutdownEventType]: Cell<N, T> } };

/** Milliseconds after the last SIGKILL until a process in state D is left behind. */
export const LEAVE_BEHIND_AFTER = 2000;
/**
 * Milliseconds in which a second signal is an echo: timeout(1) sends TERM to the process and to its group, a terminal's
 * ^C reaches both npm and what npm forwards it to.
 */
const ECHO = 100;
/** TERM for the obedient, HUP for interactive shells, which ignore TERM, CONT for the stopped (spec 4.2, 4.4). */
const PLEASE: readonly string[] = ['SIGTERM', 'SIGHUP', 'SIGCONT'];

export function shutdownStep(phase: Phase, event: ShutdownEvent, limits: Limits): ShutdownStep {
  const cell = table[phase.name][event.type] as (p: Phase, e: ShutdownEvent, l: Limits) => ShutdownStep;
  return cell(phase, event, limits);
}

const table: Table = {
  serving:          { shutdownWanted: begin, servicesDown: stay,      nothingLeft: stay, deadlinePassed: stay },
  stoppingServices: { shutdownWanted: hurry, servicesDown: endRest,   nothingLeft: stay, deadlinePassed: endRestNow },
  ending:           { shutdownWanted: hurry, servicesDown: stay,      nothingLeft: over, deadlinePassed: kill },
  killing:          { shutdownWanted: stay,  servicesDown: stay,      nothingLeft: over, deadlinePassed: leave },
  over:             { shutdownWanted: stay,  servicesDown: stay,      nothingLeft: stay, deadlinePassed: stay },
};

function stay(phase: Phase): ShutdownStep {
  return { phase, effects: [] };
}

function begin(_phase: Phase, { at }: ShutdownEvent, limits: Limits): ShutdownStep {
  const deadline = at + Math.max(limits.grace, limits.longestKillAfter + LEAVE_BEHIND_AFTER);
  const limit = Math.min(deadline, at + (limits.services ?? Infinity));
  return { phase: { name: 'stoppingServices', begunAt: at, limit, deadline }, effects: [{ type: 'stopServices' }, { type: 'setDeadline', at: limit }] };
}

/** A second request does not wait for stop rules any more; the same one heard twice is no second request. */
function hurry(phase: Extract<Phase, { begunAt: number }>, { at }: ShutdownEvent): ShutdownStep {
  return at - phase.begunAt < ECHO ? stay(phase) : killing(at);
}

function endRest({ begunAt, deadline }: Extract<Phase, { name: 'stoppingServices' }>, { at }: ShutdownEvent, { rest }: Limits): ShutdownStep {
  const until = Math.min(deadline, at + (rest ?? Infinity));
  return {
    phase: { name: 'ending', begunAt, deadline: until },
    effects: [{ type: 'signalRest', signals: PLEASE }, { type: 'setDeadline', at: until }],
  };
}

/** The services' part is over, but maybe not the whole: those that did not stop get what is left of it, after a TERM. */
function endRestNow(phase: Extract<Phase, { name: 'stoppingServices' }>, event: ShutdownEvent, limits: Limits): ShutdownStep {
  return event.at < phase.deadline ? endRest(phase, event, limits) : killing(event.at);
}

function kill(_phase: Phase, { at }: ShutdownEvent): ShutdownStep {
  return killing(at);
}

function killing(at: number): ShutdownStep {
  const deadline = at + LEAVE_BEHIND_AFTER;
  return { phase: { name: 'killing', deadline }, effects: [{ type: 'signalRest', signals: ['SIGKILL'] }, { type: 'setDeadline', at: deadline }] };
}

/** What outlived SIGKILL is stuck in the kernel; what came since, such as a finish script, gets it now. */
function leave(): ShutdownStep {
  return { phase: { name: 'over' }, effects: [{ type: 'signalRest', signals: ['SIGKILL'] }, { type: 'end' }] };
}

function over(): ShutdownStep {
  return { phase: { name: 'over' }, effects: [{ type: 'end' }] };
}
