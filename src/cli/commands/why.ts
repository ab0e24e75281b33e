import { SVC_EXIT } from '../../core/exit-codes.ts';
import { JSON_OPTION, type Command } from '../command.ts';
import { inParallel, REQUESTS } from '../in-parallel.ts';
import { findAll } from '../names.ts';
import { present, WATCH_OPTION } from '../present.ts';
import { reach } from '../reach.ts';
import { wrap } from '../wrap.ts';

/** `svc why NAME…`: a paragraph for each; the facts that it is made of are for programs. */
export const why: Command = {
  name: 'why',
  operand: { label: 'NAME', least: 1, many: true },
  sentence: 'tell why a service is in its state, and what to do about it',
  options: { ...WATCH_OPTION, ...JSON_OPTION },
  examples: [
    { line: 'svc why web', sentence: 'last deaths, what it waits for, its next try' },
    { line: 'svc why web --json', sentence: 'the same as facts, for programs' },
  ],
  async run(invocation) {
    const n6 = await reach(invocation);
    return present(invocation, n6, async () => {
      const services = await inParallel(await findAll(n6, invocation.words), REQUESTS, ({ name }) => n6.why(name));
      return {
        document: { services },
        text: ({ columns }) => services.map(({ paragraph }) => wrap(paragraph, columns)).join('\n\n'),
        code: SVC_EXIT.done.code,
      };
    });
  },
};
