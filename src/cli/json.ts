import { SCHEMA } from '../control/protocol.ts';
import type { Terminal } from './terminal.ts';

/** What `--json` prints: one object, with the version of its shape (docs/reference/svc.md). */
export function printJson(terminal: Terminal, document: object): void {
  terminal.print(JSON.stringify({ schema: SCHEMA, ...document }, null, 2));
}
