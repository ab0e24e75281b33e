/** Services as a table for people. */
import { seconds } from '../core/messages.ts';
import type { PublicState, Status } from '../core/status.ts';
import { STALE } from './sentences.ts';
import { table, type Cell } from './table.ts';
import type { Colour, Terminal } from './terminal.ts';

/** NAME STATE PID UPTIME RESTARTS WHY, cut to the terminal's width. WHY begins with a mark where the directory was edited since the start. */
export function listing(services: readonly Status[], terminal: Terminal): string {
  const rows = services.map((service): Cell[] => [
    { text: service.name },
    { text: service.state, paint: (text) => terminal.paint(COLOURS[service.state], text) },
    { text: service.pid === null ? '-' : String(service.pid) },
    { text: service.uptime === null ? '-' : seconds(service.uptime * 1000) },
    { text: String(service.restarts) },
    { text: [service.stale ? STALE : '', service.why].filter((part) => part !== '').join('; ') },
  ]);
  return table(['NAME', 'STATE', 'PID', 'UPTIME', 'RESTARTS', 'WHY'], rows, terminal.columns).join('\n');
}

const COLOURS: Readonly<Record<PublicState, Colour>> = {
  down: 'dim', starting: 'yellow', up: 'green', ready: 'green', stopping: 'yellow', 'backing-off': 'yellow', failed: 'red', done: 'green',
};
