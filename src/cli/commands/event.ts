import { SVC_EXIT } from '../../core/exit-codes.ts';
import type { Command } from '../command.ts';
import { reach } from '../reach.ts';
import { readInput } from '../stdin.ts';

/**
 * `svc event SOURCE`: what an agent's handler calls, as in `serf agent -event-handler "svc event serf"`. Serf runs its
 * handlers one after the other and waits for each, so it hands over what it was given, prints nothing, and returns.
 */
export const event: Command = {
  name: 'event',
  operand: { label: 'SOURCE', least: 1, many: false },
  sentence: "hand over what an agent (serf) calls its handler with",
  options: {},
  examples: [
    { line: 'svc event serf', sentence: 'as -event-handler of serf agent: members become events' },
    { line: 'svc event serf < saved-input', sentence: 'by hand, with SERF_EVENT set' },
  ],
  async run(invocation) {
    const source = invocation.words[0]!;
    const n6 = await reach(invocation);
    const input = await readInput();
    await n6.poke(source, { environment: variablesOf(source, process.env), input });
    return SVC_EXIT.done.code;
  },
};

/** `serf` means SERF_EVENT, SERF_SELF_NAME …; what a variable name cannot hold is `_` in it, as agents do themselves. */
export function variablesOf(source: string, environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const prefix = `${source.toUpperCase().replace(/[^A-Z0-9]/g, '_')}_`;
  return Object.fromEntries(Object.entries(environment).filter((entry): entry is [string, string] => entry[0].startsWith(prefix)));
}
