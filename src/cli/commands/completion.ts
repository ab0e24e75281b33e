import { nearest } from '../../core/messages.ts';
import { SVC_EXIT } from '../../core/exit-codes.ts';
import { UsageError, type Command } from '../command.ts';

/** THE list of shells whose completion there is; each is loaded when it is asked for. */
const SHELLS = {
  bash: async () => (await import('../completion/bash.ts')).bash,
  zsh: async () => (await import('../completion/zsh.ts')).zsh,
  fish: async () => (await import('../completion/fish.ts')).fish,
} as const;
const SHELL_NAMES = Object.keys(SHELLS) as (keyof typeof SHELLS)[];

/** `svc completion SHELL`: a script that completes commands, options, their values, and names of services. Needs no supervisor. */
export const completion: Command = {
  name: 'completion',
  operand: { label: 'SHELL', least: 1, many: false, choices: SHELL_NAMES },
  sentence: `print what makes ${SHELL_NAMES.join(', ').replace(/, (?=\w+$)/, ' or ')} complete svc, with names of services`,
  options: {},
  examples: [
    { line: 'eval "$(svc completion bash)"', sentence: 'in ~/.bashrc; in ~/.zshrc with zsh' },
    { line: 'svc completion fish | source', sentence: 'in config.fish' },
  ],
  async run({ words: [word = ''], terminal }) {
    const shell = SHELL_NAMES.find((name) => name === word);
    if (shell === undefined) {
      const near = nearest(word, SHELL_NAMES);
      const advice = near === undefined ? '' : `; did you mean ${near}?`;
      throw new UsageError(`completion: expected ${SHELL_NAMES.join(', ')}, got ${JSON.stringify(word)}${advice}`, 'completion');
    }
    const [script, { everyCommand }] = await Promise.all([SHELLS[shell](), import('./index.ts')]);
    terminal.print(script(await everyCommand()));
    return SVC_EXIT.done.code;
  },
};
