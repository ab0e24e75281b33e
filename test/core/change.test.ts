import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { affected, beginChange, changeStep, type Change, type ChangeEffect, type ChangeEvent, type ChangeOutcome } from '../../src/core/change.ts';
import { buildGraph, type Graph, type Node } from '../../src/core/graph.ts';

const service = (name: string, needs: string[] = [], fields: Partial<Node> = {}): Node =>
  ({ name, kind: 'oneshot', needs, contents: [], essential: false, timeoutUp: undefined, timeoutDown: undefined, ...fields });
const graphOf = (...nodes: Node[]): Graph => buildGraph(nodes).graph;

/** Plays a change by hand: what it does is kept as words. */
function play(graph: Graph, direction: 'up' | 'down', names: string[], up: string[] = [], force = false) {
  let change: Change | undefined;
  let outcome: ChangeOutcome | undefined;
  const done: string[] = [];
  const take = (step: { change: Change; effects: ChangeEffect[] }): void => {
    change = step.change;
    for (const effect of step.effects) {
      if (effect.type === 'end') outcome = effect.outcome;
      else done.push(`${effect.type} ${effect.name}`);
    }
  };
  take(beginChange(graph, new Set(up), { direction, names, force }));
  return {
    give: (event: ChangeEvent) => take(changeStep(change!, event)),
    done: () => done.splice(0),
    outcome: () => outcome,
    up: () => [...change!.up].sort(),
    moving: () => [...change!.moving],
  };
}

describe('up', () => {
  const graph = graphOf(service('db'), service('web', ['db']), service('log'), service('proxy', ['web', 'log']));

  test('needs come first, independent ones side by side', () => {
    const game = play(graph, 'up', ['proxy']);
    expect(game.done()).toEqual(['move db', 'move log']);
    game.give({ type: 'moved', name: 'db' });
    expect(game.done()).toEqual(['moved db', 'move web']);
    game.give({ type: 'moved', name: 'web' });
    expect(game.done()).toEqual(['moved web']);
    game.give({ type: 'moved', name: 'log' });
    expect(game.done()).toEqual(['moved log', 'move proxy']);
    game.give({ type: 'moved', name: 'proxy' });
    expect(game.outcome()).toMatchObject({ ok: true, timedOut: false, skipped: [] });
  });

  test('a failure holds up what depends on it, and nothing else (spec 5.7)', () => {
    const game = play(graph, 'up', ['proxy']);
    game.give({ type: 'failed', name: 'db', failure: { type: 'exited', code: 3 } });
    expect(game.outcome()).toBeUndefined();
    game.give({ type: 'moved', name: 'log' });
    expect(game.outcome()).toMatchObject({ ok: false, skipped: ['proxy', 'web'] });
    expect(game.up()).toEqual(['log']);
  });

  test('what is up already is not started again, and with nothing to do it ends at once', () => {
    expect(play(graph, 'up', ['web'], ['db', 'web']).outcome()).toMatchObject({ ok: true });
  });

  test('broken off, it asks what is moving to end, begins nothing new, and ends when that has', () => {
    const game = play(graph, 'up', ['proxy']);
    game.done();
    game.give({ type: 'aborted' });
    expect(game.done()).toEqual(['abort db', 'abort log']);
    game.give({ type: 'moved', name: 'db' });
    expect(game.outcome()).toBeUndefined();
    game.give({ type: 'failed', name: 'log', failure: { type: 'crashed', signal: 15 } });
    expect(game.outcome()).toMatchObject({ ok: false, timedOut: false, skipped: ['proxy', 'web'] });
    expect(game.up()).toEqual(['db']);
  });

  test('out of time is said so', () => {
    const game = play(graph, 'up', ['db']);
    game.give({ type: 'deadlinePassed' });
    game.give({ type: 'failed', name: 'db', failure: { type: 'timedOut' } });
    expect(game.outcome()).toMatchObject({ ok: false, timedOut: true });
  });
});

describe('down', () => {
  const graph = graphOf(service('db', [], { essential: true }), service('web', ['db']), service('proxy', ['web']));

  test('dependents first; what is essential stays unless that is forced', () => {
    const game = play(graph, 'down', ['db'], ['db', 'web', 'proxy']);
    expect(game.done()).toEqual(['move proxy']);
    game.give({ type: 'moved', name: 'proxy' });
    game.give({ type: 'moved', name: 'web' });
    expect(game.outcome()).toMatchObject({ ok: true });
    expect(game.up()).toEqual(['db']);
    expect(affected(graph, new Set(['db']), { direction: 'down', names: ['db'], force: true })).toEqual(['db']);
  });

  test('what fails to go down is down all the same: everything must be able to end', () => {
    const game = play(graph, 'down', ['db'], ['db', 'web', 'proxy'], true);
    game.give({ type: 'failed', name: 'proxy', failure: { type: 'exited', code: 1 } });
    game.give({ type: 'moved', name: 'web' });
    game.give({ type: 'moved', name: 'db' });
    expect(game.outcome()).toMatchObject({ ok: false, skipped: [] });
    expect(game.up()).toEqual([]);
  });
});

test('whatever fails and whenever it is broken off: order is kept, every change ends, nothing moves twice', () => {
  const letters = [...'abcdefg'];
  // Each needs only letters before it, so that there are no circles.
  const needs = fc.tuple(...letters.map((_, i) => fc.subarray(letters.slice(0, i), { maxLength: Math.min(i, 3) })));
  const choices = fc.array(fc.record({ which: fc.nat(), fails: fc.boolean(), breaks: fc.integer({ min: 0, max: 20 }) }), { minLength: 40, maxLength: 40 });
  fc.assert(fc.property(needs, fc.constantFrom('up' as const, 'down' as const), fc.subarray(letters), choices, (all, direction, asked, plan) => {
    const graph = graphOf(...letters.map((name, i) => service(name, all[i])));
    const before = direction === 'down' ? letters : [];
    const game = play(graph, direction, asked, before);
    const moved = new Set<string>();
    for (const { which, fails, breaks } of plan) {
      for (const word of game.done()) {
        const [what, name] = word.split(' ') as [string, string];
        if (what !== 'move') continue;
        expect(moved.has(name)).toBe(false);
        moved.add(name);
        const others = direction === 'up' ? graph.needsOf(name) : graph.neededBy(name);
        for (const other of others) expect(game.up().includes(other)).toBe(direction === 'up');
      }
      if (game.outcome() !== undefined) break;
      if (breaks === 0) game.give({ type: 'aborted' });
      const name = game.moving()[which % Math.max(1, game.moving().length)];
      if (name !== undefined) game.give(fails ? { type: 'failed', name, failure: { type: 'timedOut' } } : { type: 'moved', name });
    }
    expect(game.outcome()).toBeDefined();
  }), { numRuns: 2000 });
});
