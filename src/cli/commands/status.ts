import type { N6 } from '../../client/client.ts';
import { Refused } from '../../control/client-errors.ts';
import { SVC_EXIT } from '../../core/exit-codes.ts';
import { isUp } from '../../control/health.ts';
import type { Status } from '../../core/status.ts';
import type { Usage } from '../../core/usage.ts';
import { JSON_OPTION, type Command } from '../command.ts';
import { printJson } from '../json.ts';
import { details, listing } from '../listing.ts';
import { find } from '../names.ts';
import { reach } from '../reach.ts';
import { noService, noServices } from '../sentences.ts';
import type { Terminal } from '../terminal.ts';

/** `svc status [NAME…]`: with names, the exit code tells whether all of them are up. */
export const status: Command = {
  name: 'status',
  operand: { label: 'NAME', least: 0, many: true },
  sentence: 'list services: state, pid, uptime, restarts, why not up',
  options: { names: { sentence: 'print names alone' }, ...JSON_OPTION },
  examples: [
    { line: 'svc status', sentence: 'every service' },
    { line: "svc status 'web-*' db", sentence: 'some; exit code 3 if one of them is not up' },
  ],
  async run(invocation) {
    const { words, options, terminal } = invocation;
    const n6 = await reach(invocation);
    const { selected, unmatched } = words.length === 0 ? { selected: await n6.services(), unmatched: [] } : await find(n6, words);
    if (options['names'] === true) terminal.print(selected.map(({ name }) => name).join('\n'));
    else if (options['json'] === true) printJson(terminal, { services: selected });
    else if (selected.length > 0) terminal.print(await shown(n6, selected, words.length === 1, terminal));
    else if (words.length === 0) terminal.print(noServices((await n6.supervisor()).directory));
    for (const each of unmatched) terminal.complain(noService(each));
    if (unmatched.length > 0) return SVC_EXIT.noSuchService.code;
    return words.length === 0 || selected.every(isUp) ? SVC_EXIT.done.code : SVC_EXIT.notUp.code;
  },
};


/** Of a service that is asked about alone, also what the table has no room for. */
async function shown(n6: N6, services: readonly Status[], alone: boolean, terminal: Terminal): Promise<string> {
  const [service] = alone && services.length === 1 ? services : [];
  const more = service === undefined ? '' : details(service, await usageOf(n6, service));
  return more === '' ? listing(services, terminal) : `${listing(services, terminal)}\n\n${more}`;
}

/** undefined: it has no process, or it cannot be known. An older supervisor does not tell, and nothing else is missing then. */
async function usageOf(n6: N6, { name, pid }: Status): Promise<Usage | undefined> {
  if (pid === null) return undefined;
  try {
    return (await n6.call('usage', { query: [['name', name]] })).usages.find((usage) => usage.name === name);
  } catch (error) {
    if (error instanceof Refused) return undefined;
    throw error;
  }
}
