/** The container's exit code as scripts write and read it (contract section 4). */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Layout } from './layout.ts';

/** What v1.17 and what v2 read at the end, the newer first (spec 4.2, 8). */
const STAGE_3 = ['S6_STAGE2_EXITED', 'S6_CMD_EXITED'] as const;

/** Its first content, before anybody could look. */
export function beginResults({ exitcode }: Layout): void {
  if (exitcode !== undefined) writeFileSync(exitcode, '0\n');
}

/** CMD has ended: scripts of the end look at its code. Best effort, the code that counts is known without it. */
export function noteCommandCode({ exitcode, stage3 }: Layout, code: number): void {
  for (const file of [exitcode, stage3 === undefined ? undefined : path.join(stage3, STAGE_3[0])]) {
    try {
      if (file !== undefined) writeFileSync(file, `${code}\n`);
    } catch {
      // No such directory: not an image of s6-overlay.
    }
  }
}

/** What scripts have written last; undefined: nothing that can be read. */
export function writtenCode({ exitcode, stage3 }: Layout): string | undefined {
  const files = [...(stage3 === undefined ? [] : STAGE_3.map((name) => path.join(stage3, name))), ...(exitcode === undefined ? [] : [exitcode])];
  for (const file of files) {
    try {
      return readFileSync(file, 'utf8');
    } catch {
      // The next one.
    }
  }
  return undefined;
}
