/**
 * One cycle for each knot of a graph: `edges` leads from a name to the names it points at. Each cycle begins with its
 * alphabetically first name, and each of its names points at the next one, the last at the first.
 */
export function findCycles(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  return knots(edges).map((knot) => cycleIn(knot, edges)).map(fromFirst).sort(([a], [b]) => (a! < b! ? -1 : 1));
}

/** Strongly connected components that are more than a point (Tarjan's algorithm, without recursion: a chain may be long). */
function knots(edges: ReadonlyMap<string, readonly string[]>): Set<string>[] {
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const onStack = new Set<string>();
  const found: Set<string>[] = [];
  for (const root of edges.keys()) {
    if (order.has(root)) continue;
    const work: { name: string; next: number }[] = [];
    const enter = (name: string): void => {
      order.set(name, order.size);
      low.set(name, order.get(name)!);
      stack.push(name);
      onStack.add(name);
      work.push({ name, next: 0 });
    };
    enter(root);
    while (work.length > 0) {
      const frame = work.at(-1)!;
      const target = (edges.get(frame.name) ?? [])[frame.next++];
      if (target !== undefined) {
        if (!order.has(target)) enter(target);
        else if (onStack.has(target)) low.set(frame.name, Math.min(low.get(frame.name)!, order.get(target)!));
        continue;
      }
      work.pop();
      const parent = work.at(-1);
      if (parent !== undefined) low.set(parent.name, Math.min(low.get(parent.name)!, low.get(frame.name)!));
      if (low.get(frame.name) !== order.get(frame.name)) continue;
      const knot = new Set(stack.splice(stack.indexOf(frame.name)));
      for (const name of knot) onStack.delete(name);
      if (knot.size > 1 || (edges.get(frame.name) ?? []).includes(frame.name)) found.push(knot);
    }
  }
  return found;
}

/** Walks inside the knot until a name comes a second time: from there on it is a cycle. */
function cycleIn(knot: ReadonlySet<string>, edges: ReadonlyMap<string, readonly string[]>): string[] {
  const walked: string[] = [];
  let name = [...knot].sort()[0]!;
  while (!walked.includes(name)) {
    walked.push(name);
    name = (edges.get(name) ?? []).find((target) => knot.has(target))!;
  }
  return walked.slice(walked.indexOf(name));
}

function fromFirst(cycle: readonly string[]): string[] {
  const at = cycle.indexOf([...cycle].sort()[0]!);
  return [...cycle.slice(at), ...cycle.slice(0, at)];
}
