/** From what `svc top` knows to the lines of a screen. Pure. */
import type { Status } from '../../core/status.ts';
import { isUp } from '../../control/health.ts';
import { nextTryFirst } from '../listing.ts';
import { bytes } from '../bytes.ts';
import { noServices } from '../sentences.ts';
import type { Size } from '../size.ts';
import type { Colour } from '../terminal.ts';
import { wrap } from '../wrap.ts';
import { GAP, layOut, percent, type Shown } from './columns.ts';
import { KEY_ENTRIES } from './keys.ts';
import { selectedOf, shownOf, type Top } from './model.ts';
import type { Pages } from './press.ts';
import { cut, fill, plain, rowsOf, widthOf } from './text.ts';

/** How it may look: by the locale, --color and NO_COLOR. */
export type Style = Readonly<{
  /** The last cell of what was cut; one cell wide. */
  mark: string;
  /** A horizontal line; one cell wide. */
  line: string;
  colour(colour: Colour, text: string): string;
  inverse(text: string): string;
}>;

/** Exactly `rows` lines of at most `columns` cells, without anything that moves the cursor. `now` is milliseconds. */
export function draw(top: Top, { columns, rows }: Size, style: Style, now: number): string[] {
  const lines = ((): string[] => {
    switch (top.mode) {
      case 'help': return help(top, columns, rows, style);
      case 'log': return wholeLog(top, columns, rows, style);
      case 'list': case 'typing': return list(top, columns, rows, style, now);
    }
  })();
  return Array.from({ length: rows }, (_, row) => lines[row] ?? '');
}

/** What a key that moves by a screenful moves by. */
export const pagesOf = ({ rows }: Size): Pages => ({ list: partsOf(rows).list, log: Math.max(1, rows - 2) });

/** The list has the larger half; too low a screen has no log. Without the head, the headings and the last line. */
function partsOf(rows: number): { list: number; log: number } {
  const room = Math.max(0, rows - 3);
  const log = room < 7 ? 0 : Math.floor(room * 0.4);
  return { list: Math.max(0, room - log), log };
}

function list(top: Top, columns: number, rows: number, style: Style, now: number): string[] {
  const shown = shownOf(top);
  const parts = partsOf(rows);
  const empty = paragraph(top.services.length === 0 ? noServices(top.directory) : `no service matches ${top.filter}`, columns);
  // A short list leaves its room to the log.
  const listRows = parts.log === 0 ? parts.list : Math.min(parts.list, shown.length === 0 ? empty.length : shown.length);
  const logRows = Math.max(0, rows - 3 - listRows);
  const at = shown.findIndex(({ name }) => name === top.selected);
  const from = Math.max(0, Math.min(at - Math.floor(listRows / 2), shown.length - listRows));
  const table = tableOf(top, shown.slice(from, from + listRows), columns, style, now);
  const body = shown.length === 0 ? empty : table.rows;
  const padded = Array.from({ length: listRows }, (_, row) => body[row] ?? '');
  const pane = parts.log === 0 ? [] : paneOf(top, columns, logRows, style);
  return [...head(top, columns, style), table.heading, ...padded, ...pane, lastLine(top, columns, style)].slice(-Math.max(1, rows));
}

function head(top: Top, columns: number, { mark, colour, inverse }: Style): string[] {
  const { services, loads, directory, connected } = top;
  const count = (what: string, which: (status: Status) => boolean): string[] => {
    const found = services.filter(which).length;
    return found === 0 ? [] : [`${found} ${what}`];
  };
  const counts = [
    ...count('up', isUp), ...count('failed', ({ state }) => state === 'failed'), ...count('backing off', ({ state }) => state === 'backing-off'),
    ...count('unhealthy', ({ health }) => health === 'unhealthy'),
  ];
  const sum = [...(loads?.values() ?? [])].reduce((all, { cpu = 0, memory }) => ({ cpu: all.cpu + cpu, memory: all.memory + memory }), { cpu: 0, memory: 0 });
  const all = services.length === 1 ? '1 service' : `${services.length} services`;
  const left = connected ? `${all}${counts.length === 0 ? '' : `: ${counts.join(', ')}`}` : 'no answer from the supervisor, trying again';
  const right = [...(loads === undefined ? [] : [`CPU ${percent(sum.cpu)}%`, bytes(sum.memory)]), plain(directory)].join('  ');
  const room = columns - widthOf(left) - GAP;
  const line = fill(room > 12 ? `${left}  ${fill(right, room, mark, 'right')}` : left, columns, mark);
  return [connected ? inverse(line) : colour('red', inverse(line))];
}

