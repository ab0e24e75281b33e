/** What `svc top` knows and shows: a value that is replaced, never changed. Pure. */
import { matches } from '../../control/glob.ts';
import type { PublicState, Status } from '../../core/status.ts';
import type { Usage } from '../../core/usage.ts';

/** THE list of orders, in that of the key `o`. Whatever is equal stays in order of names. */
export const ORDERS = ['name', 'state', 'cpu', 'memory', 'restarts'] as const;
export type Order = (typeof ORDERS)[number];

/** `cpu` is percent of one CPU; undefined until two readings of the same life are there. */
export type Load = Readonly<{ cpu: number | undefined; memory: number; processes: number }>;

/** A reading of GET /v1/usage. `at` is milliseconds. */
export type Reading = Readonly<{ at: number; usages: readonly Usage[] }>;

export type LogView = Readonly<{
  /** Whose; undefined: nobody is selected. */
  name: string | undefined;
  /** Oldest first, without control characters. */
  lines: readonly string[];
  /** Lines that came before or between and could not be had. */
  lost: number;
  /** Why there are none; empty: they are on their way, or here. */
  problem: string;
}>;

export type Top = Readonly<{
  /** Where the services come from. */
  directory: string;
  services: readonly Status[];
  /** When they were read, milliseconds: what is running has grown older since. */
  readAt: number;
  /** Somebody answers. */
  connected: boolean;
  reading: Reading | undefined;
  /** undefined: what services use cannot be known here. */
  loads: ReadonlyMap<string, Load> | undefined;
  selected: string | undefined;
  order: Order;
  filter: string;
  /** `typing`: the filter. `log`: that of the selected service, on the whole screen. */
  mode: 'list' | 'typing' | 'log' | 'help';
  log: LogView;
  /** Lines of the log that are below the screen. */
  behind: number;
  /** A paragraph in place of the log, until the next key. */
  note: string | undefined;
  /** What became of a wish, in the last line, until the next key. */
  notice: Readonly<{ text: string; bad: boolean }> | undefined;
}>;

export const NO_LOG: LogView = { name: undefined, lines: [], lost: 0, problem: '' };

export const newTop = (directory: string): Top => ({
  directory, services: [], readAt: 0, connected: true, reading: undefined, loads: new Map(), selected: undefined, order: 'name', filter: '',
  mode: 'list', log: NO_LOG, behind: 0, note: undefined, notice: undefined,
});

/** Those that the filter leaves, in their order. */
export function shownOf({ services, filter, order, loads }: Top): readonly Status[] {
  const wanted = filter === '' ? services : services.filter(({ name }) => isMeant(filter, name));
  const rank = RANKS[order];
  return rank === undefined ? wanted : [...wanted].sort((a, b) => rank(b, loads?.get(b.name)) - rank(a, loads?.get(a.name)));
}

const isMeant = (filter: string, name: string): boolean =>
  /[*?[]/.test(filter) ? matches(filter, name) : name.toLowerCase().includes(filter.toLowerCase());

/** What needs somebody's eyes comes first. */
const URGENCY: readonly PublicState[] = ['down', 'done', 'ready', 'up', 'starting', 'stopping', 'backing-off', 'failed'];
const RANKS: Readonly<Record<Order, ((status: Status, load: Load | undefined) => number) | undefined>> = {
  name: undefined,
  state: ({ state, health }) => (health === 'unhealthy' ? URGENCY.length - 1.5 : URGENCY.indexOf(state)),
  cpu: (_, load) => load?.cpu ?? -1,
  memory: (_, load) => load?.memory ?? -1,
  restarts: ({ restarts }) => restarts,
};

export const selectedOf = (top: Top): Status | undefined => top.services.find(({ name }) => name === top.selected);

/** What is selected has to be shown: where it is not any more, its neighbour takes its place. `before` is how it was. */
export function settle(top: Top, before: Top = top): Top {
  const shown = shownOf(top);
  if (shown.some(({ name }) => name === top.selected)) return top;
  const place = shownOf(before).findIndex(({ name }) => name === top.selected);
  return select(top, shown[Math.min(Math.max(0, place), shown.length - 1)]?.name);
}

/** The log of another service is not there yet. */
export const select = (top: Top, name: string | undefined): Top =>
  name === top.selected ? top : { ...top, selected: name, log: { ...NO_LOG, name }, behind: 0 };

export const withServices = (top: Top, services: readonly Status[], now: number): Top =>
  settle({ ...top, services, readAt: now, connected: true }, top);

/** A difference of less than this says little: the kernel counts in hundredths of a second. */
const SHORTEST = 200;

export function withReading(top: Top, reading: Reading | undefined): Top {
  if (reading === undefined) return { ...top, reading: undefined, loads: undefined };
  const { reading: before } = top;
  const past = before === undefined ? -Infinity : reading.at - before.at;
  // Somebody who asks twice in a moment, or whose clock was set back, keeps what was known.
  if (top.loads !== undefined && before !== undefined && past >= 0 && past < SHORTEST) return top;
  const earlier = new Map(before?.usages.map(({ name, cpu }) => [name, cpu]));
  const loads = new Map(reading.usages.map(({ name, cpu, memory, processes }): [string, Load] => {
    const used = cpu - (earlier.get(name) ?? NaN);
    // Less than before: another life, or an orphan has ended. It is known again at the next reading.
    return [name, { cpu: used >= 0 && past > 0 ? (used / past) * 100_000 : undefined, memory, processes }];
  }));
  return settle({ ...top, reading, loads }, top);
}

/** Lines that are kept of the log that is shown. */
export const LOG_KEPT = 2000;

/** Who has scrolled back stays where he is. */
export function withLines(top: Top, lines: readonly string[], lost: number): Top {
  const all = [...top.log.lines, ...lines].slice(-LOG_KEPT);
  const behind = top.behind === 0 ? 0 : Math.min(top.behind + lines.length, Math.max(0, all.length - 1));
  return { ...top, log: { ...top.log, lines: all, lost: top.log.lost + lost }, behind };
}
