import { basename, dirname, resolve } from 'node:path';
import type { N6 } from '../client/client.ts';
import { NoSuchService } from '../client/errors.ts';
import { matches, select } from '../control/glob.ts';
import type { Unmatched } from '../control/protocol.ts';
import type { Status } from '../core/status.ts';

/**
 * `/run/service/web`, `./services.d/web/` and `.` in that directory mean `web`; `/run/service/web/log` means `web/log`
 * where that is a service, and so does `web/log` itself; everything else means itself. `isKnown`: whether a name or glob means any service.
 */
export function nameOf(word: string, isKnown: (name: string) => boolean): string {
  if (isKnown(word) || !mayBePath(word)) return word;
  const place = resolve(word);
  const logger = `${basename(dirname(place))}/${basename(place)}`;
  return isKnown(logger) ? logger : basename(place);
}

export const mayBePath = (word: string): boolean => word.includes('/') || word === '.';

/**
 * The services that words mean, globs included, and the words that mean none. All are fetched in one request and
 * chosen here: a shell glob can be longer than a URL may be.
 */
export async function find(n6: N6, words: readonly string[]): Promise<{ selected: Status[]; unmatched: Unmatched[] }> {
  const services = await n6.services();
  return select(services, words.map((word) => nameOf(word, isKnownIn(services))));
}

/** Whether a name or glob means any of these. */
export const isKnownIn = (services: readonly Readonly<{ name: string }>[]) => (pattern: string): boolean =>
  services.some(({ name }) => name === pattern || matches(pattern, name));

/** As `find`, but throws NoSuchService: before a command is given to any of them, all of them have to exist. */
export async function findAll(n6: N6, words: readonly string[]): Promise<Status[]> {
  const { selected, unmatched } = await find(n6, words);
  if (unmatched.length > 0) throw new NoSuchService(unmatched);
  return selected;
}
