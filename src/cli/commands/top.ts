import { isatty } from 'node:tty';
import { SVC_EXIT } from '../../core/exit-codes.ts';
import { textOption, UsageError, type Command } from '../command.ts';
import { parseDuration } from '../duration.ts';
import { reach } from '../reach.ts';
import { strokesFor, UNICODE } from '../tree.ts';

/** Milliseconds between two looks at what services use, unless --interval says otherwise, and what it may say at least. */
export const INTERVAL = 2000;
export const SHORTEST_INTERVAL = 200;

/** `svc top [NAME…]`: services live on the whole screen. What it needs is loaded here, not for help. */
export const top: Command = {
  name: 'top',
  operand: { label: 'NAME', least: 0, many: true },
  sentence: 'watch services on the whole screen: state, CPU, memory, log',
  options: {
    interval: { value: 'TIME', sentence: `between two looks at CPU and memory, such as 500ms or 10s; ${INTERVAL / 1000}s unless given` },
  },
  examples: [
    { line: 'svc top', sentence: 'every service; ? shows the keys' },
    { line: "svc top 'web-*' --interval 500ms", sentence: 'some of them, more often' },
  ],
  async run(invocation) {
    const { words, terminal } = invocation;
    const text = textOption(invocation, 'interval');
    const interval = text === undefined ? INTERVAL : parseDuration('interval', text);
    if (interval < SHORTEST_INTERVAL) throw new UsageError(`--interval: expected at least ${SHORTEST_INTERVAL}ms, got ${JSON.stringify(text)}`, 'top');
    if (!isatty(0) || !isatty(1) || ['', 'dumb'].includes(process.env['TERM'] ?? '')) {
      throw new UsageError('top needs a terminal that can move its cursor; programs use svc status --json', 'top');
    }
    const n6 = await reach(invocation);
    const { runTop } = await import('../top/run.ts');
    const unicode = strokesFor(process.env) === UNICODE;
    const style = {
      mark: unicode ? '…' : '~', line: unicode ? '─' : '-', colour: terminal.paint, inverse: (line: string) => `\x1b[7m${line}\x1b[0m`,
    };
    const { code, supervisorEnded } = await runTop(n6, { patterns: words, interval, style });
    if (supervisorEnded) terminal.print('the supervisor has ended');
    return supervisorEnded ? SVC_EXIT.done.code : code;
  },
};
