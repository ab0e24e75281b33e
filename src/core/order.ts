/**
 * In which order services go up and down, as a pure function like a service's life: orderStep(view, event) gives what is
 * different now, and what is to be done. Level-triggered: nothing is planned; each event makes those look again whose gate
 * may have opened by it, so that one costs no more than the neighbours of a name, and asks may come at any time.
 */
import { AT_REST, type ChangeFailure, type Direction, type OrderEffect, type OrderEvent, type Standing, type View } from './order-events.ts';
import { lacksNeed, mayFall, mayRise, waits } from './order-gates.ts';

export { AT_REST, type ChangeFailure, type Direction, type OrderEffect, type OrderEvent, type Standing, type View } from './order-events.ts';

export type OrderStep = Readonly<{ standings: ReadonlyMap<string, Standing>; effects: readonly OrderEffect[] }>;

export function orderStep(view: View, event: OrderEvent): OrderStep {
  const turn = newTurn(view);
  const act = table[event.type] as (turn: Turn, event: OrderEvent) => void;
  act(turn, event);
  return { standings: turn.standings, effects: turn.effects };
}

/** What one event leads to, while that is being found out. */
type Turn = View & Readonly<{
  standings: Map<string, Standing>;
  effects: OrderEffect[];
  set(name: string, changes: Partial<Standing>): void;
  settle(name: string, direction: Direction, result: 'done' | 'skipped'): void;
  fail(name: string, direction: Direction, failure: ChangeFailure): void;
}>;

function newTurn({ graph, at: before, held }: View): Turn {
  const standings = new Map<string, Standing>();
  const effects: OrderEffect[] = [];
  const at = (name: string): Standing => standings.get(name) ?? before(name);
  return {
    graph, at, standings, effects, ...(held === undefined ? {} : { held }),
    set: (name, changes) => void standings.set(name, { ...at(name), ...changes }),
    settle: (name, direction, result) => void effects.push({ type: 'settled', name, direction, result }),
    fail: (name, direction, failure) => void effects.push({ type: 'settled', name, direction, result: 'failed', failure }),
  };
}

type EventOf<T extends OrderEvent['type']> = Extract<OrderEvent, { type: T }>;

const table: { [T in OrderEvent['type']]: (turn: Turn, event: EventOf<T>) => void } = {
  asked(turn, { direction, names, lasting }) {
    const asked = [...names];
    for (const name of asked) {
      if (direction === 'up') askUp(turn, name, lasting);
      else askDown(turn, name);
    }
    // After all of them have their goals: each looks at those of the others.
    for (const name of asked) {
      look(turn, name);
      if (direction === 'down') skipDependents(turn, name);
      lookAround(turn, name);
    }
  },

  moved(turn, { name }) {
    const { place, goal } = turn.at(name);
    if (place === 'rising') isReady(turn, name);
    if (place !== 'falling') return;
    turn.set(name, { place: 'down', goal: goal === 'up' ? 'up' : undefined });
    if (goal !== 'up') turn.settle(name, 'down', 'done');
    look(turn, name);
    lookAround(turn, name);
  },

  failed(turn, { name, failure, stopping }) {
    const { place, goal } = turn.at(name);
    if (place === 'falling') {
      // What fails to go down properly is down all the same: everything must be able to end.
      turn.set(name, { place: 'down', goal: goal === 'up' ? 'up' : undefined });
      if (goal !== 'up') turn.fail(name, 'down', failure);
    } else if (place === 'rising') {
      turn.set(name, { place: stopping ? 'falling' : 'down', goal: goal === 'down' && stopping ? 'down' : undefined, lasting: false, failure });
      turn.fail(name, 'up', failure);
      if (goal === 'down' && !stopping) turn.settle(name, 'down', 'done');
      skipDependents(turn, name);
    } else {
      return;
    }
    look(turn, name);
    lookAround(turn, name);
  },

  stumbled(turn, { name, failure }) {
    const { place, failure: before } = turn.at(name);
    if (place !== 'rising' && place !== 'fallen') return;
    stumble(turn, name);
    if (failure === undefined || before !== undefined || place !== 'rising') return;
    turn.set(name, { failure });
    turn.fail(name, 'up', failure);
    skipDependents(turn, name);
  },

  rose(turn, { name, ready }) {
    const { place, goal } = turn.at(name);
    if (place === 'ready' || (place === 'rising' && !ready)) return;
    if (place === 'falling' && goal === 'down') {
      turn.set(name, { goal: undefined });
      turn.settle(name, 'down', 'skipped');
    }
    if (ready) return isReady(turn, name);
    turn.set(name, { place: 'fallen', stumbled: false });
    lookAround(turn, name);
  },

  fell(turn, { name, to }) {
    const { place, goal } = turn.at(name);
    if (place !== 'ready' && place !== 'fallen') return;
    const keepsGoal = to === 'fallen' || (to === 'falling' && goal === 'down');
    turn.set(name, { place: to, stumbled: false, ...(keepsGoal ? {} : { goal: undefined, lasting: false }) });
    if (goal === 'down' && to === 'down') turn.settle(name, 'down', 'done');
    if (goal === 'up' && !keepsGoal) turn.settle(name, 'up', 'skipped');
    if (place === 'ready') restartDependents(turn, name);
    if (!keepsGoal) skipDependents(turn, name);
    lookAround(turn, name);
  },

  aborted(turn, { direction, names }) {
    for (const name of names) {
      const { place, goal, lasting } = turn.at(name);
      if (goal !== direction) continue;
      const moves = direction === 'up' ? place === 'rising' : place === 'falling';
      if (lasting) {
        turn.settle(name, direction, 'skipped');
      } else if (moves) {
        turn.effects.push({ type: 'abort', name, direction });
      } else {
        turn.set(name, { goal: undefined });
        turn.settle(name, direction, 'skipped');
        skipDependents(turn, name);
        lookAround(turn, name);
      }
    }
  },

  forgotten(turn, { name }) {
    const { place, goal } = turn.at(name);
    turn.set(name, AT_REST);
    if (goal !== undefined) turn.settle(name, goal, goal === 'down' ? 'done' : 'skipped');
    if (place === 'ready') restartDependents(turn, name);
    skipDependents(turn, name);
    lookAround(turn, name);
  },

  redrawn(turn, { names }) {
    for (const name of names) look(turn, name);
  },
};

