/** What a new look at the scan directory means for the services there are. */
import type { Definition } from './definition.ts';

export type Changes = Readonly<{ added: Definition[]; changed: Definition[]; removed: string[] }>;

/** `known`: name to the fingerprint the service would start with. */
export function compare(known: ReadonlyMap<string, string>, seen: readonly Definition[]): Changes {
  const names = new Set(seen.map(({ name }) => name));
  return {
    added: seen.filter(({ name }) => !known.has(name)),
    changed: seen.filter(({ name, fingerprint }) => known.has(name) && known.get(name) !== fingerprint),
    removed: [...known.keys()].filter((name) => !names.has(name)),
  };
}
