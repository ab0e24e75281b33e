/** Plays the order of services by hand: what is asked of the world is kept as words. */
import { ALONE, buildGraph, type Graph, type Node } from '../../src/core/graph.ts';
import { AT_REST, orderStep, type OrderEffect, type OrderEvent, type Standing } from '../../src/core/order.ts';
import { reach, waitsFor } from '../../src/core/order-gates.ts';

export const node = (name: string, needs: string[] = [], fields: Partial<Node> = {}): Node => ({ ...ALONE, name, kind: 'longrun', needs, ...fields });

export type Game = ReturnType<typeof newGame>;

export function newGame(...nodes: Node[]) {
  let graph: Graph = buildGraph(nodes).graph;
  const standings = new Map<string, Standing>();
  const words: string[] = [];
  const view = { get graph() { return graph; }, at: (name: string) => standings.get(name) ?? AT_REST };
  const give = (event: OrderEvent): void => {
    const step = orderStep(view, event);
    for (const [name, standing] of step.standings) standings.set(name, standing);
    words.push(...step.effects.map(wordsOf));
  };
  const ask = (direction: 'up' | 'down', lasting: boolean) => (...names: string[]) =>
    give({ type: 'asked', direction, lasting, names: reach(graph, names, direction) });
  return {
    give,
    up: ask('up', true), once: ask('up', false), down: ask('down', false),
    moved: (name: string) => give({ type: 'moved', name }),
    fails: (name: string, stopping = false) => give({ type: 'failed', name, failure: { type: 'timedOut' }, stopping }),
    fell: (name: string, to: 'fallen' | 'falling' | 'down' = 'fallen') => give({ type: 'fell', name, to }),
    rose: (name: string, ready = true) => give({ type: 'rose', name, ready }),
    redraw(...others: Node[]) {
      graph = buildGraph(others).graph;
      give({ type: 'redrawn', names: [...standings.keys()] });
    },
    /** What it led to since the last look. */
    done: () => words.splice(0),
    at: view.at,
    waitsFor: (name: string) => waitsFor(view, name),
    places: () => [...standings].filter(([, { place }]) => place !== 'down').map(([name, { place }]) => `${name} ${place}`).sort(),
  };
}

function wordsOf(effect: OrderEffect): string {
  switch (effect.type) {
    case 'move': return `${effect.direction === 'up' ? 'start' : 'stop'} ${effect.name}`;
    case 'abort': return `abort ${effect.name}`;
    case 'settled': return `${effect.name} ${effect.direction} ${effect.result}`;
  }
}
