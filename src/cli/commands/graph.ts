import { SVC_EXIT } from '../../core/exit-codes.ts';
import { JSON_OPTION, NO_OPERAND, UsageError, type Command, type Option } from '../command.ts';
import { nodesOf } from '../dependencies.ts';
import { dot, mermaid } from '../graph-text.ts';
import { printJson } from '../json.ts';
import { reach } from '../reach.ts';
import { noServices } from '../sentences.ts';

const FORMATS = {
  mermaid: { sentence: 'as a Mermaid flowchart, which many pages draw; the default' },
  dot: { sentence: 'for Graphviz' },
  ...JSON_OPTION,
} as const satisfies Record<string, Option>;

/** `svc graph`: dependencies, to be drawn by others. */
export const graph: Command = {
  name: 'graph',
  operand: NO_OPERAND,
  sentence: 'print dependencies and states as a graph, for Mermaid or Graphviz',
  options: FORMATS,
  examples: [
    { line: 'svc graph', sentence: 'for a page that draws Mermaid' },
    { line: 'svc graph --dot >services.gv', sentence: 'for: dot -Tsvg services.gv' },
  ],
  async run(invocation) {
    const { options, terminal } = invocation;
    const given = Object.keys(FORMATS).filter((format) => options[format] === true);
    if (given.length > 1) throw new UsageError(`graph takes one of ${given.map((format) => `--${format}`).join(', ')}`, 'graph');
    const n6 = await reach(invocation);
    const nodes = await nodesOf(n6);
    if (nodes.length === 0) terminal.complain(noServices((await n6.supervisor()).directory));
    if (given[0] === 'json') printJson<'graph'>(terminal, { nodes });
    else terminal.print(given[0] === 'dot' ? dot(nodes) : mermaid(nodes));
    return SVC_EXIT.done.code;
  },
};
