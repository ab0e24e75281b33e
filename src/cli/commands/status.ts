import type { N6 } from '../../client/client.ts';
import { Refused } from '../../control/client-errors.ts';
import { SVC_EXIT } from '../../core/exit-codes.ts';
import { isUp } from '../../control/health.ts';
import type { Status } from '../../core/status.ts';
import type { Usage } from '../../core/usage.ts';
import { JSON_OPTION, type Command } from '../command.ts';
import { details, listing } from '../listing.ts';
import { find } from '../names.ts';
import { present, WATCH_OPTION, type View } from '../present.ts';
import { reach } from '../reach.ts';
import { noService, noServices } from '../sentences.ts';

/** `svc status [NAME…]`: with names, the exit code tells whether all of them are up. */
export const status: Command = {
  name: 'status',
  operand: { label: 'NAME', least: 0, many: true },
  sentence: 'list services: state, pid, uptime, restarts, why not up',
  options: { names: { sentence: 'print names alone' }, ...WATCH_OPTION, ...JSON_OPTION },
  examples: [
    { line: 'svc status', sentence: 'every service' },
    { line: "svc status 'web-*' db", sentence: 'some; exit code 3 if one of them is not up' },
  ],
  async run(invocation) {
    const { words, options } = invocation;
    const n6 = await reach(invocation);
    return present(invocation, n6, () => look(n6, words, options['names'] === true));
  },
};

async function look(n6: N6, words: readonly string[], namesAlone: boolean): Promise<View<'status'>> {
  const { selected, unmatched } = words.length === 0 ? { selected: await n6.services(), unmatched: [] } : await find(n6, words);
  const code = unmatched.length > 0 ? SVC_EXIT.noSuchService.code
    : words.length === 0 || selected.every(isUp) ? SVC_EXIT.done.code : SVC_EXIT.notUp.code;
  const view = { document: { services: selected }, complaints: unmatched.map(noService), code };
  if (namesAlone) return { ...view, text: () => selected.map(({ name }) => name).join('\n') };
  if (words.length === 0 && selected.length === 0) {
    const { directory } = await n6.supervisor();
    return { ...view, text: () => noServices(directory) };
  }
  // Of a service that is asked about alone, also what the table has no room for.
  const [service] = words.length === 1 && selected.length === 1 ? selected : [];
  const more = service === undefined ? '' : details(service, await usageOf(n6, service));
  return {
    ...view,
    text: (terminal, age) => (selected.length === 0 ? '' : [listing(selected, terminal, age), more].filter((part) => part !== '').join('\n\n')),
  };
}

/** undefined: it has no process, or it cannot be known. An older supervisor does not tell, and nothing else is missing then. */
async function usageOf(n6: N6, { name, pid }: Status): Promise<Usage | undefined> {
  if (pid === null) return undefined;
  try {
    return (await n6.usage(name)).usages.find((usage) => usage.name === name);
  } catch (error) {
    if (error instanceof Refused) return undefined;
    throw error;
  }
}
