/** `check-state FILE`: can this build go on from that state? Asked by the supervisor before it becomes this build. */
import { readFileSync, writeSync } from 'node:fs';
import { readLife } from '../core/persist/read.ts';
import { loadLibc } from '../kernel/libc.ts';

/** Exits with 0, or with 1 and a sentence on standard output. */
export function checkState(file: string | undefined): never {
  let fault: string | undefined;
  try {
    loadLibc();
    const { life, faults } = readLife(readFileSync(file ?? '', 'utf8'));
    fault = life === undefined ? faults.join('; ') : undefined;
  } catch (error) {
    fault = String(error);
  }
  if (fault !== undefined) writeSync(1, `${fault}\n`);
  process.exit(fault === undefined ? 0 : 1);
}
