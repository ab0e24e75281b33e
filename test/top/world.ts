/** What `svc top` shows, made for tests. */
import { withLines, withReading, withServices, newTop, NO_LOG, type Top } from '../../src/cli/top/model.ts';
import { press } from '../../src/cli/top/press.ts';
import type { Style } from '../../src/cli/top/view.ts';
import type { Usage } from '../../src/core/usage.ts';
import { status, up } from '../control/fake-backend.ts';

export { status, up };

export const PLAIN: Style = { mark: '…', line: '-', colour: (_, text) => text, inverse: (text) => text };
/** Shows where what begins and ends. */
export const MARKED: Style = { ...PLAIN, colour: (colour, text) => `<${colour}:${text}>`, inverse: (text) => `[${text}]` };

export const PAGES = { list: 5, log: 10 };

export const usage = (name: string, cpu: number, memory = 10 * 2 ** 20, processes = 1): Usage => ({ name, cpu, memory, processes });

/** Four services, read at 0, with one reading of what they use. */
export const lab = (): Top => withServices(newTop('/etc/services.d'), [
  status('db', { ...up(50), state: 'ready', uptime: 3600, restarts: 0 }),
  status('off'),
  status('web-1', { ...up(60), uptime: 10, restarts: 2 }),
  status('web-2', { state: 'backing-off', wanted: 'up', restarts: 7, why: 'exit 1 after 300 ms, next try in 7.0 s' }),
], 0);

export const loaded = (): Top => {
  const at = (time: number, ...usages: Usage[]) => (top: Top): Top => withReading(top, { at: time, usages });
  const first = at(0, usage('db', 10), usage('off', 0, 0, 0), usage('web-1', 5, 2 ** 30, 4), usage('web-2', 0, 0, 0))(lab());
  return at(2000, usage('db', 10.5), usage('off', 0, 0, 0), usage('web-1', 8, 2 ** 30, 4), usage('web-2', 0, 0, 0))(first);
};

export const withLog = (top: Top, lines: readonly string[], lost = 0): Top => withLines({ ...top, log: { ...NO_LOG, name: top.selected } }, lines, lost);

/** Presses one key after another, and gives the last value and every wish. */
export function typed(top: Top, ...keys: string[]): { top: Top; wishes: unknown[] } {
  const wishes: unknown[] = [];
  const last = keys.reduce((before, key) => {
    const { top: next, wish } = press(before, key, PAGES);
    if (wish !== undefined) wishes.push(wish);
    return next;
  }, top);
  return { top: last, wishes };
}
