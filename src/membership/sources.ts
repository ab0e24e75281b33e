import type { Announcement } from '../core/announcements.ts';
import { nearest } from '../core/messages.ts';
import { pokeSerf } from './serf.ts';

/** What an agent's handler was called with. */
export type Poke = Readonly<{ environment: Readonly<Record<string, string>>; input: string }>;

/** THE list of agents whose handlers may call `svc event SOURCE`. */
export const SOURCES: Readonly<Record<string, (poke: Poke) => readonly Announcement[]>> = { serf: pokeSerf };

/** Throws TypeError for a source that is not in the list, and for input that its reader cannot understand. */
export function pokes(source: string, poke: Poke): readonly Announcement[] {
  const read = Object.hasOwn(SOURCES, source) ? SOURCES[source] : undefined;
  if (read !== undefined) return read(poke);
  const names = Object.keys(SOURCES);
  const near = nearest(source, names);
  throw new TypeError(`no source of events named "${source}"${near === undefined ? `; there is: ${names.join(', ')}` : `; did you mean "${near}"?`}`);
}
