import type { RenderResult } from '../../control/backend.ts';
import { SVC_EXIT } from '../../core/exit-codes.ts';
import { lineDiff } from '../../core/line-diff.ts';
import { nearest } from '../../core/messages.ts';
import { JSON_OPTION, UsageError, type Command } from '../command.ts';
import { printJson } from '../json.ts';
import { reach } from '../reach.ts';
import { noSuchTemplate, NO_TEMPLATES, printable, renderedLine } from '../sentences.ts';
import type { Terminal } from '../terminal.ts';

/** `svc render`: templates made now, or only looked at. The supervisor does it: it knows the members, the services and the environment. */
export const render: Command = {
  name: 'render',
  operand: { label: 'TEMPLATE', least: 0, many: true },
  sentence: 'make the files of templates now, all unless some are named',
  options: {
    'dry-run': { sentence: 'render and check, install nothing' },
    'diff': { sentence: 'the same, and show what would change' },
    ...JSON_OPTION,
  },
  examples: [
    { line: 'svc render haproxy --diff', sentence: 'what an edited template would change, and whether its check passes' },
    { line: 'svc render', sentence: 'all of them, without waiting for quiet; exit code 1 if one is refused' },
  ],
  async run(invocation) {
    const { words, options, terminal } = invocation;
    const dry = options['dry-run'] === true || options['diff'] === true;
    if (options['diff'] === true && options['json'] === true) throw new UsageError('render takes --diff or --json, not both', 'render');
    const n6 = await reach(invocation);
    const known = (await n6.templates()).map(({ name }) => name);
    const unknown = words.filter((word) => !known.includes(word));
    for (const word of unknown) terminal.complain(noSuchTemplate(word, nearest(word, known)));
    if (unknown.length > 0) return SVC_EXIT.noSuchService.code;
    const results = known.length === 0 ? [] : await n6.render(words, { dry });
    if (options['json'] === true) printJson<'render'>(terminal, { templates: results });
    else if (results.length === 0) terminal.print(NO_TEMPLATES);
    else for (const result of results) show(result, options['diff'] === true, terminal);
    return results.some(({ outcome }) => outcome === 'failed') ? SVC_EXIT.notFulfilled.code : SVC_EXIT.done.code;
  },
};

function show(result: RenderResult, diff: boolean, terminal: Terminal): void {
  const { outcome, output, content, current } = result;
  if (outcome === 'failed') {
    terminal.complain([renderedLine(result), ...(output.includes('\n') ? output.split('\n').map((line) => `  ${printable(line)}`) : [])].join('\n'));
  } else {
    terminal.print(renderedLine(result));
  }
  if (!diff || content === null || content === current) return;
  terminal.print(lineDiff(current ?? '', content).map((line) => coloured(printable(line), terminal)).join('\n'));
}

const coloured = (line: string, terminal: Terminal): string =>
  (line.startsWith('+') ? terminal.paint('green', line) : line.startsWith('-') ? terminal.paint('red', line) : line);
