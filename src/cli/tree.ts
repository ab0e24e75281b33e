/** Services as trees of what they depend on. Pure. */
import type { ShownNode } from '../control/protocol.ts';
import type { PublicState } from '../core/status.ts';
import { edgesOf, type Edge } from './dependencies.ts';

export type Strokes = Readonly<{ branch: string; last: string; through: string; blank: string; again: string }>;
export const UNICODE: Strokes = { branch: '├─ ', last: '└─ ', through: '│  ', blank: '   ', again: ' …' };
export const ASCII: Strokes = { branch: '|- ', last: '`- ', through: '|  ', blank: '   ', again: ' ...' };

/** By the variables that decide for every program (locale(7), "LC_ALL"). */
export function strokesFor(environment: Readonly<Record<string, string | undefined>>): Strokes {
  const locale = [environment['LC_ALL'], environment['LC_CTYPE'], environment['LANG']].find((value) => value !== undefined && value !== '') ?? '';
  return /utf-?8/i.test(locale) ? UNICODE : ASCII;
}

/**
 * A tree for each of `roots`. Everything is shown with what it depends on once; where it comes again, a mark says that it is
 * above. Names that are not in `nodes` are left out.
 */
export function drawTrees(
  nodes: readonly ShownNode[], roots: readonly string[], strokes: Strokes, paint: (state: PublicState, text: string) => string,
): string[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const shown = new Set<string>();
  const lines: string[] = [];

  /** What a line says after its strokes, and what is still to be drawn below it. */
  function draw(node: ShownNode, kind: Edge['kind'] | undefined): Edge[] {
    const edges = edgesOf(node).filter(({ to }) => byName.has(to));
    const again = shown.has(node.name);
    shown.add(node.name);
    const mark = kind === 'wants' || kind === 'after' ? `  (${kind})` : '';
    const state = node.kind === 'bundle' ? 'bundle' : paint(node.state, node.state);
    lines[lines.length - 1] += `${node.name}  ${state}${mark}${again && edges.length > 0 ? strokes.again : ''}`;
    return again ? [] : edges;
  }

  // Not by recursion: a chain may be longer than the stack.
  type Work = { node: ShownNode; edge: Edge['kind'] | undefined; lead: string; below: string };
  for (const root of roots) {
    const first = byName.get(root);
    const work: Work[] = first === undefined || shown.has(root) ? [] : [{ node: first, edge: undefined, lead: '', below: '' }];
    for (let next = work.pop(); next !== undefined; next = work.pop()) {
      const { node, edge, below } = next;
      lines.push(next.lead);
      const edges = draw(node, edge);
      const items = edges.map(({ to, kind }, index): Work => {
        const isLast = index === edges.length - 1;
        const [lead, through] = isLast ? [strokes.last, strokes.blank] : [strokes.branch, strokes.through];
        return { node: byName.get(to)!, edge: kind, lead: below + lead, below: below + through };
      });
      work.push(...items.reverse());
    }
  }
  return lines;
}

/** Where trees begin: what nobody depends on, then, of circles, whatever is not below one of these. Bundles only where they are named. */
export function rootsOf(nodes: readonly ShownNode[]): string[] {
  const services = nodes.filter(({ kind }) => kind !== 'bundle');
  const below = new Set(services.flatMap((node) => edgesOf(node).map(({ to }) => to)));
  const tops = services.map(({ name }) => name).filter((name) => !below.has(name));
  const reached = closureOf(services, tops);
  return [...tops, ...services.map(({ name }) => name).filter((name) => !reached.has(name))];
}

/** These, and all that they depend on. */
export function closureOf(nodes: readonly ShownNode[], names: readonly string[]): ReadonlySet<string> {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const found = new Set(names);
  for (const name of found) for (const { to } of edgesOf(byName.get(name)!)) if (byName.has(to)) found.add(to);
  return found;
}
