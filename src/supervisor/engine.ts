/** Keeps what core/order.ts says of each name, and performs what it orders; one event that causes others queues them. */
import { changeLines } from '../core/change-messages.ts';
import type { Graph, Node } from '../core/graph.ts';
import type { SavedOrder } from '../core/persist/life.ts';
import { AT_REST, orderStep, type OrderEffect, type OrderEvent, type Standing, type View } from '../core/order.ts';
import type { Line } from '../core/overlay-messages.ts';
import { createMoves, type Manner, type Oneshot } from './moves.ts';
import { createRequests, type Requests } from './requests.ts';
import type { Supervisor } from './supervisor.ts';

/** What s6-rc's sources bring: nodes that stand, and how those of them that are oneshots run. */
export type Sources = Readonly<{
  nodes: readonly Node[];
  oneshot: Oneshot;
  say(lines: readonly Line[]): void;
}>;

export type EngineOptions = Readonly<{
  supervisor: Supervisor;
  graph(): Graph;
  /** It is not to be started yet. */
  held(name: string): boolean;
  failed(where: string, error: unknown): void;
  /** A service is not there any more. */
  forgotten(): void;
}>;

export type Engine = Readonly<{
  at(name: string): Standing;
  view: View;
  /** All that is or has been somewhere. */
  standings: ReadonlyMap<string, Standing>;
  put(event: OrderEvent): void;
  requests: Requests;
  define(sources: Sources): void;
  sources(): ReadonlyMap<string, Node>;
  /** A oneshot or bundle of sources: a directory may have its name, that is another thing. */
  isOneshot(name: string): boolean;
  say(lines: readonly Line[]): void;
  /** How the next move of a name is made; undefined: as ordered. */
  manner(name: string, manner: Manner | undefined): void;
  /** Starts that are ordered and have not begun yet. */
  ordered(): number;
  /** Oneshots that run just now, and could not be taken over. */
  unsaved(): string[];
  save(): Omit<SavedOrder, 'selected'>;
  /** What stood when an earlier life ended; how oneshots run is said by `define`, later. */
  adopt(saved: SavedOrder): void;
}>;

export function createEngine({ supervisor, graph, held, failed, forgotten }: EngineOptions): Engine {
  const standings = new Map<string, Standing>();
  const manners = new Map<string, Manner>();
  let sources: ReadonlyMap<string, Node> = new Map();
  let oneshot: Oneshot | undefined;
  let say: Sources['say'] = () => undefined;

  const at = (name: string): Standing => standings.get(name) ?? AT_REST;
  const view: View = { get graph() { return graph(); }, at, held };
  const requests = createRequests();
  const queue: (OrderEvent | { type: 'look'; name: string })[] = [];
  let draining = false;

  /** What comes while something is being performed waits: everybody sees what is known when it is his turn. */
  function put(item: (typeof queue)[number]): void {
    queue.push(item);
    if (draining) return;
    draining = true;
    for (let i = 0; i < queue.length; i++) {
      try {
        take(queue[i]!);
      } catch (error) {
        failed(`the order of services (${queue[i]!.type})`, error);
      }
    }
    queue.length = 0;
    draining = false;
  }

  function take(item: (typeof queue)[number]): void {
    if (item.type === 'look') return moves.look(item.name);
    tell(item);
    const step = orderStep(view, item);
    for (const [name, standing] of step.standings) standings.set(name, standing);
    if (item.type === 'forgotten') {
      standings.delete(item.name);
      forgotten();
    }
    for (const effect of step.effects) perform(effect);
  }

  function perform(effect: OrderEffect): void {
    const { name, direction } = effect;
    switch (effect.type) {
      case 'move': {
        if (sources.has(name)) say([changeLines.moving(name, direction)]);
        const manner = manners.get(name) ?? 'ordered';
        manners.delete(name);
        try {
          return moves.begin(name, direction, effect.limit, manner);
        } catch (error) {
          failed(`the start or stop of ${name}`, error);
          return put({ type: 'failed', name, failure: { type: 'cannotStart', why: 'n6 has made a mistake, which its log tells' }, stopping: false });
        }
      }
      case 'abort': return moves.abort(name);
      case 'settled': return requests.settled(effect);
    }
  }

  /** What s6-rc prints, for what is of s6-rc. */
  function tell(event: OrderEvent): void {
    if ((event.type !== 'moved' && event.type !== 'failed') || !sources.has(event.name)) return;
    const { name } = event;
    const { place, goal } = at(name);
    const direction = place === 'rising' ? 'up' : 'down';
    if (event.type === 'failed') say([changeLines.failed(name, direction, event.failure)]);
    else if (direction === 'up' || goal !== undefined) say([changeLines.moved(name, direction)]);
  }

  const isOneshot = (name: string): boolean => sources.has(name) && sources.get(name)!.kind !== 'longrun';
  const moves = createMoves({
    supervisor, at, give: put,
    oneshot: (name) => (isOneshot(name) ? oneshot : undefined),
    lookLater: (name) => put({ type: 'look', name }),
  });
  supervisor.watch((name) => {
    // A directory may have the name of a oneshot: that is another thing.
    if (!isOneshot(name)) put({ type: 'look', name });
  });

  return {
    at, view, standings, put, requests, isOneshot,
    define(given) {
      sources = new Map(given.nodes.map((node) => [node.name, node]));
      ({ oneshot, say } = given);
    },
    sources: () => sources,
    say: (lines) => say(lines),
    manner: (name, manner) => void (manner === undefined ? manners.delete(name) : manners.set(name, manner)),
    ordered: () => moves.ordered(),
    unsaved: () => moves.unsaved(),
    save: () => ({ standings: [...standings], moves: moves.save(), manners: [...manners], nodes: [...sources.values()] }),
    adopt(saved) {
      sources = new Map(saved.nodes.map((node) => [node.name, node]));
      for (const [name, standing] of saved.standings) standings.set(name, standing);
      for (const [name, manner] of saved.manners) manners.set(name, manner);
      moves.adopt(saved.moves);
    },
  };
}
