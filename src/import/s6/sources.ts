/** s6-rc's sources: longruns and oneshots become services, dependencies `needs`, a consumer the logger of its producer. */
import path from 'node:path';
import type { Graph } from '../../core/graph.ts';
import { parse } from '../../execline/parse.ts';
import { readServiceDirectory } from '../../servicedir/read.ts';
import { isBuiltIn } from '../../servicedir/s6-rc/built-ins.ts';
import type { Source } from '../../servicedir/s6-rc/read.ts';
import { readSources, type Sources } from '../../servicedir/s6-rc/sources.ts';
import { field, FLAG_DOWN, type Entry, type Imported, type Service } from '../model.ts';
import { notImported, unreadable } from '../sentences.ts';
import { copyOf, serviceOf } from './directory.ts';
import { filesOf, staysWrong } from './files.ts';
import { SOURCE_FILES } from './table.ts';

/** What s6-rc reads itself; a longrun's `down` is not "start down", its log/ no logger (spec 5.2). */
const ITS_OWN = [...Object.keys(SOURCE_FILES), 'flag-recommended', 'essential', 'log'];

export function importSources(directory: string): Imported {
  const read = readSources([directory], undefined);
  const problems = [...read.problems];
  const { graph, sources } = read;
  const loggers = loggersOf(read);
  const started = startedBy(graph, sources);
  const services: Service[] = [];
  for (const source of sources.values()) {
    if (source.kind === 'bundle' || loggers.has(source.name)) continue;
    try {
      services.push(serviceFrom(source, read, loggers, started));
    } catch (error) {
      problems.push(unreadable(source.directory, error, 'a source that can be read'));
    }
  }
  for (const source of sources.values()) {
    if (source.kind === 'longrun') problems.push(...readServiceDirectory(source.directory, source.name).problems.filter(staysWrong));
  }
  const bundles = [...sources.values()].filter(({ kind }) => kind === 'bundle').map(({ name, contents }) =>
    notImported(`the bundle ${name}`, `n6 has no names for several services; it is ${contents.join(', ')}`));
  return { services: services.sort((a, b) => (a.name < b.name ? -1 : 1)), remarks: bundles, problems };
}

function serviceFrom(source: Source, { graph, consumers }: Sources, loggers: ReadonlyMap<string, string>, started: ReadonlySet<string> | undefined): Service {
  const { name, directory, kind } = source;
  const logger = [...loggers].find(([, producer]) => producer === name)?.[0];
  const needs = [...graph.expand(source.needs)].filter((need) => !isBuiltIn(need) && need !== name && !loggers.has(need)).sort();
  const remarks = [...lossesOf(source), ...(logger === undefined && consumers.has(name) ? [pipeLost(name, consumers.get(name)!)] : [])];
  const common = needs.length === 0 ? [] : [field('needs', needs)];
  const down = started === undefined || started.has(name) ? [] : [FLAG_DOWN];
  if (kind === 'oneshot') {
    const { up, down: undo } = source;
    const once = { up: up === undefined ? ['true'] : commandFrom(up), ...(undo === undefined ? {} : { down: commandFrom(undo) }) };
    const { entries, remarks: lost } = filesOf(directory, new Set([...ITS_OWN, 'run', 'finish']));
    return { name, remarks: [...remarks, ...lost], fields: [field('once', once), ...common], files: [...down, ...entries] };
  }
  const read = readServiceDirectory(directory, name);
  const service = read.deferred ? copyOf(name, directory) : serviceOf(read.definition, ITS_OWN);
  const log = logger === undefined ? [] : loggerFiles(path.join(path.dirname(directory), logger));
  return {
    name, fields: [...common, ...service.fields], files: [...down, ...service.files, ...log],
    remarks: [...remarks, ...(logger === undefined ? [] : [`its logger was the longrun ${logger}, and is ${name}/log now`]), ...service.remarks],
  };
}

const loggerFiles = (directory: string): Entry[] =>
  [{ path: 'log', kind: 'directory', mode: 0o755 }, ...filesOf(directory, new Set(ITS_OWN), 'log').entries];

/** Consumer to producer, of those that a directory `log` can express: one writes, one reads, needs nothing, and is needed by nobody else. */
function loggersOf({ graph, sources, consumers }: Sources): Map<string, string> {
  const found = new Map<string, string>();
  for (const [producer, consumer] of consumers) {
    const alone = [...consumers.values()].filter((other) => other === consumer).length === 1;
    const needed = [...sources.values()].some(({ name, needs }) => name !== producer && graph.expand(needs).has(consumer));
    const needsNothing = sources.get(consumer)!.needs.every(isBuiltIn);
    if (alone && !needed && needsNothing && !consumers.has(consumer)) found.set(consumer, producer);
  }
  return found;
}

/** What `user` and `user2` bring up; undefined: there is neither, and all is started. */
function startedBy(graph: Graph, sources: Sources['sources']): ReadonlySet<string> | undefined {
  const named = ['user', 'user2'].flatMap((name) => graph.node(name)?.contents ?? []);
  if (named.length === 0) return undefined;
  const all = new Set<string>();
  const visit = (name: string): void => {
    if (all.has(name)) return;
    all.add(name);
    for (const need of graph.expand(sources.get(name)?.needs ?? [])) visit(need);
  };
  for (const name of graph.expand(named)) visit(name);
  return all;
}

function lossesOf({ timeoutUp, timeoutDown, essential, pipelineName, kind }: Source): string[] {
  return [
    ...(timeoutUp === undefined ? [] : [notImported(`timeout-up ${timeoutUp}`,
      kind === 'longrun' ? 'see ready: { timeout } of service.yaml' : 'a oneshot may take its time; put timeout(1) before its command')]),
    ...(timeoutDown === undefined ? [] : [notImported(`timeout-down ${timeoutDown}`, 'see stop of service.yaml')]),
    ...(essential ? [notImported('flag-essential', 'svc stop stops what it is told to')] : []),
    ...(pipelineName === undefined ? [] : [notImported(`pipeline-name ${pipelineName}`, 'n6 has no names for several services')]),
  ];
}

const pipeLost = (producer: string, consumer: string): string => notImported(`the pipe from ${producer} to ${consumer}`,
  'n6 connects a service to its own log/ only; let it write to a FIFO that the other one reads');

/** Words of execline are what is started, one by one; where they have blocks, execlineb takes them apart. */
function commandFrom(text: string): readonly string[] {
  const { words } = parse(text);
  const line = text.split('\n').filter((one) => !/^\s*(#.*)?$/.test(one)).join('\n').trim();
  return words.some((word) => word === '' || word.startsWith(' ')) ? ['execlineb', '-P', '-c', line] : words;
}
