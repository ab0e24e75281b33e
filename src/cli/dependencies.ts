/** Who depends on whom, for `svc tree` and `svc graph`. */
import type { ShownNode } from '../control/protocol.ts';
import type { N6 } from '../client/client.ts';
import { Refused } from '../control/client-errors.ts';
import { isUp } from '../control/health.ts';

/** THE list of what one service may say of another, in the order in which they are shown. */
export const EDGE_KINDS = ['needs', 'wants', 'after'] as const;
export type EdgeKind = (typeof EDGE_KINDS)[number];
export type Edge = Readonly<{ to: string; kind: EdgeKind | 'contents' }>;

/** In order of names. Where nothing has dependencies, every service is there, without any. */
export async function nodesOf(n6: N6): Promise<readonly ShownNode[]> {
  try {
    return await n6.graph();
  } catch (error) {
    if (!(error instanceof Refused) || error.problem.code !== 'no-graph') throw error;
    return (await n6.services()).map(({ name, state }): ShownNode => ({
      name, kind: 'longrun', source: 'services', up: isUp({ state }), contents: [], needs: [], neededBy: [], wants: [], after: [], state,
    }));
  }
}

/** What a name leads to; one that is named in several ways is there once, in the strongest. */
export function edgesOf(node: ShownNode): Edge[] {
  const seen = new Set<string>();
  const contents = node.contents.map((to): Edge => ({ to, kind: 'contents' }));
  const others = EDGE_KINDS.flatMap((kind) => node[kind].map((to): Edge => ({ to, kind })));
  return [...contents, ...others].filter(({ to }) => !seen.has(to) && seen.add(to));
}
