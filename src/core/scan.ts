/** What a new look at the scan directory means for the services there are. */
import type { Definition } from './definition.ts';

export type Changes = Readonly<{ added: Definition[]; changed: Definition[]; removed: string[] }>;

/**
 * `known`: name to the fingerprint the service would start with. A logger, `NAME/log`, comes with NAME and goes with it:
 * one that is made or removed beside a service that is known changes nothing (spec/s6-compat 3.3.3).
 */
export function compare(known: ReadonlyMap<string, string>, seen: readonly Definition[]): Changes {
  const names = new Set(seen.map(({ name }) => name));
  return {
    added: seen.filter(({ name }) => !known.has(name) && !known.has(loggedBy(name))),
    changed: seen.filter(({ name, fingerprint }) => known.has(name) && known.get(name) !== fingerprint),
    removed: [...known.keys()].filter((name) => !names.has(name) && !names.has(loggedBy(name))),
  };
}

const LOGGER = '/log';

/** The name of the logger of a service; undefined for what is a logger itself: `log/log` means nothing (spec/s6-compat 3.3.4). */
export const loggerOf = (name: string): string | undefined => (isLogger(name) ? undefined : `${name}${LOGGER}`);

export const isLogger = (name: string): boolean => name.endsWith(LOGGER);

/** The service whose output a logger reads; a name that nothing has for what is no logger. */
export const loggedBy = (name: string): string => (isLogger(name) ? name.slice(0, -LOGGER.length) : '');