function askUp(turn: Turn, name: string, forGood: boolean): void {
  const { place, goal, lasting, failure } = turn.at(name);
  if (goal === 'down') turn.settle(name, 'down', 'skipped');
  if (turn.graph.node(name) === undefined) {
    // Left out of the graph: it waits for somebody to mend that.
    if (place === 'down') turn.set(name, forGood ? { goal: 'up', lasting: true } : {});
    return turn.settle(name, 'up', 'skipped');
  }
  switch (place) {
    case 'ready': case 'fallen':
      turn.set(name, { goal: undefined, lasting: false });
      return turn.settle(name, 'up', 'done');
    case 'rising':
      turn.set(name, { goal: 'up', lasting: lasting || forGood });
      if (failure !== undefined) turn.fail(name, 'up', failure);
      return;
    case 'falling':
      return turn.set(name, { goal: 'up', lasting: lasting || forGood, failure: undefined });
    case 'down':
      return turn.set(name, { goal: 'up', lasting: lasting || forGood, stumbled: false, failure: undefined });
  }
}

function askDown(turn: Turn, name: string): void {
  const { place, goal } = turn.at(name);
  if (goal === 'up') turn.settle(name, 'up', 'skipped');
  turn.set(name, { goal: place === 'down' ? undefined : 'down', lasting: false, stumbled: false });
  if (place === 'down') turn.settle(name, 'down', 'done');
}

/** Begins what may begin. */
function look(turn: Turn, name: string): void {
  const { place, goal } = turn.at(name);
  const node = turn.graph.node(name);
  if (goal === 'up' && place === 'down') {
    if (!mayRise(turn, name)) {
      if (lacksNeed(turn, name) && !turn.at(name).stumbled) stumble(turn, name);
      return;
    }
    turn.set(name, { place: 'rising', stumbled: false, failure: undefined });
    turn.effects.push({ type: 'move', name, direction: 'up', limit: node?.timeoutUp });
  } else if (goal === 'down' && place !== 'down' && place !== 'falling' && mayFall(turn, name)) {
    turn.set(name, { place: 'falling' });
    turn.effects.push({ type: 'move', name, direction: 'down', limit: node?.timeoutDown });
    if (place === 'ready') restartDependents(turn, name);
  }
}

/** Those whose gates look at this one. */
function lookAround(turn: Turn, name: string): void {
  const { graph } = turn;
  for (const neighbours of [graph.neededBy(name), graph.softBy(name), graph.needsOf(name), graph.softOf(name)]) {
    for (const neighbour of neighbours) look(turn, neighbour);
  }
}

function isReady(turn: Turn, name: string): void {
  const { goal } = turn.at(name);
  turn.set(name, { place: 'ready', goal: goal === 'down' ? 'down' : undefined, lasting: false, stumbled: false, failure: undefined });
  if (goal !== 'down') turn.settle(name, 'up', 'done');
  look(turn, name);
  lookAround(turn, name);
}

/** Stopped now, whoever needs them: they come back when what they need is there again, but for those that are to go anyway. */
function restartDependents(turn: Turn, name: string): void {
  for (const dependent of turn.graph.restartedWith(name)) {
    const { place, goal } = turn.at(dependent);
    if (place === 'down' || place === 'falling') continue;
    turn.set(dependent, { place: 'falling', failure: undefined, ...(goal === 'down' ? {} : { goal: 'up', lasting: true }) });
    turn.effects.push({ type: 'move', name: dependent, direction: 'down', limit: turn.graph.node(dependent)?.timeoutDown });
    if (place === 'ready') restartDependents(turn, dependent);
  }
}

/** This one does not come, at least not soon: all who wait for it are told, and those that were asked for once wait no longer. */
function skipDependents(turn: Turn, name: string): void {
  const seen = new Set([name]);
  for (const one of seen) {
    for (const dependent of turn.graph.neededBy(one)) {
      if (seen.has(dependent) || !waits(turn.at(dependent))) continue;
      seen.add(dependent);
      turn.set(dependent, { stumbled: true, ...(turn.at(dependent).lasting ? {} : { goal: undefined }) });
      turn.settle(dependent, 'up', 'skipped');
      lookAround(turn, dependent);
    }
  }
}

/** Its first try has failed, and with it that of all who wait for it: who only wants one of them goes on. */
function stumble(turn: Turn, name: string): void {
  const seen = new Set([name]);
  for (const one of seen) {
    turn.set(one, { stumbled: true });
    for (const follower of turn.graph.softBy(one)) look(turn, follower);
    for (const dependent of turn.graph.neededBy(one)) if (waits(turn.at(dependent)) && !turn.at(dependent).stumbled) seen.add(dependent);
  }
}
