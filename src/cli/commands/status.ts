import { SVC_EXIT } from '../../core/exit-codes.ts';
import { isUp } from '../../control/health.ts';
import type { Status } from '../../core/status.ts';
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
  options: JSON_OPTION,
  examples: [
    { line: 'svc status', sentence: 'every service' },
    { line: "svc status 'web-*' db", sentence: 'some; exit code 3 if one of them is not up' },
  ],
  async run(invocation) {
    const { words, options, terminal } = invocation;
    const client = await reach(invocation);
    const { selected, unmatched } = words.length === 0 ? { selected: (await client.call('services')).services, unmatched: [] } : await find(client, words);
    if (options['json'] === true) printJson(terminal, { services: selected });
    else if (selected.length > 0) terminal.print(shown(selected, words.length === 1, terminal));
    else if (words.length === 0) terminal.print(noServices((await client.call('supervisor')).supervisor.directory));
    for (const each of unmatched) terminal.complain(noService(each));
    if (unmatched.length > 0) return SVC_EXIT.noSuchService.code;
    return words.length === 0 || selected.every(isUp) ? SVC_EXIT.done.code : SVC_EXIT.notUp.code;
  },
};


/** Of a service that is asked about alone, also what the table has no room for. */
function shown(services: readonly Status[], alone: boolean, terminal: Terminal): string {
  const more = alone && services.length === 1 ? details(services[0]!) : '';
  return more === '' ? listing(services, terminal) : `${listing(services, terminal)}\n\n${more}`;
}
