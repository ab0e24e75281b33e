import type { RunEnvironment, Variable } from '../../control/backend.ts';
import type { Command, Start } from '../command.ts';
import { reach } from '../reach.ts';
import { cannotExecute } from '../sentences.ts';
import { environmentOf } from '../service-environment.ts';

/**
 * `svc exec NAME -- CMD`: becomes CMD, by execve(2): its pid, its terminal, the signals it gets and its exit code are those of
 * `svc` without anything in between, and no Node stays behind.
 */
export const exec: Command = {
  name: 'exec',
  operand: { label: 'NAME', least: 1, many: false, after: 'CMD' },
  sentence: 'run CMD with the environment, user and directory of a service',
  options: {},
  examples: [
    { line: 'svc exec web -- sh', sentence: 'a shell as the service would have it' },
    { line: 'svc exec db -- psql -c "select 1"', sentence: "exit code and signals are the command's" },
  ],
  async run(invocation) {
    const { words, rest, terminal, world } = invocation;
    const environment = await environmentOf(await reach(invocation), words[0]!);
    try {
      return await world.become(startOf(environment, rest));
    } catch (error) {
      const { code, exitCode, message } = error as Error & { code?: string; exitCode?: number };
      if (code === undefined || exitCode === undefined) throw error;
      terminal.complain(cannotExecute(message, code));
      return exitCode;
    }
  },
};

function startOf({ directory, chain, variables, chainVariables, supervisor }: RunEnvironment, words: readonly string[]): Start {
  const limit = Number(process.env['N6_SOFT_LIMIT'] || 'none');
  return {
    directory,
    words: [...chain, ...words],
    environment: (chainVariables ?? variables).map(bytesOf),
    // The chain begins as the supervisor's user: another one gets here only if it is root.
    identity: supervisor.user === process.geteuid?.() ? undefined : supervisor,
    softLimit: Number.isInteger(limit) ? limit : undefined,
  };
}

const bytesOf = ({ name, value, bytes }: Variable): Buffer => (bytes === undefined ? Buffer.from(`${name}=${value}`) : Buffer.from(bytes, 'base64'));
