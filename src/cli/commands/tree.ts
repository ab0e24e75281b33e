import { NoSuchService } from '../../client/errors.ts';
import { select } from '../../control/glob.ts';
import { SVC_EXIT } from '../../core/exit-codes.ts';
import { JSON_OPTION, type Command } from '../command.ts';
import { nodesOf } from '../dependencies.ts';
import { printJson } from '../json.ts';
import { COLOURS } from '../listing.ts';
import { isKnownIn, nameOf } from '../names.ts';
import { reach } from '../reach.ts';
import { noServices } from '../sentences.ts';
import { closureOf, drawTrees, rootsOf, strokesFor } from '../tree.ts';

/** `svc tree [NAME…]`: what depends on what, and how it is. */
export const tree: Command = {
  name: 'tree',
  operand: { label: 'NAME', least: 0, many: true },
  sentence: 'show services with what they depend on, and their states',
  options: JSON_OPTION,
  examples: [
    { line: 'svc tree', sentence: 'every service; begins with those that nothing depends on' },
    { line: 'svc tree web', sentence: 'one, and all that it needs' },
  ],
  async run(invocation) {
    const { words, options, terminal } = invocation;
    const n6 = await reach(invocation);
    const nodes = await nodesOf(n6);
    const { selected, unmatched } = select(nodes, words.map((word) => nameOf(word, isKnownIn(nodes))));
    if (unmatched.length > 0) throw new NoSuchService(unmatched);
    const roots = words.length === 0 ? rootsOf(nodes) : selected.map(({ name }) => name);
    const shown = closureOf(nodes, words.length === 0 ? nodes.map(({ name }) => name) : roots);
    if (options['json'] === true) printJson(terminal, { roots, nodes: nodes.filter(({ name }) => shown.has(name)) });
    else if (nodes.length === 0) terminal.print(noServices((await n6.supervisor()).directory));
    else terminal.print(drawTrees(nodes, roots, strokesFor(process.env), (state, text) => terminal.paint(COLOURS[state], text)).join('\n'));
    return SVC_EXIT.done.code;
  },
};
