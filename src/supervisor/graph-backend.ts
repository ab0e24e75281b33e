/** The dependency graph, and changes of what is up, as the doors see them. */
import type { ChangeAnswer, GraphBackend, GraphNode } from '../control/backend.ts';
import { whyFailed } from '../core/change-messages.ts';
import type { Changes } from './changes.ts';
import type { ChangeOutcome } from './requests.ts';

export function graphBackend(changes: Changes): GraphBackend {
  function nodes(): GraphNode[] {
    const graph = changes.graph();
    return graph.names().map((name) => {
      const { kind } = graph.node(name)!;
      const services = [...graph.expand([name])].sort();
      const listed = (names: ReadonlySet<string>): string[] => (kind === 'bundle' ? [] : [...names].sort());
      return {
        name, kind,
        source: changes.isSource(name) ? 's6-rc' : 'services',
        up: services.every((service) => changes.isUp(service)),
        contents: kind === 'bundle' ? services : [],
        needs: listed(graph.needsOf(name)),
        neededBy: listed(graph.neededBy(name)),
        wants: listed(graph.wantsOf(name)),
        after: listed(graph.afterOf(name)),
      };
    });
  }

  const up = (): Set<string> => new Set(changes.graph().names().filter((name) => changes.graph().node(name)!.kind !== 'bundle' && changes.isUp(name)));

  return {
    nodes,
    busy: () => changes.busy(),
    async change({ direction, names, timeout, force, prune, dry }) {
      const others = prune ? changes.others(names, direction) : [];
      const away = direction === 'up' ? 'down' : 'up';
      if (dry) {
        return answer([...changes.affected({ direction: away, names: others, force }), ...changes.affected({ direction, names, force })], []);
      }
      const before = up();
      const limit = timeout === undefined ? {} : { timeout };
      const outcomes = [
        ...(others.length === 0 ? [] : [await changes.change({ direction: away, names: others, force, ...limit })]),
        await changes.change({ direction, names, force, ...limit }),
      ];
      const after = up();
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
