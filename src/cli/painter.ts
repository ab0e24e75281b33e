/** Text on a terminal, again and again at the same place. Nothing has to be given back: what was drawn last stays. */
import { isatty } from 'node:tty';
import { moreLines } from './sentences.ts';
import { sizeOf, type Size } from './size.ts';
import type { Terminal } from './terminal.ts';

export type Painter = Readonly<{
  /** Replaces what was painted before. What the screen has no room for is left out, and said. */
  paint(text: (columns: number) => string): void;
}>;

/** undefined: standard output is no terminal, or none that can move its cursor. */
export function createPainter(terminal: Pick<Terminal, 'write'>): Painter | undefined {
  if (!isatty(1) || ['', 'dumb'].includes(process.env['TERM'] ?? '')) return undefined;
  let drawn = 0;
  let before: Size | undefined;
  return {
    paint(text) {
      const size = sizeOf(1);
      const lines = fitted(text(size.columns).split('\n'), size.rows);
      terminal.write(frame(lines, drawn, before !== undefined && (before.columns !== size.columns || before.rows !== size.rows)));
      drawn = lines.length;
      before = size;
    },
  };
}

/**
 * ISO 6429: back to the first of the `drawn` lines, each line erased before it is written, and what is below them. Lines are not
 * wrapped meanwhile, so that each takes one row; where the size has changed nobody knows how many they take, and all is erased.
 */
export function frame(lines: readonly string[], drawn: number, resized: boolean): string {
  const back = resized ? '\x1b[H\x1b[2J' : drawn === 0 ? '\r' : `\r\x1b[${drawn}A`;
  return `\x1b[?7l${back}${lines.map((line) => `\x1b[K${line}\n`).join('')}\x1b[J\x1b[?7h`;
}

/** With one row left for the cursor. */
export function fitted(lines: readonly string[], rows: number): readonly string[] {
  const room = Math.max(1, rows - 1);
  if (lines.length <= room) return lines;
  const shown = lines.slice(0, Math.max(0, room - 1));
  return [...shown, moreLines(lines.length - shown.length)];
}
