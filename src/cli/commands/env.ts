import type { RunEnvironment, Variable } from '../../control/backend.ts';
import { SVC_EXIT } from '../../core/exit-codes.ts';
import { JSON_OPTION, type Command } from '../command.ts';
import { printJson } from '../json.ts';
import { reach } from '../reach.ts';
import { masked } from '../secrets.ts';
import { printable } from '../sentences.ts';
import { environmentOf } from '../service-environment.ts';

type Show = (variable: Variable) => Variable;

/** env(1) is one of its programs where a shell would lose a variable: that is an argument then. */
function shownChain({ chain, chainVariables }: RunEnvironment, show: Show): Pick<RunEnvironment, 'chain' | 'chainVariables'> {
  const words = chain.map((word) => {
    const equals = word.indexOf('=');
    if (equals <= 0 || word.startsWith('-')) return word;
    const name = word.slice(0, equals);
    return `${name}=${show({ name, value: word.slice(equals + 1) }).value}`;
  });
  return { chain: words, chainVariables: chainVariables?.map(show) ?? null };
}

/** `svc env NAME`: what its run would find. Secrets are masked here, not in the API: only who may act can ask at all. */
export const env: Command = {
  name: 'env',
  operand: { label: 'NAME', least: 1, many: false },
  sentence: 'print the environment of a service, secrets masked',
  options: { reveal: { sentence: 'print secrets as they are' }, ...JSON_OPTION },
  examples: [
    { line: 'svc env web', sentence: 'what its run would find, were it started now' },
    { line: 'svc env web --json --reveal', sentence: 'also its user, its directory, and how it becomes so' },
  ],
  async run(invocation) {
    const { words, options, terminal } = invocation;
    const environment = await environmentOf(await reach(invocation), words[0]!);
    const reveal = options['reveal'] === true;
    const show: Show = (variable) => {
      const value = reveal ? variable.value : masked(variable, environment.secrets);
      return value === variable.value ? variable : { name: variable.name, value };
    };
    const variables = environment.variables.map(show);
    if (options['json'] === true) printJson<'env'>(terminal, { environment: { ...environment, variables, ...shownChain(environment, show) } });
    else if (variables.length > 0) terminal.print(variables.map(({ name, value }) => printable(`${name}=${value}`)).join('\n'));
    return SVC_EXIT.done.code;
  },
};
