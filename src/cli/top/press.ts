/** What a key does: another value of Top, and what is to be asked for. Pure. */
import { keyNamed, type KeyName } from './keys.ts';
import { ORDERS, select, selectedOf, settle, shownOf, type Top } from './model.ts';

export type Wish =
  | Readonly<{ type: 'command'; command: 'start' | 'stop' | 'restart'; name: string }>
  | Readonly<{ type: 'why'; name: string }>
  | Readonly<{ type: 'redraw' | 'suspend' | 'quit' }>;

export type Pressed = Readonly<{ top: Top; wish?: Wish }>;

/** Rows that the list and the whole log have, for moving by a screenful. */
export type Pages = Readonly<{ list: number; log: number }>;

export function press(before: Top, key: string, pages: Pages): Pressed {
  if (before.mode === 'typing') return type(before, key);
  const top: Top = { ...before, notice: undefined, note: undefined };
  const name = keyNamed(key);
  if (name === undefined) return { top };
  switch (name) {
    case 'quit': return { top, wish: { type: 'quit' } };
    case 'redraw': case 'suspend': return { top: before, wish: { type: name } };
    case 'help': return { top: { ...top, mode: top.mode === 'help' ? 'list' : 'help' } };
    case 'back': return { top: back(before, top) };
    default: break;
  }
  // Whatever else is pressed there closes the help, and does nothing yet.
  if (top.mode === 'help') return { top: { ...top, mode: 'list' } };
  return isMove(name) ? { top: top.mode === 'log' ? scroll(top, name, pages.log) : move(top, name, pages.list) } : act(top, name);
}

/** One step: a note, the help or the whole log is closed before the filter is taken away. */
function back(before: Top, top: Top): Top {
  if (before.note !== undefined) return top;
  if (top.mode !== 'list') return { ...top, mode: 'list', behind: 0 };
  return settle({ ...top, filter: '' });
}

const MOVES = ['up', 'down', 'pageUp', 'pageDown', 'first', 'last'] as const;
type Move = (typeof MOVES)[number];
const isMove = (name: KeyName): name is Move => (MOVES as readonly string[]).includes(name);

/** By how many places, down. */
const distanceOf = (move: Move, page: number): number =>
  ({ up: -1, down: 1, pageUp: -page, pageDown: page, first: -Infinity, last: Infinity })[move];

function move(top: Top, to: Move, page: number): Top {
  const shown = shownOf(top);
  const at = shown.findIndex(({ name }) => name === top.selected);
  const next = Math.min(Math.max(0, at + distanceOf(to, Math.max(1, page))), shown.length - 1);
  return select(top, shown[next]?.name);
}

function scroll(top: Top, to: Move, page: number): Top {
  const most = Math.max(0, top.log.lines.length - 1);
  return { ...top, behind: Math.min(Math.max(0, top.behind - distanceOf(to, Math.max(1, page))), most) };
}

function act(top: Top, name: KeyName): Pressed {
  const service = selectedOf(top);
  switch (name) {
    case 'filter': return { top: { ...top, mode: 'typing' } };
    case 'order': return { top: { ...top, order: ORDERS[(ORDERS.indexOf(top.order) + 1) % ORDERS.length]! } };
    case 'follow': return service === undefined ? { top } : { top: { ...top, mode: top.mode === 'log' ? 'list' : 'log', behind: 0 } };
    case 'restart': return service === undefined ? { top } : { top, wish: { type: 'command', command: 'restart', name: service.name } };
    case 'toggle': {
      if (service === undefined) return { top };
      const command = service.wanted === 'down' || service.state === 'failed' || service.state === 'done' ? 'start' : 'stop';
      return { top, wish: { type: 'command', command, name: service.name } };
    }
    case 'why': return service === undefined ? { top } : { top: { ...top, mode: 'list' }, wish: { type: 'why', name: service.name } };
    default: return { top };
  }
}

function type(before: Top, key: string): Pressed {
  const filtered = (filter: string): Top => settle({ ...before, filter }, before);
  switch (key) {
    case 'ctrl-c': return { top: before, wish: { type: 'quit' } };
    case 'enter': return { top: { ...before, mode: 'list' } };
    case 'escape': return { top: { ...filtered(''), mode: 'list' } };
    case 'backspace': return { top: before.filter === '' ? { ...before, mode: 'list' } : filtered([...before.filter].slice(0, -1).join('')) };
    case 'ctrl-u': return { top: filtered('') };
    default: return { top: [...key].length === 1 ? filtered(before.filter + key) : before };
  }
}
