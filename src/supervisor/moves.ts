/** Carries out the moves that core/order.ts orders, one at a time for each name, and tells it what services do by themselves. */
import type { Exit } from '../core/exit.ts';
import type { Manner, SavedMove } from '../core/persist/life.ts';
import type { ChangeFailure, Direction, OrderEvent, Standing } from '../core/order.ts';
import type { Service } from '../core/state.ts';
import { reached } from '../core/status.ts';
import type { Run } from './runs.ts';
import type { Supervisor } from './supervisor.ts';

export type { Manner } from '../core/persist/life.ts';

export type Oneshot = (name: string, direction: Direction, done: (exit: Exit) => void) => Run;

export type MovesOptions = Readonly<{
  supervisor: Supervisor;
  at(name: string): Standing;
  give(event: OrderEvent): void;
  /** Runs the `up` or `down` of a oneshot that is no service of the supervisor's; `done` is called once. undefined: it is one. */
  oneshot(name: string): Oneshot | undefined;
  /** Has `look` called when all that has been given is known. */
  lookLater(name: string): void;
}>;

export type Moves = Readonly<{
  begin(name: string, direction: Direction, limit: number | undefined, manner: Manner): void;
  /** Tells it as failed as soon as that is so. */
  abort(name: string): void;
  /** Its service has changed: what that means depends on where it was last known to be. */
  look(name: string): void;
  /** Starts that have been ordered and not been seen yet. */
  ordered(): number;
  /** Of oneshots that are no services: their programs are known to this life alone. */
  unsaved(): string[];
  save(): SavedMove[];
  adopt(saved: readonly SavedMove[]): void;
}>;

type Move = { direction: Direction; timer?: NodeJS.Timeout | undefined; limitAt?: number; begun: boolean; abort(): void; after?: () => void };

const BROKEN_OFF: ChangeFailure = { type: 'cannotStart', why: 'the change was broken off' };

