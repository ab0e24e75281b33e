/** How `svc logs` prints lines: the bytes of each as they were. */
import type { LogLine } from '../control/logs.ts';
import { SCHEMA, type Lost } from '../control/protocol.ts';
import type { Terminal } from './terminal.ts';

export type ShowOptions = Readonly<{
  terminal: Terminal;
  /** One object in each line. */
  json: boolean;
  timestamps: boolean;
  /** Services whose names stand before their lines; undefined: no names. */
  names: readonly string[] | undefined;
  /** False: nobody reads any more. */
  write(bytes: Buffer): boolean;
}>;

/** Columns that names are padded to, at most. */
const WIDEST = 20;
const NEWLINE = Buffer.from('\n');

export function showsLines({ terminal, json, timestamps, names, write }: ShowOptions): (items: readonly (LogLine | Lost)[]) => boolean {
  let width = Math.min(WIDEST, Math.max(0, ...(names ?? []).map((name) => name.length)));

  function head({ at, service, stream }: LogLine): string {
    const time = timestamps ? `${terminal.paint('dim', at)} ` : '';
    if (names === undefined) return time;
    width = Math.min(WIDEST, Math.max(width, service.length));
    return `${time}${terminal.paint(stream === 'stderr' ? 'yellow' : 'green', service.padEnd(width))} | `;
  }

  function pieces(item: LogLine | Lost): Buffer[] {
    if (json) return [Buffer.from(JSON.stringify({ schema: SCHEMA, ...item })), NEWLINE];
    if ('lost' in item) return [Buffer.from(terminal.paint('dim', lostLine(item.lost))), NEWLINE];
    const line = item.bytes === undefined ? Buffer.from(item.text) : Buffer.from(item.bytes, 'base64');
    return [Buffer.from(head(item)), line, ...(item.cut === true ? [Buffer.from(' …')] : []), NEWLINE];
  }

  return (items) => items.length === 0 || write(Buffer.concat(items.flatMap(pieces)));
}

const lostLine = (lost: number): string =>
  `… ${lost} ${lost === 1 ? 'line is' : 'lines are'} not here: they came faster than they were read, or are no longer kept`;
