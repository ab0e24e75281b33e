/** An end before anything was started: a sentence, and an exit code that says so (contract section 11). */
import { writeSync } from 'node:fs';
import { errnoText } from '../core/messages.ts';
import { Unwritable } from './layout.ts';

export function refuse(code: number, text: string): never {
  try {
    writeSync(2, `n6: ${text}\n`);
  } catch {
    // Nobody reads: the exit code says it, too.
  }
  process.exit(code);
}

export function reasonOf(error: unknown): string {
  if (error instanceof Unwritable) return `cannot write to ${error.directory}: ${errnoText(error.code)}; make it writable, or mount a tmpfs there`;
  return error instanceof Error ? error.message : String(error);
}
