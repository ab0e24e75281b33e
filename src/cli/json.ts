import { SCHEMA } from '../control/protocol.ts';
import type { Documents } from './documents.ts';
import type { Terminal } from './terminal.ts';

/** What `--json` prints: one object, with the version of its shape (schema/svc.schema.json). */
export function printJson<C extends keyof Documents>(terminal: Terminal, document: Documents[C]): void {
  terminal.print(JSON.stringify({ schema: SCHEMA, ...document }, null, 2));
}

/** The same where one comes after the other: each is a line. */
export const jsonLine = (document: object): string => JSON.stringify({ schema: SCHEMA, ...document });
