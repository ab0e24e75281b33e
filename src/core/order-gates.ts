/** When may a service go up, when down; whom does an ask concern; what does somebody wait for. */
import type { Graph } from './graph.ts';
import type { Direction, Standing, View } from './order-events.ts';

/** Asked to come up, and not begun. */
export const waits = ({ place, goal }: Standing): boolean => goal === 'up' && (place === 'down' || place === 'falling');

/** Whoever only wants it, or comes after it, waits. */
const isAwaited = (standing: Standing): boolean =>
  (waits(standing) || (standing.place === 'rising' && standing.goal !== 'down')) && !standing.stumbled && standing.failure === undefined;

/** All that it needs is ready, and what it wants or comes after is, too, or does not come soon. */
export function mayRise({ graph, at, held }: View, name: string): boolean {
  if (graph.node(name) === undefined) return false;
  for (const need of graph.needsOf(name)) if (at(need).place !== 'ready') return false;
  for (const target of graph.softOf(name)) if (isAwaited(at(target))) return false;
  // Asked last: it may have something begun.
  return held?.(name) !== true;
}

/** Something that it needs is not there, and does not come, or has tried and failed once. */
export function lacksNeed({ graph, at }: View, name: string): boolean {
  for (const need of graph.needsOf(name)) {
    const { place, goal, stumbled } = at(need);
    if (place !== 'ready' && (stumbled || (goal !== 'up' && (place === 'down' || place === 'falling')))) return true;
  }
  return false;
}

/** Nobody who depends on it and goes down, too, is still there. */
export function mayFall({ graph, at }: View, name: string): boolean {
  for (const dependent of graph.neededBy(name)) if (isLeaving(at(dependent))) return false;
  for (const follower of graph.softBy(name)) if (isLeaving(at(follower))) return false;
  return true;
}

const isLeaving = ({ place, goal }: Standing): boolean => (goal === 'down' && place !== 'down') || (place === 'falling' && goal !== 'up');

/** What keeps a service that is to come up, in order of names; undefined: it does not wait. */
export function waitsFor({ graph, at }: View, name: string): readonly string[] | undefined {
  const standing = at(name);
  if (standing.goal !== 'up' || standing.place !== 'down') return undefined;
  const needs = [...graph.needsOf(name)].filter((need) => at(need).place !== 'ready');
  const others = [...graph.softOf(name)].filter((target) => isAwaited(at(target)));
  return [...new Set([...needs, ...others])].sort();
}

/**
 * All services that an ask for these names, services or bundles, concerns: up, what they need and want; down, what needs
 * them. In order of names. `follows`: false for those that are left alone, with what is only reached through them.
 */
export function reach(graph: Graph, names: readonly string[], direction: Direction, follows: (name: string) => boolean = () => true): string[] {
  const from = names.flatMap((name) => (graph.node(name) === undefined ? [name] : [...graph.expand([name])]));
  if (direction === 'up') return [...new Set([...from, ...graph.closure(from, 'pulls')])].sort();
  const reached = new Set(from);
  for (const name of reached) for (const dependent of graph.neededBy(name)) if (follows(dependent)) reached.add(dependent);
  return [...reached].sort();
}
