import type { KnownMember } from '../../control/backend.ts';
import { SVC_EXIT } from '../../core/exit-codes.ts';
import { JSON_OPTION, NO_OPERAND, type Command } from '../command.ts';
import { present, WATCH_OPTION } from '../present.ts';
import { reach } from '../reach.ts';
import { NO_MEMBERS, printable } from '../sentences.ts';
import { table, type Cell } from '../table.ts';
import type { Colour, Terminal } from '../terminal.ts';

/** `svc members`: what agents such as Serf have told the supervisor of the cluster, newest word for each. */
export const members: Command = {
  name: 'members',
  operand: NO_OPERAND,
  sentence: 'list the members of the cluster, as agents have told of them',
  options: { ...WATCH_OPTION, ...JSON_OPTION },
  examples: [
    { line: 'svc members', sentence: 'who was there last, who has left or failed' },
    { line: 'svc members --json', sentence: 'for programs' },
  ],
  async run(invocation) {
    const n6 = await reach(invocation);
    return present(invocation, n6, async () => {
      const known = await n6.members();
      return {
        document: { members: known },
        text: (terminal) => (known.length === 0 ? NO_MEMBERS : shown(known, terminal)),
        code: SVC_EXIT.done.code,
      };
    });
  },
};

const COLOURS: Readonly<Record<KnownMember['status'], Colour>> = { alive: 'green', left: 'dim', failed: 'red' };

/** Names, addresses and tags come from other machines: nothing in them reaches the terminal but text. */
function shown(known: readonly KnownMember[], terminal: Terminal): string {
  const rows = known.map(({ name, address, role, tags, status, at }): Cell[] => [
    { text: printable(name) },
    { text: printable(address) },
    { text: status, paint: (text) => terminal.paint(COLOURS[status], text) },
    { text: at },
    { text: printable([...(role === '' ? [] : [`role=${role}`]), ...Object.entries(tags).map(([key, value]) => `${key}=${value}`)].join(' ')) },
  ]);
  return table(['NAME', 'ADDRESS', 'STATUS', 'SINCE', 'TAGS'], rows, terminal.columns).join('\n');
}
