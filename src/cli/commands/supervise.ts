import { SVC_EXIT } from '../../core/exit-codes.ts';
import type { Command } from '../command.ts';
import { superviseIsElsewhere } from '../sentences.ts';

/** Stands here for help alone: the launcher hands `svc supervise` to the supervisor's own program, which reads its own options. */
export const supervise: Command = {
  name: 'supervise',
  operand: { label: 'DIR', least: 0, many: false },
  sentence: 'supervise the services in DIR, ./services.d unless given',
  options: {},
  examples: [
    { line: 'svc supervise', sentence: 'the directory ./services.d, until Ctrl-C' },
    { line: 'svc supervise ~/lab/services.d', sentence: 'another directory' },
  ],
  run({ terminal }) {
    terminal.complain(superviseIsElsewhere);
    return Promise.resolve(SVC_EXIT.usage.code);
  },
};
