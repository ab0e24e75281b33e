/** Events as lines for people. Pure. */
import type { PublicEvent } from '../control/backend.ts';
import { printable } from './sentences.ts';
import type { Colour } from './terminal.ts';

/** By what the names of events end in. */
const COLOURS: readonly [RegExp, Colour][] = [
  [/-(failed|unhealthy|rejected)$/, 'red'], [/-(up|ready|healthy|join|rendered)$/, 'green'],
  [/-(exited|stopping)$/, 'yellow'], [/-(starting|finished)$/, 'dim'],
];

/** Columns that almost every event fits in. */
const WIDTH = 17;

/** `10:00:00.000  service-exited     web  exit 3, pid 71`; the time is UTC, as in the event. */
export function eventLine(event: PublicEvent, paint: (colour: Colour, text: string) => string, columns: number | undefined): string {
  const { at, event: name, service, ...rest } = event;
  const time = at.slice(11, 23);
  const facts = Object.entries(rest).map(fact).filter((text) => text !== '').join(', ');
  const tail = printable([service, facts].filter((part) => part !== undefined && part !== '').join('  '));
  const used = time.length + 2 + Math.max(WIDTH, name.length) + 2;
  const room = columns === undefined ? Infinity : Math.max(8, columns - used);
  const cut = [...tail].length > room ? `${[...tail].slice(0, room - 1).join('')}…` : tail;
  const colour = COLOURS.find(([ending]) => ending.test(name))?.[1];
  const padded = name.padEnd(WIDTH);
  return `${paint('dim', time)}  ${colour === undefined ? padded : paint(colour, padded)}  ${cut}`.trimEnd();
}

function fact([name, value]: [string, unknown]): string {
  switch (name) {
    case 'seq': return '';
    case 'exitCode': return `exit ${String(value)}`;
    case 'signal': return `killed by ${String(value)}`;
    case 'pid': return `pid ${String(value)}`;
    case 'ok': return value === false ? 'failed' : '';
    default: return value === undefined || value === '' ? '' : `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`;
  }
}
