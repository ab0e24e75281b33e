import type { LogLine } from '../../control/logs.ts';
import type { Lost } from '../../control/protocol.ts';
import { SVC_EXIT } from '../../core/exit-codes.ts';
import { JSON_OPTION, textOption, UsageError, type Command, type Invocation } from '../command.ts';
import { parseDuration } from '../duration.ts';
import { showsLines } from '../log-text.ts';
import { find, isKnownIn, nameOf } from '../names.ts';
import { reach } from '../reach.ts';
import { noService, noServices, notCaptured, noneCaptured } from '../sentences.ts';
import { write } from '../write.ts';

/** What the supervisor gives at once. */
const ALL = 10_000;

/** `svc logs [NAME…]`: what captured services have written last, and with -f what they write. */
export const logs: Command = {
  name: 'logs',
  operand: { label: 'NAME', least: 0, many: true },
  sentence: 'show the newest lines of captured services',
  options: {
    follow: { short: 'f', sentence: 'then show each new line, until Ctrl-C' },
    lines: { short: 'n', value: 'N', sentence: 'so many lines, or all that are kept; 100 unless given' },
    since: { value: 'TIME', sentence: 'only lines of the last TIME, such as 30s, 5m or 2h' },
    timestamps: { short: 't', sentence: 'the time before each line' },
    ...JSON_OPTION,
  },
  examples: [
    { line: 'svc logs web -f', sentence: 'the last lines of one service, and what comes' },
    { line: "svc logs 'worker-*' --since 5m -n all", sentence: 'of some services, of the last five minutes' },
  ],
  async run(invocation) {
    const { words, options, terminal } = invocation;
    const asked = { lines: readLines(invocation), since: readSince(invocation) };
    const n6 = await reach(invocation);
    const { selected, unmatched } = words.length === 0 ? { selected: await n6.services(), unmatched: [] } : await find(n6, words);
    for (const each of unmatched) terminal.complain(noService(each));
    if (unmatched.length > 0) return SVC_EXIT.noSuchService.code;
    if (selected.length === 0) terminal.complain(noServices((await n6.supervisor()).directory));

    // A glob means services that come later, too.
    const known = isKnownIn(selected);
    const names = words.map((word) => nameOf(word, known));
    const show = showsLines({
      terminal, json: options['json'] === true, timestamps: options['timestamps'] === true,
      // The name of a service stands before its lines where they are not of one alone.
      names: words.length === 1 && selected.length === 1 && selected[0]!.name === names[0] ? undefined : selected.map(({ name }) => name),
      write: (bytes) => write(1, bytes),
    });
    let code: number = SVC_EXIT.done.code;
    const begun = ({ uncaptured }: { uncaptured: readonly string[] }): void => {
      const isNone = uncaptured.length === selected.length;
      // Who asks for all of them asks for those that there are.
      if (uncaptured.length === 0 || (words.length === 0 && !isNone)) return;
      if (isNone) code = SVC_EXIT.notFulfilled.code;
      terminal.complain(words.length === 0 ? noneCaptured : notCaptured(uncaptured));
    };
    if (options['follow'] !== true) {
      const answer = await n6.logs({ names, ...asked });
      show(answer.lines);
      begun(answer);
      return code;
    }
    // One piece for all that has come at once.
    let pending: (LogLine | Lost)[] = [];
    const over = new AbortController();
    for await (const item of n6.followLogs({ names, ...asked, begun, signal: over.signal })) {
      pending.push(item);
      if (pending.length === 1) {
        setImmediate(() => {
          const items = pending;
          pending = [];
          if (!show(items)) over.abort();
        });
      }
    }
    show(pending);
    return code;
  },
};

function readLines(invocation: Invocation): number | undefined {
  const text = textOption(invocation, 'lines');
  if (text === undefined) return undefined;
  if (text === 'all') return ALL;
  const lines = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (!(lines <= ALL)) throw new UsageError(`--lines: expected a number from 0 to ${ALL}, or all, got ${JSON.stringify(text)}`, 'logs');
  return lines;
}

function readSince(invocation: Invocation): number | undefined {
  const text = textOption(invocation, 'since');
  return text === undefined ? undefined : parseDuration('since', text);
}
