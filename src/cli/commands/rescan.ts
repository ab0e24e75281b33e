import { SVC_EXIT } from '../../core/exit-codes.ts';
import { problemText } from '../../core/messages.ts';
import { JSON_OPTION, NO_OPERAND, type Command } from '../command.ts';
import { printJson } from '../json.ts';
import { reach } from '../reach.ts';

/** `svc rescan`: a broken directory is told and does not stop the others, so it is no failure of the rescan. */
export const rescan: Command = {
  name: 'rescan',
  operand: NO_OPERAND,
  sentence: 'start what is new in the scan directory, stop what has gone',
  options: JSON_OPTION,
  examples: [
    { line: 'svc rescan', sentence: 'after directories were added, edited or removed' },
    { line: 'svc rescan --json', sentence: 'what changed, for programs' },
  ],
  async run(invocation) {
    const { options, terminal } = invocation;
    const { added, changed, removed, problems } = await (await reach(invocation)).rescan();
    if (options['json'] === true) {
      printJson<'rescan'>(terminal, { added, changed, removed, problems });
      return SVC_EXIT.done.code;
    }
    const lines = [
      ...added.map((name) => `${name} was added`),
      ...changed.map((name) => `${name} was edited; take it with: svc restart ${name}`),
      ...removed.map((name) => `${name} was removed`),
    ];
    terminal.print(lines.length === 0 ? 'nothing has changed' : lines.join('\n'));
    for (const problem of problems) terminal.complain(`${problem.service}: ${problemText(problem)}`);
    return SVC_EXIT.done.code;
  },
};
