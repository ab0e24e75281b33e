/** What tests of images of s6-overlay have in common. */
import { expect } from 'vitest';
import type { Machine } from './machine.ts';

/** As `docker stop`; its exit code. */
export function stop(machine: Machine & { pid: number }): Promise<number> {
  process.kill(machine.pid, 'SIGTERM');
  return machine.ended;
}

/** Each line is in the text, behind the one before it. */
export function inOrder(text: string, lines: readonly string[]): void {
  let from = 0;
  for (const line of lines) {
    const at = text.indexOf(line, from);
    expect(at, `${line}\nafter ${from} in:\n${text}`).toBeGreaterThanOrEqual(0);
    from = at + line.length;
  }
}
