/** How the services of a directory belong together, told offline: names that nobody has, circles. */
import type { Definition } from '../core/definition.ts';
import { ALONE, buildGraph, type Node } from '../core/graph.ts';
import { faultProblem } from '../core/graph-faults.ts';
import type { Problem } from '../core/messages.ts';

/** `place`: where a key of a service is written. `others`: names that are there, too, such as those of s6-rc. */
export function dependencyProblems(
  definitions: readonly Definition[], place: (service: string, key: string) => string, others: readonly string[] = [],
): Problem[] {
  const own = new Set(definitions.map(({ name }) => name));
  const { faults } = buildGraph([
    ...definitions.map(nodeOf),
    ...others.filter((name) => !own.has(name)).map((name): Node => ({ ...ALONE, name, kind: 'oneshot' })),
  ]);
  // What is lost because of another one is mended with that one.
  return faults.filter(({ type }) => type !== 'lost').map((fault) => faultProblem(fault, (name, field) => (
    place(name, field ?? (fault.type === 'cycle' ? fault.fields[0]! : 'needs'))
  )));
}

/** Without what names itself: the reader of the file tells that, as it does of every mistake in one file. */
function nodeOf({ name, policy }: Definition): Node {
  const others = (targets: readonly string[]): string[] => targets.filter((target) => target !== name);
  return {
    ...ALONE, name, kind: policy.kind, needs: others(policy.needs.map((need) => need.name)), wants: others(policy.wants), after: others(policy.after),
  };
}
