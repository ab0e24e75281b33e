import type { N6 } from '../../client/client.ts';
import { NoSuchService } from '../../client/errors.ts';
import { select } from '../../control/glob.ts';
import { SVC_EXIT } from '../../core/exit-codes.ts';
import { JSON_OPTION, type Command } from '../command.ts';
import { nodesOf } from '../dependencies.ts';
import { COLOURS } from '../listing.ts';
import { isKnownIn, nameOf } from '../names.ts';
import { present, WATCH_OPTION, type View } from '../present.ts';
import { reach } from '../reach.ts';
import { noServices } from '../sentences.ts';
import { closureOf, drawTrees, rootsOf, strokesFor } from '../tree.ts';

/** `svc tree [NAME…]`: what depends on what, and how it is. */
export const tree: Command = {
  name: 'tree',
  operand: { label: 'NAME', least: 0, many: true },
  sentence: 'show services with what they depend on, and their states',
  options: { ...WATCH_OPTION, ...JSON_OPTION },
  examples: [
    { line: 'svc tree', sentence: 'every service; begins with those that nothing depends on' },
    { line: 'svc tree web', sentence: 'one, and all that it needs' },
  ],
  async run(invocation) {
    const n6 = await reach(invocation);
    return present(invocation, n6, () => look(n6, invocation.words));
  },
};

async function look(n6: N6, words: readonly string[]): Promise<View<'tree'>> {
  const nodes = await nodesOf(n6);
  const { selected, unmatched } = select(nodes, words.map((word) => nameOf(word, isKnownIn(nodes))));
  if (unmatched.length > 0) throw new NoSuchService(unmatched);
  const roots = words.length === 0 ? rootsOf(nodes) : selected.map(({ name }) => name);
  const shown = closureOf(nodes, words.length === 0 ? nodes.map(({ name }) => name) : roots);
  const none = nodes.length === 0 ? noServices((await n6.supervisor()).directory) : undefined;
  return {
    document: { roots, nodes: nodes.filter(({ name }) => shown.has(name)) },
    text: ({ paint }) => none ?? drawTrees(nodes, roots, strokesFor(process.env), (state, text) => paint(COLOURS[state], text)).join('\n'),
    code: SVC_EXIT.done.code,
  };
}
