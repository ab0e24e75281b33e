import { MOST_INSTANCES } from '../../core/instances.ts';
import { SVC_EXIT } from '../../core/exit-codes.ts';
import { JSON_OPTION, textOption, UsageError, type Command } from '../command.ts';
import { parseDuration } from '../duration.ts';
import { printJson } from '../json.ts';
import { reach } from '../reach.ts';

/** `svc scale NAME N`: one after the other; the supervisor goes on with it also when nobody waits. */
export const scale: Command = {
  name: 'scale',
  operand: { label: 'NAME N', least: 2, many: false },
  sentence: 'run N instances of a service: one after the other is started, or drained and stopped',
  options: {
    'no-wait': { sentence: 'ask for it and return' },
    'timeout': { value: 'TIME', sentence: 'such as 30s or 5m, for all of it; then it goes on alone. No limit unless given' },
    ...JSON_OPTION,
  },
  examples: [
    { line: 'svc scale node 5', sentence: 'node@1 to node@5, each ready before the next is started' },
    { line: 'svc scale node 2 --timeout 1m', sentence: 'the highest numbers go first' },
  ],
  async run(invocation) {
    const { words: [name = '', number = '', ...more], options, terminal } = invocation;
    if (more.length > 0) throw new UsageError(`one service and one number were expected, got ${JSON.stringify(more[0])}, too`, 'scale');
    const count = /^\d{1,4}$/.test(number) ? Number(number) : 0;
    if (count < 1 || count > MOST_INSTANCES) throw new UsageError(`a number from 1 to ${MOST_INSTANCES} was expected, got ${JSON.stringify(number)}`, 'scale');
    const limit = textOption(invocation, 'timeout');
    const n6 = await reach(invocation);
    const timeout = limit === undefined ? undefined : parseDuration('timeout', limit);
    const scaled = await n6.scale(name, count, { wait: options['no-wait'] !== true, timeout });
    const { from, to, outcome, detail } = scaled;
    if (options['json'] === true) printJson<'scale'>(terminal, scaled);
    if (outcome === 'sent') {
      if (options['json'] !== true) terminal.print(`${name} is being scaled to ${count}`);
      return SVC_EXIT.done.code;
    }
    if (outcome === 'reached') {
      if (options['json'] !== true) terminal.print(from === to ? `${name} has ${to} already` : `${name} has ${to}, before ${from}`);
      return SVC_EXIT.done.code;
    }
    terminal.complain(detail === '' ? `${name} is not at ${count} yet; it goes on, see: svc status ${name}` : detail);
    return SVC_EXIT.notFulfilled.code;
  },
};
