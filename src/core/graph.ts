/**
 * THE dependency engine's map: who needs whom, who waits for whom, what a bundle stands for. Pure, made once from what was
 * written. What is broken in it is left out together with all that needs it, and told; the rest stands.
 */
import { findCycles } from './graph-cycles.ts';
import type { Fault } from './graph-faults.ts';
import { nearest } from './messages.ts';

export type NodeKind = 'oneshot' | 'longrun' | 'bundle';

/** One name that can be brought up and down. Whoever is named may be a bundle, which means all that it stands for. */
export type Node = Readonly<{
  name: string;
  kind: NodeKind;
  /** What must be up, and ready where it can say so, before it is started. */
  needs: readonly string[];
  /** Those of `needs` whose end ends this one, too, until they are there again. */
  restarts: readonly string[];
  /** What is started with it, and waited for until it is ready or its first try has failed. */
  wants: readonly string[];
  /** What is waited for in the same way, if it is to be started anyway. */
  after: readonly string[];
  /** What a bundle stands for: services, or other bundles. Empty for the others. */
  contents: readonly string[];
  /** Not brought down unless that is forced (spec 5.2, flag-essential). */
  essential: boolean;
  /** Milliseconds to come up and to go down; undefined: no limit. */
  timeoutUp: number | undefined;
  timeoutDown: number | undefined;
}>;

/** What a node is that says nothing. */
export const ALONE = {
  needs: [], restarts: [], wants: [], after: [], contents: [], essential: false, timeoutUp: undefined, timeoutDown: undefined,
} as const satisfies Partial<Node>;

export type Graph = Readonly<{
  node(name: string): Node | undefined;
  /** Everything that has a name, in order of names. */
  names(): readonly string[];
  /** The services that the names stand for; names that nobody knows stand for nothing. */
  expand(names: Iterable<string>): ReadonlySet<string>;
  /** Services that this one needs directly. */
  needsOf(service: string): ReadonlySet<string>;
  /** Services that need this one directly. */
  neededBy(service: string): ReadonlySet<string>;
  /** Services that this one wants. */
  wantsOf(service: string): ReadonlySet<string>;
  /** Services that this one comes after. */
  afterOf(service: string): ReadonlySet<string>;
  /** Services that it wants or comes after. */
  softOf(service: string): ReadonlySet<string>;
  /** Services that want this one or come after it. */
  softBy(service: string): ReadonlySet<string>;
  /** Services that end with this one and come again with it. */
  restartedWith(service: string): ReadonlySet<string>;
  /** These services and all that they need, all that they need or want, or all that need them. */
  closure(services: Iterable<string>, direction: 'needs' | 'pulls' | 'neededBy'): ReadonlySet<string>;
}>;

type Edges = Map<string, ReadonlySet<string>>;
export type Field = 'needs' | 'wants' | 'after' | 'contents';

const NONE: ReadonlySet<string> = new Set();

export function buildGraph(given: readonly Node[]): { graph: Graph; faults: Fault[] } {
  const faults: Fault[] = [];
  const nodes = new Map<string, Node>();
  for (const node of given) {
    if (nodes.has(node.name)) faults.push({ type: 'twice', name: node.name });
    else nodes.set(node.name, node);
  }
  const isKnown = (of: string, field: Field) => (target: string): boolean => {
    if (nodes.has(target)) return true;
    faults.push({ type: 'unknown', of, field, target, near: nearest(target, [...nodes.keys()].filter((name) => name !== of)) });
    return false;
  };
  const expandOne = expansion(nodes, isKnown, faults);
  const expanded = (targets: readonly string[]): ReadonlySet<string> =>
    (targets.length === 0 ? NONE : new Set(targets.flatMap((target) => [...expandOne(target)])));

  const services = [...nodes.values()].filter(({ kind }) => kind !== 'bundle');
  const broken = new Set<string>();
  const needs: Edges = new Map();
  const wants: Edges = new Map();
  const after: Edges = new Map();
  const restarts: Edges = new Map();
  // A broken member is left out of its bundle, whose dependents need what is left of it; who names it himself is lost.
  const named: Edges = new Map();
  for (const node of services) {
    const { name } = node;
    if (node.needs.length > 0) {
      const found = node.needs.filter(isKnown(name, 'needs'));
      if (found.length < node.needs.length) broken.add(name);
      needs.set(name, expanded(found));
      named.set(name, new Set(found.filter((target) => nodes.get(target)!.kind !== 'bundle')));
      if (node.restarts.length > 0) restarts.set(name, expanded(node.restarts.filter((target) => found.includes(target))));
    }
    if (node.wants.length > 0) wants.set(name, expanded(node.wants.filter(isKnown(name, 'wants'))));
    if (node.after.length > 0) after.set(name, expanded(node.after.filter(isKnown(name, 'after'))));
  }
  const hard = new Map([...needs].map(([name, targets]) => [name, [...targets]]));
  for (let cycles = findCycles(hard); cycles.length > 0; cycles = findCycles(hard)) {
    for (const path of cycles) {
      faults.push({ type: 'cycle', path, fields: path.map(() => 'needs') });
      for (const name of path) {
        broken.add(name);
        hard.delete(name);
      }
    }
  }
  const namedBy = inverse(named);
  for (const name of broken) {
    for (const dependent of namedBy.get(name) ?? NONE) {
      if (broken.has(dependent)) continue;
      faults.push({ type: 'lost', name: dependent, needs: name });
      broken.add(dependent);
    }
  }
  for (const edges of [needs, wants, after, restarts]) leaveOut(edges, broken);
  if (wants.size > 0 || after.size > 0) breakSoftCycles(needs, wants, after, faults);
  const soft: Edges = new Map(services.flatMap(({ name }) => {
    const [first, second] = [wants.get(name) ?? NONE, after.get(name) ?? NONE];
    return first.size + second.size === 0 ? [] : [[name, new Set([...first, ...second])]];
  }));
  const [neededBy, softBy, restartedWith] = [inverse(needs), inverse(soft), inverse(restarts)];
  const names = [...nodes.keys()].filter((name) => !broken.has(name)).sort();

  const graph: Graph = {
    node: (name) => (broken.has(name) ? undefined : nodes.get(name)),
    names: () => names,
    expand: (asked) => new Set([...asked].flatMap((name) => [...expandOne(name)].filter((service) => !broken.has(service)))),
    needsOf: (service) => needs.get(service) ?? NONE,
    neededBy: (service) => neededBy.get(service) ?? NONE,
    wantsOf: (service) => wants.get(service) ?? NONE,
    afterOf: (service) => after.get(service) ?? NONE,
    softOf: (service) => soft.get(service) ?? NONE,
    softBy: (service) => softBy.get(service) ?? NONE,
    restartedWith: (service) => restartedWith.get(service) ?? NONE,
    closure(from, direction) {
      const reached = new Set([...from].filter((name) => !broken.has(name)));
      for (const name of reached) {
        for (const next of graph[direction === 'neededBy' ? 'neededBy' : 'needsOf'](name)) reached.add(next);
        if (direction === 'pulls') for (const next of graph.wantsOf(name)) reached.add(next);
      }
      return reached;
    },
  };
  return { graph, faults };
}

