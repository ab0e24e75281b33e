import { SVC_EXIT } from '../../core/exit-codes.ts';
import { JSON_OPTION, type Command } from '../command.ts';
import { inParallel, REQUESTS } from '../in-parallel.ts';
import { printJson } from '../json.ts';
import { findAll } from '../names.ts';
import { reach } from '../reach.ts';
import { wrap } from '../wrap.ts';

/** `svc why NAME…`: a paragraph for each; the facts that it is made of are for programs. */
export const why: Command = {
  name: 'why',
  operand: { label: 'NAME', least: 1, many: true },
  sentence: 'tell why a service is in its state, and what to do about it',
  options: JSON_OPTION,
  examples: [
    { line: 'svc why web', sentence: 'last deaths, what it waits for, its next try' },
    { line: 'svc why web --json', sentence: 'the same as facts, for programs' },
  ],
  async run(invocation) {
    const { words, options, terminal } = invocation;
    const n6 = await reach(invocation);
    const services = await findAll(n6, words);
    const answers = await inParallel(services, REQUESTS, ({ name }) => n6.why(name));
    if (options['json'] === true) printJson(terminal, { services: answers });
    else terminal.print(answers.map((answer) => wrap(answer.paragraph, terminal.columns)).join('\n\n'));
    return SVC_EXIT.done.code;
  },
};
