import type { ShownNode } from '../../src/control/protocol.ts';
import { serve, type Served } from '../control/serve.ts';

/** A node of the graph, but for what the test says. */
export const node = (name: string, change: Partial<ShownNode> = {}): ShownNode => ({
  name, kind: 'longrun', source: 'services', up: true, contents: [], needs: [], neededBy: [], wants: [], after: [], state: 'ready', ...change,
});

/** Serves these names; those that are no bundles are services in their states. */
export async function serveGraph(nodes: readonly ShownNode[]): Promise<Served> {
  const served = await serve();
  served.backend.nodes = [...nodes];
  for (const { name, kind, state } of nodes) if (kind !== 'bundle') served.backend.set(name, { state });
  return served;
}
