/**
 * THE dependency engine's map: who needs whom, what a bundle stands for. Pure, made once from what was written. What is
 * broken in it is left out together with all that needs it, and told; the rest stands.
 */
import { findCycles } from './graph-cycles.ts';
import { nearest } from './messages.ts';

export type NodeKind = 'oneshot' | 'longrun' | 'bundle';

/** One name that can be brought up and down. */
export type Node = Readonly<{
  name: string;
  kind: NodeKind;
  /** What must be up before it is started: services, or bundles for all that they stand for. */
  needs: readonly string[];
  /** What a bundle stands for: services, or other bundles. Empty for the others. */
  contents: readonly string[];
  /** Not brought down unless that is forced (spec 5.2, flag-essential). */
  essential: boolean;
  /** Milliseconds to come up and to go down; undefined: no limit. */
  timeoutUp: number | undefined;
  timeoutDown: number | undefined;
}>;

/** Something that was left out, and why. */
export type Fault =
  | { type: 'twice'; name: string }
  /** `of`: whose file names `target`. */
  | { type: 'unknown'; of: string; field: 'needs' | 'contents'; target: string; near: string | undefined }
  /** Each needs the next, the last one the first. */
  | { type: 'cycle'; field: 'needs' | 'contents'; path: readonly string[] }
  /** It needs something that was left out. */
  | { type: 'lost'; name: string; needs: string };

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
  /** These services and all that they need, or all that need them. */
  closure(services: Iterable<string>, direction: 'needs' | 'neededBy'): ReadonlySet<string>;
}>;

const NONE: ReadonlySet<string> = new Set();

export function buildGraph(given: readonly Node[]): { graph: Graph; faults: Fault[] } {
  const faults: Fault[] = [];
  const nodes = new Map<string, Node>();
  for (const node of given) {
    if (nodes.has(node.name)) faults.push({ type: 'twice', name: node.name });
    else nodes.set(node.name, node);
  }
  const known = [...nodes.keys()];
  const isKnown = (of: string, field: 'needs' | 'contents') => (target: string): boolean => {
    if (nodes.has(target)) return true;
    faults.push({ type: 'unknown', of, field, target, near: nearest(target, known) });
    return false;
  };

  // A bundle that lists what is not there stands for the others; a bundle that lists itself, directly or not, does not stand for itself.
  const contents = new Map([...nodes.values()].filter(({ kind }) => kind === 'bundle')
    .map(({ name, contents: listed }) => [name, listed.filter(isKnown(name, 'contents'))]));
  // A knot may hold several circles, of which one is found at a time.
  for (let cycles = findCycles(contents); cycles.length > 0; cycles = findCycles(contents)) {
    for (const path of cycles) {
      faults.push({ type: 'cycle', field: 'contents', path });
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

  const services = [...nodes.values()].filter(({ kind }) => kind !== 'bundle');
  const broken = new Set<string>();
  const needs = new Map<string, ReadonlySet<string>>();
  // A broken member is left out of its bundle, whose dependents need what is left of it; who names it himself is lost.
  const named = new Map<string, ReadonlySet<string>>();
  for (const { name, needs: listed } of services) {
    const found = listed.filter(isKnown(name, 'needs'));
    if (found.length < listed.length) broken.add(name);
    needs.set(name, new Set(found.flatMap((target) => [...expandOne(target)])));
    named.set(name, new Set(found.filter((target) => nodes.get(target)!.kind !== 'bundle')));
  }
  const edges = new Map([...needs].map(([name, targets]) => [name, [...targets]]));
  for (let cycles = findCycles(edges); cycles.length > 0; cycles = findCycles(edges)) {
    for (const path of cycles) {
      faults.push({ type: 'cycle', field: 'needs', path });
      for (const name of path) {
        broken.add(name);
        edges.delete(name);
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
  const neededBy = inverse(needs);
  const standing = (set: Iterable<string>): ReadonlySet<string> => new Set([...set].filter((name) => !broken.has(name)));
  const names = [...nodes.keys()].filter((name) => !broken.has(name)).sort();

  const graph: Graph = {
    node: (name) => (broken.has(name) ? undefined : nodes.get(name)),
    names: () => names,
    expand: (asked) => standing([...asked].flatMap((name) => [...expandOne(name)])),
    needsOf: (service) => (broken.has(service) ? NONE : standing(needs.get(service) ?? NONE)),
    neededBy: (service) => standing(neededBy.get(service) ?? NONE),
    closure(from, direction) {
      const reached = new Set(standing(from));
      for (const name of reached) for (const next of graph[direction === 'needs' ? 'needsOf' : 'neededBy'](name)) reached.add(next);
      return reached;
    },
  };
  return { graph, faults };
}

function inverse(needs: ReadonlyMap<string, ReadonlySet<string>>): Map<string, Set<string>> {
  const result = new Map<string, Set<string>>();
  for (const [name, targets] of needs) {
    for (const target of targets) {
      const dependents = result.get(target);
      if (dependents === undefined) result.set(target, new Set([name]));
      else dependents.add(name);
    }
  }
  return result;
}

/** What was left out, as a sentence without the file, which only the reader of the sources knows. */
export function faultText(fault: Fault): string {
  switch (fault.type) {
    case 'twice': return `${fault.name} is defined twice; the first definition counts`;
    case 'unknown':
      return `${fault.of} ${fault.field === 'needs' ? 'needs' : 'contains'} ${fault.target}, which does not exist`
        + (fault.near === undefined ? '' : `; did you mean "${fault.near}"?`);
    case 'cycle': return `${[...fault.path, fault.path[0]].join(` ${fault.field === 'needs' ? 'needs' : 'contains'} `)}: none of them can come first`;
    case 'lost': return `${fault.name} needs ${fault.needs}, which was left out`;
  }
}
