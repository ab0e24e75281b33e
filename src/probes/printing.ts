/** What one service writes, over all its lives. */
import type { Definition } from '../core/definition.ts';
import { createCapture, type Capture, type LineSink } from './capture.ts';
import type { Captured } from './ties.ts';

export type Printing = Readonly<{
  captured: Captured;
  /** Hands on all that has been written until now. */
  drain(): void;
  /** A life begins: from now on lines are its own. */
  expect(definition: Definition): void;
  /** A line of this life was the one that says that it is ready. */
  hasMatched(): boolean;
}>;

export type PrintingOptions = Readonly<{
  captured: Captured;
  sinks: Readonly<{ stdout: LineSink; stderr: LineSink }>;
  /** Called once in a life. */
  matched(): void;
  failed(error: unknown): void;
}>;

export function createPrinting({ captured, sinks, matched, failed }: PrintingOptions): Printing {
  let prefix: string | undefined;
  let forwards = true;
  let pattern: RegExp | undefined;
  let hasMatched = false;

  function look(text: Buffer): void {
    if (pattern === undefined || !pattern.test(text.toString('utf8'))) return;
    pattern = undefined;
    hasMatched = true;
    matched();
  }

  function begin(descriptor: number, sink: LineSink): Capture {
    return createCapture({ descriptor, sink, prefix: () => prefix, forwards: () => forwards, line: look, failed });
  }

  const captures = [
    ...(captured.stdout === undefined ? [] : [begin(captured.stdout.read, sinks.stdout)]),
    begin(captured.stderr.read, sinks.stderr),
  ];
  return {
    captured,
    drain: () => captures.forEach((capture) => capture.drain()),
    expect({ policy: { ready, logs } }) {
      prefix = logs.prefix;
      forwards = logs.output !== 'discard';
      pattern = ready?.by === 'log' ? new RegExp(ready.pattern) : undefined;
      hasMatched = false;
    },
    hasMatched: () => hasMatched,
  };
}
