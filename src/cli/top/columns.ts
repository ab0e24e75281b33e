/** The columns of the list of `svc top`, and which of them a width has room for. Pure. */
import { seconds } from '../../core/messages.ts';
import type { Status } from '../../core/status.ts';
import { bytes } from '../bytes.ts';
import type { Colour } from '../terminal.ts';
import { COLOURS } from '../listing.ts';
import type { Load } from './model.ts';
import { widthOf } from './text.ts';

export type Shown = Readonly<{ status: Status; load: Load | undefined; /** Milliseconds since its status was read. */ age: number }>;

export type Column = Readonly<{
  title: string;
  width: number;
  align: 'left' | 'right';
  text(shown: Shown): string;
  colour?(shown: Shown): Colour | undefined;
}>;

/** In the order in which they are given up where the screen is narrow, the last first; shown they are in that of `place`. */
const COLUMNS: readonly (Column & { place: number })[] = [
  {
    title: 'STATE', width: 11, align: 'left', place: 1,
    text: ({ status }) => (status.paused ? 'paused' : status.state),
    colour: ({ status }) => (status.health === 'unhealthy' ? 'red' : status.paused ? 'yellow' : COLOURS[status.state]),
  },
  { title: 'CPU%', width: 6, align: 'right', place: 2, text: ({ load }) => (load?.cpu === undefined || load.processes === 0 ? '-' : percent(load.cpu)) },
  { title: 'MEMORY', width: 7, align: 'right', place: 3, text: ({ load }) => (load === undefined || load.processes === 0 ? '-' : bytes(load.memory)) },
  { title: 'RESTARTS', width: 8, align: 'right', place: 5, text: ({ status }) => String(status.restarts) },
  { title: 'UPTIME', width: 7, align: 'right', place: 4, text: ({ status: { uptime }, age }) => (uptime === null ? '-' : seconds(uptime * 1000 + age)) },
  { title: 'PID', width: 7, align: 'right', place: 6, text: ({ status: { pid } }) => (pid === null ? '-' : String(pid)) },
];

export const percent = (cpu: number): string => (cpu < 999.95 ? cpu.toFixed(1) : String(Math.round(cpu)));

export const GAP = 2;
/** Narrower than this, WHY is left out. */
const LEAST_WHY = 8;
/** And names are cut, rather than that nothing else has room. */
const LEAST_NAME = 8;

/** `width` is the screen's without the mark. The list has the name, the columns that fit, and the rest for WHY. */
export function layOut(names: readonly string[], width: number): { name: number; columns: readonly Column[]; why: number } {
  const longest = Math.max(LEAST_NAME, ...names.map(widthOf));
  const name = Math.max(1, Math.min(longest, Math.max(LEAST_NAME, Math.floor(width * 0.4)), width));
  const chosen: (Column & { place: number })[] = [];
  let rest = width - name;
  for (const column of COLUMNS) {
    const isLast = column === COLUMNS.at(-1);
    // The pid gives way to WHY.
    if (rest < column.width + GAP + (isLast ? GAP + 3 * LEAST_WHY : 0)) break;
    chosen.push(column);
    rest -= column.width + GAP;
  }
  return { name, columns: chosen.sort((a, b) => a.place - b.place), why: rest - GAP >= LEAST_WHY ? rest - GAP : 0 };
}