export function createMoves({ supervisor, at, give, oneshot, lookLater }: MovesOptions): Moves {
  const moves = new Map<string, Move>();
  let ordered = 0;

  function forget(name: string): void {
    const move = moves.get(name);
    if (move === undefined) return;
    if (move.timer !== undefined) clearTimeout(move.timer);
    if (!move.begun && move.direction === 'up') ordered--;
    moves.delete(name);
  }

  function end(name: string, failure?: ChangeFailure): void {
    const { direction } = moves.get(name)!;
    forget(name);
    give(failure === undefined ? { type: 'moved', name } : { type: 'failed', name, failure, stopping: direction === 'up' && isThere(name) });
  }

  function isThere(name: string): boolean {
    const service = supervisor.roster.get(name);
    return service !== undefined && kindOf(service) !== 'at rest';
  }

  /** What has not come up is stopped, so that nothing comes up after its time. */
  function giveUp(name: string, failure: ChangeFailure): void {
    const move = moves.get(name);
    if (move === undefined) return;
    if (move.direction === 'down') return end(name, failure);
    forget(name);
    // Before it is asked to stop: what is seen of that belongs to this move already.
    moves.set(name, { direction: 'down', begun: false, abort: () => giveUp(name, BROKEN_OFF) });
    supervisor.stop(name);
    give({ type: 'failed', name, failure, stopping: isThere(name) });
    lookLater(name);
  }

  function beginService(name: string, direction: Direction, limit: number | undefined, manner: Manner): void {
    forget(name);
    expect(name, direction, false, limit);
    if (direction === 'up') supervisor.give(name, { type: manner === 'once' ? 'onceWanted' : 'upWanted' });
    else if (manner === 'asked for itself') supervisor.give(name, { type: 'downWanted' });
    else supervisor.stop(name);
    lookLater(name);
  }

  function expect(name: string, direction: Direction, begun: boolean, limit: number | undefined): void {
    const move: Move = { direction, begun, abort: () => giveUp(name, BROKEN_OFF) };
    moves.set(name, move);
    if (direction === 'up' && !begun) ordered++;
    if (limit === undefined) return;
    move.limitAt = supervisor.now() + limit;
    move.timer = setTimeout(() => giveUp(name, { type: 'timedOut' }), limit);
  }

  function beginOneshot(run: Oneshot, name: string, direction: Direction, limit: number | undefined): void {
    const before = moves.get(name);
    if (before !== undefined) {
      // Its `up` still runs: what that leads to decides whether there is anything to undo.
      before.after = () => beginOneshot(run, name, direction, limit);
      return before.abort();
    }
    let late = false;
    let over = false;
    let aborted = false;
    let running: Run | undefined = undefined as Run | undefined;
    const move: Move = {
      direction, begun: true,
      abort() {
        aborted = true;
        running?.abort();
      },
    };
    moves.set(name, move);
    running = run(name, direction, (exit) => {
      if (over) return;
      over = true;
      const failure = late ? { type: 'timedOut' } as const : failureOf(exit);
      if (move.after === undefined) return end(name, failure);
      forget(name);
      if (failure === undefined) move.after();
      else give({ type: 'moved', name });
    });
    if (over) return;
    if (aborted) running.abort();
    // Told when it has ended: what needs nothing of it any more must not run beside it.
    if (limit !== undefined) {
      move.timer = setTimeout(() => {
        late = true;
        running?.abort();
      }, limit);
    }
  }

  function look(name: string): void {
    const move = moves.get(name);
    const service = supervisor.roster.get(name);
    if (service === undefined) {
      if (move?.direction === 'up') end(name, { type: 'cannotStart', why: 'its service directory has gone' });
      else if (move !== undefined) end(name);
      return give({ type: 'forgotten', name });
    }
    const { place, lasting } = at(name);
    const kind = kindOf(service);
    switch (place) {
      case 'down':
        if (kind === 'ready' || kind === 'coming') give({ type: 'rose', name, ready: kind === 'ready' });
        return;
      case 'ready': case 'fallen':
        if (kind === 'ready') return place === 'fallen' ? give({ type: 'rose', name, ready: true }) : undefined;
        if (kind !== 'coming') return give({ type: 'fell', name, to: kind === 'leaving' ? 'falling' : 'down' });
        if (place === 'ready') give({ type: 'fell', name, to: 'fallen' });
        if (service.state.name === 'backingOff') give({ type: 'stumbled', name, failure: undefined });
        return;
      case 'rising':
        if (move?.direction !== 'up') return;
        // What cannot be understood has failed without ever being on its way.
        if (kind === 'ready' || kind === 'coming' || isFaulty(service)) seen(move);
        if (!move.begun) return;
        if (kind === 'ready') return end(name);
        if (kind === 'at rest' || kind === 'leaving') return end(name, { type: 'cannotStart', why: whyNotUp(service) });
        if (service.state.name !== 'backingOff') return;
        if (reached('ready', service) !== 'failed') return give({ type: 'stumbled', name, failure: undefined });
        // Nobody waits for it for ever who asked once; what is to be there goes on being tried.
        if (lasting) return give({ type: 'stumbled', name, failure: { type: 'cannotStart', why: whyNotUp(service) } });
        return giveUp(name, { type: 'cannotStart', why: whyNotUp(service) });
      case 'falling':
        if (kind === 'at rest') return move === undefined ? give({ type: 'moved', name }) : end(name);
        if (move !== undefined && (service.wanted === 'down' || kind === 'leaving')) seen(move);
        // Somebody has started it again behind our back.
        if (move?.begun === false || service.wanted === 'down' || kind === 'leaving') return;
        forget(name);
        return give({ type: 'rose', name, ready: kind === 'ready' });
    }
  }

  function seen(move: Move): void {
    if (move.begun) return;
    move.begun = true;
    if (move.direction === 'up') ordered--;
  }

  return {
    begin(name, direction, limit, manner) {
      const run = oneshot(name);
      if (run === undefined) beginService(name, direction, limit, manner);
      else beginOneshot(run, name, direction, limit);
    },
    abort: (name) => moves.get(name)?.abort(),
    look,
    ordered: () => ordered,
    unsaved: () => [...moves.keys()].filter((name) => oneshot(name) !== undefined),
    save: () => [...moves].map(([name, { direction, begun, limitAt }]) => ({ name, direction, begun, limitAt })),
    adopt(saved) {
      for (const { name, direction, begun, limitAt } of saved) {
        expect(name, direction, begun, limitAt === undefined ? undefined : Math.max(0, limitAt - supervisor.now()));
      }
    },
  };
}

/** `coming`: it is to be up and is not ready yet, or not again. `leaving`: it is to be down, and is not yet. */
function kindOf(service: Service): 'at rest' | 'coming' | 'ready' | 'leaving' {
  const { state, wanted, definition } = service;
  const isOneshot = definition.policy.kind === 'oneshot';
  switch (state.name) {
    case 'down': case 'failed': return 'at rest';
    case 'done': return 'ready';
    case 'running': return !isOneshot && reached('ready', service) === 'yes' ? 'ready' : 'coming';
    case 'backingOff': return 'coming';
    case 'stopping': return wanted === 'down' ? 'leaving' : 'coming';
    // What runs once is wanted down while it runs: its finish belongs to what it does.
    case 'spawning': case 'finishing': return wanted === 'down' && !(isOneshot && state.program === 'finish') ? 'leaving' : 'coming';
  }
}

const isFaulty = ({ state }: Service): boolean => state.name === 'failed' && state.why === 'wrong definition';

function failureOf(exit: Exit): ChangeFailure | undefined {
  if ('signal' in exit) return { type: 'crashed', signal: exit.number };
  return exit.code === 0 ? undefined : { type: 'exited', code: exit.code };
}

function whyNotUp({ state }: Service): string {
  switch (state.name) {
    case 'failed': return state.why === 'finish asked for it' ? 'its finish script said that it cannot run' : `it has failed (${state.why})`;
    case 'backingOff': return 'its run cannot be started';
    default: return 'it was stopped, or has ended, before it was ready';
  }
}
