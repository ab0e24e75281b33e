import type { GraphNode } from '../../src/control/backend.ts';

/** A node of the graph, but for what the test says. */
export const node = (name: string, change: Partial<GraphNode> = {}): GraphNode => ({
  name, kind: 'longrun', up: true, contents: [], needs: [], neededBy: [], wants: [], after: [], state: 'ready', ...change,
});
