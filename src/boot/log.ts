/** The supervisor's own log: JSON lines by pino, or sentences for people. Loaded after the services have been started. */
import { stateLine } from '../core/state-log.ts';
import type { Journal } from '../supervisor/journal.ts';
import { tell, type Level, type Report } from '../core/messages.ts';
import { createLineOutput } from './line-output.ts';

export type Log = Readonly<{
  /** Kept until `open`; never throws. */
  report(report: Report): void;
  /** Loads what the format needs and writes what was kept. */
  open(): Promise<void>;
  /** Writes what was kept as sentences, for an end that comes before `open`. */
  flush(): void;
}>;

export type LogOptions = Readonly<{ format: 'json' | 'pretty'; level: Level }>;

const ORDER: readonly Level[] = ['error', 'warn', 'info', 'debug'];

export function createLog({ format, level }: LogOptions): Log {
  const output = createLineOutput(2);
  const kept: Report[] = [];
  const loudEnough = (report: Report): boolean => ORDER.indexOf(tell(report).level) <= ORDER.indexOf(level);
  const pretty = (report: Report): void => {
    const { service, text } = tell(report);
    output(`n6: ${service === undefined || service === '' ? '' : `${service}: `}${text}\n`);
  };
  let write: ((report: Report) => void) | undefined;

  const flush = (): void => {
    write ??= pretty;
    for (const report of kept.splice(0)) write(report);
  };

  return {
    report(report) {
      try {
        if (!loudEnough(report)) return;
        if (write === undefined) kept.push(report);
        else write(report);
      } catch {
        // A log has nobody to tell.
      }
    },
    async open() {
      if (write === undefined && format === 'json') write = await jsonWriter(level, output);
      flush();
    },
    flush,
  };
}

async function jsonWriter(level: Level, output: (line: string) => void): Promise<(report: Report) => void> {
  const { pino } = await import('pino');
  const log = pino(
    { level, base: { name: 'n6' }, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } },
    { write: output },
  );
  return (report) => {
    const { level: loudness, service, text } = tell(report);
    log[loudness]({ ...(service === undefined || service === '' ? {} : { service }), report: report.type }, text);
  };
}

/** One line for each change of state that somebody may want to know of later. */
export function logStates(journal: Pick<Journal, 'subscribe'>, report: (report: Report) => void): void {
  journal.subscribe((event) => {
    const line = stateLine(event);
    if (line !== undefined) report(line);
  });
}
