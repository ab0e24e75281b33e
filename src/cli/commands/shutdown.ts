import { SVC_EXIT } from '../../core/exit-codes.ts';
import { NO_OPERAND, type Command } from '../command.ts';
import { reach } from '../reach.ts';

/** `svc shutdown`: returns once the shutdown has begun; as PID 1 its end is the end of the container, and of `svc`. */
export const shutdown: Command = {
  name: 'shutdown',
  operand: NO_OPERAND,
  sentence: 'stop all services in order, then end the supervisor',
  options: {},
  examples: [
    { line: 'svc shutdown', sentence: 'returns at once; a second time hurries' },
    { line: 'svc --dir ./services.d shutdown', sentence: 'the supervisor of that directory' },
  ],
  async run(invocation) {
    await (await reach(invocation)).shutdown('svc shutdown');
    invocation.terminal.print('the shutdown has begun');
    return SVC_EXIT.done.code;
  },
};