/** A bundle that lists what is not there stands for the others; a bundle that lists itself, directly or not, does not stand for itself. */
function expansion(
  nodes: ReadonlyMap<string, Node>, isKnown: (of: string, field: Field) => (target: string) => boolean, faults: Fault[],
): (name: string) => ReadonlySet<string> {
  const contents = new Map([...nodes.values()].filter(({ kind }) => kind === 'bundle')
    .map(({ name, contents: listed }) => [name, listed.filter(isKnown(name, 'contents'))]));
  // A knot may hold several circles, of which one is found at a time.
  for (let cycles = findCycles(contents); cycles.length > 0; cycles = findCycles(contents)) {
    for (const path of cycles) {
      faults.push({ type: 'cycle', path, fields: path.map(() => 'contents') });
      contents.set(path.at(-1)!, contents.get(path.at(-1)!)!.filter((member) => member !== path[0]));
    }
  }
  const expansions = new Map<string, ReadonlySet<string>>();
  const expandOne = (name: string): ReadonlySet<string> => {
    const done = expansions.get(name);
    if (done !== undefined) return done;
    const node = nodes.get(name);
    if (node === undefined) return NONE;
    const services = node.kind === 'bundle' ? new Set((contents.get(name) ?? []).flatMap((member) => [...expandOne(member)])) : new Set([name]);
    expansions.set(name, services);
    return services;
  };
  return expandOne;
}

function leaveOut(edges: Edges, broken: ReadonlySet<string>): void {
  if (broken.size === 0) return;
  for (const [name, targets] of edges) {
    if (broken.has(name)) edges.delete(name);
    else edges.set(name, new Set([...targets].filter((target) => !broken.has(target))));
  }
}

/** What would wait for itself does not wait: hard edges alone make no circle any more, so each has a soft one, which is dropped. */
function breakSoftCycles(needs: Edges, wants: Edges, after: Edges, faults: Fault[]): void {
  const fieldOf = (name: string, target: string): Field =>
    (needs.get(name)?.has(target) === true ? 'needs' : wants.get(name)?.has(target) === true ? 'wants' : 'after');
  const all = (): Map<string, string[]> => new Map([...new Set([...needs.keys(), ...wants.keys(), ...after.keys()])]
    .map((name) => [name, [...new Set([needs, wants, after].flatMap((edges) => [...edges.get(name) ?? NONE]))]]));
  for (let cycles = findCycles(all()); cycles.length > 0; cycles = findCycles(all())) {
    for (const path of cycles) {
      const targetOf = (index: number): string => path[(index + 1) % path.length]!;
      const fields = path.map((name, index) => fieldOf(name, targetOf(index)));
      faults.push({ type: 'cycle', path, fields });
      for (const [index, name] of path.entries()) {
        if (fields[index] === 'needs') continue;
        for (const edges of [wants, after]) edges.set(name, new Set([...edges.get(name) ?? NONE].filter((target) => target !== targetOf(index))));
      }
    }
  }
}

function inverse(edges: ReadonlyMap<string, ReadonlySet<string>>): Map<string, Set<string>> {
  const result = new Map<string, Set<string>>();
  for (const [name, targets] of edges) {
    for (const target of targets) {
      const dependents = result.get(target);
      if (dependents === undefined) result.set(target, new Set([name]));
      else dependents.add(name);
    }
  }
  return result;
}
