import type { StreamItem } from '../../client/events.ts';
import { matches } from '../../control/glob.ts';
import { SVC_EXIT } from '../../core/exit-codes.ts';
import { textOption, UsageError, type Command, type Invocation } from '../command.ts';
import { eventLine } from '../event-line.ts';
import { nameOf } from '../names.ts';
import { reach } from '../reach.ts';
import { lostEvents } from '../sentences.ts';
import type { Terminal } from '../terminal.ts';

/** `svc events [NAME…] [-f]`: what has happened, as far as the supervisor remembers; with -f what happens. A service need not be there yet, or any more. */
export const events: Command = {
  name: 'events',
  operand: { label: 'NAME', least: 0, many: true },
  sentence: 'print what has happened, of services and of the supervisor; with -f what happens',
  options: {
    follow: { short: 'f', sentence: 'print what happens from now on, until Ctrl-C' },
    since: { value: 'SEQ', sentence: 'begin after the event of this number; 0: with all that is remembered' },
    // Not JSON_OPTION: a stream has no end at which an object could be closed.
    json: { sentence: 'print each event as one line of JSON' },
  },
  examples: [
    { line: 'svc events web', sentence: 'what has become of web' },
    { line: 'svc events -f --json', sentence: 'every event as it happens, for programs' },
  ],
  async run(invocation) {
    const { words, options, terminal } = invocation;
    const follow = options['follow'] === true;
    const since = readSince(invocation) ?? (follow ? undefined : 0);
    const n6 = await reach(invocation);
    const isMeant = (item: StreamItem): boolean =>
      'lost' in item || words.length === 0 || (item.service !== undefined && words.some((word) => means(word, item.service!)));
    // Without -f the newest event of now is the last one to be told.
    const last = follow ? Infinity : (await n6.supervisor()).seq;
    if (since !== undefined && since >= last) return SVC_EXIT.done.code;
    for await (const item of n6.events(follow ? { since } : { since, patience: 0 })) {
      if (isMeant(item) && !tell(item, options['json'] === true, terminal)) break;
      if ('seq' in item && item.seq >= last) break;
    }
    return SVC_EXIT.done.code;
  },
};

function means(word: string, service: string): boolean {
  const isIt = (pattern: string): boolean => pattern === service || matches(pattern, service);
  return isIt(nameOf(word, isIt));
}

/** False: nobody reads any more. */
function tell(item: StreamItem, json: boolean, terminal: Terminal): boolean {
  if (json) return terminal.print(JSON.stringify(item));
  if ('seq' in item) return terminal.print(eventLine(item, terminal.paint, terminal.columns));
  terminal.complain(lostEvents(item.lost));
  return true;
}

function readSince(invocation: Invocation): number | undefined {
  const text = textOption(invocation, 'since');
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text)) throw new UsageError(`--since: expected the number of an event, as in its seq, got ${JSON.stringify(text)}`, 'events');
  return Number(text);
}
