import { SVC_EXIT } from '../../core/exit-codes.ts';
import { JSON_OPTION, NO_OPERAND, textOption, type Command } from '../command.ts';
import { parseDuration } from '../duration.ts';
import { printJson } from '../json.ts';
import { createProgress } from '../progress.ts';
import { reach } from '../reach.ts';

/** Milliseconds that are waited for the next life, unless --timeout says otherwise. */
const WAIT = 30_000;

/** `svc reexec`: returns when the next life of the supervisor answers. */
export const reexec: Command = {
  name: 'reexec',
  operand: NO_OPERAND,
  sentence: 'the supervisor replaces itself with the n6 that is installed now; services go on',
  options: { timeout: { value: 'TIME', sentence: `such as 500ms, 10s or 1m; ${WAIT / 1000}s unless given` }, ...JSON_OPTION },
  examples: [
    { line: 'svc reexec', sentence: 'after an upgrade of n6, or of its Node' },
    { line: 'svc --dir ./services.d reexec', sentence: 'the supervisor of that directory' },
  ],
  async run(invocation) {
    const { options, terminal } = invocation;
    const timeout = textOption(invocation, 'timeout');
    const client = await reach(invocation);
    const before = await client.supervisor();
    const over = new AbortController();
    const timer = setTimeout(() => over.abort(), timeout === undefined ? WAIT : parseDuration('timeout', timeout));
    let asked: Promise<unknown> | undefined;
    const opened = (): void => {
      // The second time the stream is open in the next life, or in this one, which has gone on.
      if (asked !== undefined) return over.abort();
      asked = client.reexec();
      asked.catch(() => over.abort());
    };
    const progress = createProgress(invocation, client, new Map([['the next life of the supervisor', '']]));
    try {
      for await (const item of client.events({ signal: over.signal, opened })) {
        if ('event' in item && item.event === 'supervisor-reexecuted') break;
      }
    } finally {
      clearTimeout(timer);
      progress.end();
    }
    await asked;
    const after = await client.supervisor();
    if (after.reexecutions === before.reexecutions) {
      terminal.complain('the supervisor has not replaced itself, and goes on as before; its log says why');
      return SVC_EXIT.notFulfilled.code;
    }
    if (options['json'] === true) printJson<'reexec'>(terminal, { supervisor: after, before: before.version });
    else terminal.print(`n6 ${after.version} goes on in place of ${before.version === after.version ? 'itself' : before.version}, pid ${after.pid}`);
    return SVC_EXIT.done.code;
  },
};
