/** A new look at the scan directory: added directories start, removed ones stop and are forgotten, changed ones become stale. */
import type { RescanOutcome } from '../control/backend.ts';
import type { Definition } from '../core/definition.ts';
import type { Problem, Report } from '../core/messages.ts';
import { compare, type Changes } from '../core/scan.ts';
import { latestDefinition } from '../core/state.ts';
import type { Catalogue } from './catalogue.ts';
import type { Supervisor } from './supervisor.ts';

/** `add`: what has gone goes on, as after s6-svscanctl -a; `prune`: only what has gone is looked for, as after -n. */
export type RescanWish = 'all' | 'add' | 'prune';

/** Never throws; a directory that cannot be read leaves everything as it is. */
export function rescan(supervisor: Supervisor, catalogue: Catalogue, report: (report: Report) => void, wish: RescanWish = 'all'): RescanOutcome {
  const seen = catalogue.look();
  if (seen.unreadable !== undefined) {
    report({ type: 'unreadableScanDirectory', directory: catalogue.directory, code: seen.unreadable });
    return { added: [], changed: [], removed: [], problems: [unreadable(catalogue.directory, seen.unreadable)] };
  }
  const known = new Map(supervisor.roster.all().map((service) => [service.definition.name, latestDefinition(service).fingerprint]));
  for (const { name, why } of seen.disabled ?? []) report({ type: 'note', level: 'debug', text: `${name} is not there: ${why} (enabled-if)` });
  const unknown = new Set(seen.deferred);
  const compared = compare(known, seen.definitions);
  const { added, changed, removed } = only(wish, { ...compared, removed: compared.removed.filter((name) => !unknown.has(name)) });
  const problems: Problem[] = [...seen.problems];
  const install = (definition: Parameters<Catalogue['install']>[0]): typeof definition => {
    const installed = catalogue.install(definition);
    problems.push(...installed.problems);
    return installed.definition;
  };
  for (const definition of changed) supervisor.redefine(withPipes(supervisor, install(definition)));
  // Which has been removed and is back before its service was at rest.
  for (const definition of seen.definitions) supervisor.restore(definition);
  for (const definition of added) supervisor.add(install(definition));
  for (const name of removed) {
    report({ type: 'directoryGone', service: name, directory: `${catalogue.directory}/${name}` });
    supervisor.retire(name);
  }
  // What was told at the last look and has not changed since would only be noise in the log; the caller gets all.
  const news = new Set([...added, ...changed].map(({ name }) => name));
  const isNews = ({ service }: Problem): boolean => news.has(service) || supervisor.roster.get(service) === undefined;
  for (const problem of problems.filter(isNews)) report({ type: 'problem', problem });
  return { added: names(added), changed: names(changed), removed, problems };
}

const only = (wish: RescanWish, changes: Changes): Changes =>
  (wish === 'add' ? { ...changes, removed: [] } : wish === 'prune' ? { ...changes, added: [], changed: [] } : changes);

/** The pipes of a pair are those with which it was first seen (spec/s6-compat 3.3.1, 3.3.3). */
function withPipes(supervisor: Supervisor, definition: Definition): Definition {
  const known = supervisor.roster.get(definition.name)?.definition;
  return known === undefined ? definition : { ...definition, stdoutPipe: known.stdoutPipe, stdinPipe: known.stdinPipe };
}

const names = (definitions: readonly { name: string }[]): string[] => definitions.map(({ name }) => name);

const unreadable = (directory: string, code: string): Problem => ({
  service: '', file: directory, value: code, expected: 'a directory that can be read', remedy: 'nothing was changed; mend it, then: svc rescan',
});
