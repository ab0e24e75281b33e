/** Services as a table for people. */
import { seconds } from '../core/messages.ts';
import type { PublicState, Status } from '../core/status.ts';
import type { Usage } from '../core/usage.ts';
import { bytes } from './bytes.ts';
import { STALE } from './sentences.ts';
import { table, type Cell } from './table.ts';
import type { Colour, Terminal } from './terminal.ts';

/**
 * NAME STATE PID UPTIME RESTARTS WHY, cut to the terminal's width. WHY begins with a mark where the directory was edited since the start.
 * `age` is milliseconds since it was read: what runs has grown older since.
 */
export function listing(services: readonly Status[], terminal: Terminal, age = 0): string {
  const rows = services.map((service): Cell[] => [
    { text: service.name },
    { text: service.state, paint: (text) => terminal.paint(service.health === 'unhealthy' ? 'red' : COLOURS[service.state], text) },
    { text: service.pid === null ? '-' : String(service.pid) },
    { text: service.uptime === null ? '-' : seconds(service.uptime * 1000 + age) },
    { text: String(service.restarts) },
    { text: [service.stale ? STALE : '', terminal.columns === undefined ? service.why : nextTryFirst(service.why)].filter((part) => part !== '').join('; ') },
  ]);
  return table(['NAME', 'STATE', 'PID', 'UPTIME', 'RESTARTS', 'WHY'], rows, terminal.columns).join('\n');
}

export const COLOURS: Readonly<Record<PublicState, Colour>> = {
  down: 'dim', starting: 'yellow', up: 'green', ready: 'green', stopping: 'yellow', 'backing-off': 'yellow', failed: 'red', done: 'green',
};

/** Where WHY is cut to the width, what is about to happen must not be what is cut. */
export const nextTryFirst = (why: string): string => why.replace(/^(.+), (next try in [^,]+)$/s, '$2: $1');

/** What there is beside the table, one fact a line; empty: nothing. */
export function details({ description, health, nextRun, skipped, reload }: Status, usage?: Usage): string {
  const facts = [
    ['description', description],
    ['health', health ?? ''],
    ['uses', usage === undefined || usage.processes === 0 ? '' : usageText(usage)],
    ['next run', nextRun === null ? '' : `${nextRun}${skipped === 0 ? '' : `, ${skipped} skipped so far`}`],
    ['last reload', reload === null ? '' : `${reload.at}, ${reload.ok ? 'went well' : `failed: ${reload.detail}`}`],
  ].filter(([, value]) => value !== '');
  const width = Math.max(0, ...facts.map(([name]) => name!.length));
  return facts.map(([name, value]) => `${name!.padEnd(width)}  ${value}`).join('\n');
}

const usageText = ({ cpu, memory, processes }: Usage): string =>
  `${bytes(memory)} of memory in ${processes === 1 ? '1 process' : `${processes} processes`}, ${seconds(cpu * 1000)} of CPU time`;
