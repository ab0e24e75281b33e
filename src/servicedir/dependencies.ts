/** How the services of a directory belong together, told offline: names that nobody has, circles. */
import type { Definition } from '../core/definition.ts';
import { ALONE, buildGraph, type Node } from '../core/graph.ts';
import type { Problem } from '../core/messages.ts';

const KEYS = ['needs', 'wants', 'after'] as const;
type Key = (typeof KEYS)[number];

/** `place`: where a key of a service is written. `others`: names that are there, too, such as those of s6-rc. */
export function dependencyProblems(
  definitions: readonly Definition[], place: (service: string, key: string) => string, others: readonly string[] = [],
): Problem[] {
  const targets = new Map(definitions.map(({ name, policy }) => [name, {
    needs: policy.needs.map((need) => need.name), wants: policy.wants, after: policy.after,
  }]));
  // All three say what is first: a circle of any of them has no beginning.
  const nodes = [...targets].map(([name, listed]): Node => node(name, KEYS.flatMap((key) => listed[key]).filter((target) => target !== name)));
  const { faults } = buildGraph([...nodes, ...others.filter((name) => !targets.has(name)).map((name) => node(name, []))]);
  const keyOf = (service: string, target: string): Key => KEYS.find((key) => targets.get(service)?.[key].includes(target)) ?? 'needs';
  return faults.flatMap((fault): Problem[] => {
    if (fault.type === 'unknown') {
      const { of, target, near } = fault;
      const key = keyOf(of, target);
      const remedy = near === undefined ? `there is none of that name; create it, or take it out of ${key}` : `did you mean "${near}"?`;
      return [{ service: of, file: place(of, key), value: target, expected: `${key} to name a service that is there`, remedy }];
    }
    if (fault.type !== 'cycle') return [];
    const [first] = fault.path as readonly [string, ...string[]];
    const steps = fault.path.map((name, i) => ({ name, target: fault.path[(i + 1) % fault.path.length]! }));
    const written = steps.map(({ name, target }) => `${name} ${keyOf(name, target)} ${target}`).join(', ');
    const key = keyOf(first, steps[0]!.target);
    return [{ service: first, file: place(first, key), value: written, expected: 'an order in which one of them is first', remedy: 'take one of these out' }];
  });
}

const node = (name: string, needs: readonly string[]): Node => ({ ...ALONE, name, kind: 'longrun', needs });
