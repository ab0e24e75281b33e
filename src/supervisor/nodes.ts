/** The nodes of the graph: what s6-rc's sources say and what services themselves say, together. */
import type { Field, Node } from '../core/graph.ts';
import { ALONE } from '../core/graph.ts';
import { faultProblem, type Fault } from '../core/graph-faults.ts';
import type { Problem } from '../core/messages.ts';
import type { Service } from '../core/state.ts';
import type { Roster } from './roster.ts';

/** A name that sources have is theirs; what a longrun of theirs says itself comes on top. */
export function nodesOf(services: readonly Service[], sources: ReadonlyMap<string, Node>): Node[] {
  const nodes: Node[] = [];
  const merged = new Set<string>();
  for (const { definition, nextDefinition } of services) {
    const { name, policy } = nextDefinition ?? definition;
    const source = sources.get(name);
    if (source !== undefined && source.kind !== 'longrun') continue;
    merged.add(name);
    const { needs, wants, after } = policy;
    if (source !== undefined && needs.length + wants.length + after.length === 0) nodes.push(source);
    else {
      nodes.push({
        ...source ?? { ...ALONE, name, kind: policy.kind },
        needs: [...source?.needs ?? [], ...needs.map(({ name: need }) => need)],
        restarts: needs.filter(({ restart }) => restart).map(({ name: need }) => need),
        wants, after,
      });
    }
  }
  for (const source of sources.values()) if (!merged.has(source.name)) nodes.push(source);
  return nodes;
}

/** Those of s6-rc's sources have been told when they were read: what is told here is what services say. */
export const problemsOf = (faults: readonly Fault[], roster: Roster): Problem[] => faults.map((fault) => faultProblem(fault, (name: string, field?: Field) => {
  const directory = roster.get(name)?.definition.directory ?? name;
  return field === 'contents' ? directory : `${directory}/service.yaml`;
}));