function tableOf(top: Top, shown: readonly Status[], width: number, { mark, colour, inverse }: Style, now: number): { heading: string; rows: string[] } {
  const { name: nameWidth, columns, why } = layOut(top.services.map(({ name }) => plain(name)), width - MARGIN);
  const titles = columns.map(({ title, width: cells, align }) => fill(title, cells, mark, align));
  const heading = [fill('NAME', nameWidth, mark), ...titles, ...(why > 0 ? ['WHY'] : [])];
  const rows = shown.map((status) => {
    const isSelected = status.name === top.selected;
    const about: Shown = { status, load: top.loads?.get(status.name), age: status.uptime === null ? 0 : Math.max(0, now - top.readAt) };
    const cells = columns.map((column) => ({ text: fill(column.text(about), column.width, mark, column.align), shade: column.colour?.(about) }));
    const begin = `${isSelected ? '>' : ' '} ${fill(plain(status.name), nameWidth, mark)}`;
    const end = why > 0 ? [cut(plain(nextTryFirst(status.why)), why, mark)] : [];
    const line = [begin, ...cells.map(({ text }) => text), ...end].join(' '.repeat(GAP));
    if (isSelected) return inverse(fill(line, width, mark));
    // A screen that is narrower than a name is not worth a colour.
    if (widthOf(line) > width) return cut(line, width, mark);
    return [begin, ...cells.map(({ text, shade }) => (shade === undefined ? text : colour(shade, text))), ...end].join(' '.repeat(GAP));
  });
  return { heading: cut(`${' '.repeat(MARGIN)}${heading.join(' '.repeat(GAP))}`, width, mark), rows };
}

/** Before the names: the mark of the one that is selected. */
const MARGIN = 2;

/** A title, and the end of the log or a paragraph. */
function paneOf(top: Top, columns: number, rows: number, style: Style): string[] {
  if (rows < 2) return Array.from({ length: rows }, () => '');
  const { selected, note } = top;
  const title = selected === undefined ? '' : note === undefined ? ` log of ${plain(selected)} ` : ` why ${plain(selected)} `;
  const rule = fill(`${style.line.repeat(2)}${title}${style.line.repeat(Math.max(0, columns - 2 - widthOf(title)))}`, columns, style.mark);
  const inside = note === undefined ? logRows(top, columns, rows - 1) : paragraph(note, columns);
  return [style.colour('dim', rule), ...Array.from({ length: rows - 1 }, (_, row) => inside[row] ?? '')];
}

function wholeLog(top: Top, columns: number, rows: number, style: Style): string[] {
  if (rows < 3) return [lastLine(top, columns, style)];
  const service = selectedOf(top);
  const state = service === undefined ? '' : `, ${service.state}`;
  const back = top.behind === 0 ? '' : `, ${top.behind} ${top.behind === 1 ? 'line' : 'lines'} back`;
  const title = style.inverse(fill(`log of ${plain(top.selected ?? '')}${state}${back}`, columns, style.mark));
  const inside = logRows(top, columns, rows - 2);
  return [title, ...Array.from({ length: rows - 2 }, (_, row) => inside[row] ?? ''), lastLine(top, columns, style)];
}

/** The last rows of the log above what is scrolled away, or why there are none. */
function logRows({ log, behind }: Top, columns: number, rows: number): string[] {
  if (log.lines.length === 0) return log.problem === '' ? [] : paragraph(log.problem, columns).slice(0, rows);
  const found: string[] = [];
  for (let at = log.lines.length - 1 - behind; at >= 0 && found.length < rows; at--) found.unshift(...rowsOf(log.lines[at]!, columns));
  const told = log.lost > 0 && found.length < rows ? [cut(`(${log.lost} earlier lines are not kept)`, columns, '.')] : [];
  return [...told, ...found].slice(-rows);
}

/** Broken at blanks, and words that are longer than a row within themselves. */
const paragraph = (text: string, columns: number): string[] => wrap(plain(text), columns).split('\n').flatMap((row) => rowsOf(row, columns));

function lastLine({ mode, filter, notice, order }: Top, columns: number, { mark, colour }: Style): string {
  if (mode === 'typing') return cut(`/${plain(filter)}_`, columns, mark);
  if (notice !== undefined) {
    const text = cut(plain(notice.text), columns, mark);
    return notice.bad ? colour('red', text) : text;
  }
  const hints = KEY_ENTRIES.flatMap(([name, { keys, hint }]) =>
    (hint === undefined ? [] : [`${keys[0]} ${name === 'follow' && mode === 'log' ? 'back' : hint}`]));
  const how = [...(filter === '' ? [] : [`/${plain(filter)}`]), ...(order === 'name' ? [] : [`by ${order}`])].join(' ');
  return colour('dim', cut([...(how === '' ? [] : [how]), ...hints].join('  '), columns, mark));
}

function help(top: Top, columns: number, rows: number, style: Style): string[] {
  const width = Math.max(...KEY_ENTRIES.map(([, { shown }]) => shown.length));
  const lines = KEY_ENTRIES.map(([, { shown, sentence }]) => cut(`  ${fill(shown, width, style.mark)}  ${sentence}`, columns, style.mark));
  const body = [style.inverse(fill('keys of svc top', columns, style.mark)), ...lines].slice(0, Math.max(0, rows - 1));
  return [...body, ...Array.from({ length: rows - 1 - body.length }, () => ''), lastLine(top, columns, style)];
}
