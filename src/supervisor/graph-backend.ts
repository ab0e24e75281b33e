/** The dependency graph, and changes of what is up, as the doors see them. */
import type { ChangeAnswer, GraphBackend, GraphNode } from '../control/backend.ts';
import type { ChangeOutcome } from '../core/change.ts';
import { whyFailed } from '../core/change-messages.ts';
import type { Changes } from './changes.ts';

export function graphBackend(changes: Changes): GraphBackend {
  const { graph } = changes;

  function nodes(): GraphNode[] {
    const up = new Set(changes.up());
    return graph.names().map((name) => {
      const { kind } = graph.node(name)!;
      const services = [...graph.expand([name])].sort();
      return {
        name, kind,
        up: services.every((service) => up.has(service)),
        contents: kind === 'bundle' ? services : [],
        needs: kind === 'bundle' ? [] : [...graph.needsOf(name)].sort(),
        neededBy: kind === 'bundle' ? [] : [...graph.neededBy(name)].sort(),
        wants: [],
        after: [],
      };
    });
  }

  return {
    nodes,
    busy: () => changes.busy(),
    async change({ direction, names, timeout, force, prune, dry }) {
      const others = prune ? changes.others(names, direction) : [];
      const away = direction === 'up' ? 'down' : 'up';
      if (dry) {
        return answer([...changes.affected({ direction: away, names: others, force }), ...changes.affected({ direction, names, force })], []);
      }
      const before = new Set(changes.up());
      const limit = timeout === undefined ? {} : { timeout };
      const outcomes = [
        ...(others.length === 0 ? [] : [await changes.change({ direction: away, names: others, force, ...limit })]),
        await changes.change({ direction, names, force, ...limit }),
      ];
      const after = new Set(changes.up());
      return answer([...new Set([...before, ...after])].filter((name) => before.has(name) !== after.has(name)).sort(), outcomes);
    },
  };
}

function answer(moved: readonly string[], outcomes: readonly ChangeOutcome[]): ChangeAnswer {
  return {
    ok: outcomes.every(({ ok }) => ok),
    timedOut: outcomes.some(({ timedOut }) => timedOut),
    moved,
    failed: outcomes.flatMap(({ failed }) => [...failed].map(([name, failure]) => ({ name, why: whyFailed(failure) }))),
    skipped: outcomes.flatMap(({ skipped }) => skipped),
  };
}
