/** All sources of a container together: those of the image, of its packages and of its bundles, and n6's own names. */
import { existsSync } from 'node:fs';
import { buildGraph, type Graph, type Node } from '../../core/graph.ts';
import { faultProblem, type Fault } from '../../core/graph-faults.ts';
import type { Problem } from '../../core/messages.ts';
import { asNamed, type Find } from '../find.ts';
import { BUILT_INS, isBuiltIn } from './built-ins.ts';
import { findPipelines } from './pipelines.ts';
import { readSourceDirectory, type Source } from './read.ts';

export type Sources = Readonly<{
  graph: Graph;
  /** What of it stands: each needs and contains only what does, too. */
  nodes: readonly Node[];
  /** By name; the built-in ones are not among them. */
  sources: ReadonlyMap<string, Source>;
  /** Producer to consumer (spec 5.3). */
  consumers: ReadonlyMap<string, string>;
  problems: readonly Problem[];
  /** Something that was to run does not. */
  broken: boolean;
}>;

/**
 * Reads every directory of sources that is there, in this order; a built-in name, and `user` and `user2`, gather what all of
 * them say. `bundles`: where `user/contents.d` is looked for besides (spec 5.9). `find`: for
 * those of an image, whose links lead inside the image. Never throws.
 */
export function readSources(directories: readonly string[], bundles: string | undefined, find: Find = asNamed): Sources {
  const problems: Problem[] = [];
  const complain = (problem: Problem): void => void problems.push(problem);
  const results = [...directories, ...(bundles !== undefined && existsSync(find(bundles)) ? [bundles] : [])]
    .map((directory) => readSourceDirectory(directory, complain, find));
  const read = results.flatMap(({ sources }) => sources);
  const own = read.filter(({ name }) => !isBuiltIn(name));
  const { consumers, needs, bundles: pipelines } = findPipelines(own, complain);
  const nodes: Node[] = [
    ...BUILT_INS.map((built) => gathered(built, read)),
    ...own.map((source) => ({ ...source, needs: [...source.needs, ...(needs.get(source.name) ?? [])] })),
    ...pipelines,
  ];
  const { graph, faults } = buildGraph(nodes);
  const lost = new Set(results.flatMap((result) => result.lost));
  const files = new Map(read.map(({ name, directory }) => [name, directory]));
  for (const fault of faults) {
    // Said already, where it could not be read.
    if (fault.type === 'unknown' && fault.field === 'contents' && lost.has(fault.target)) continue;
    const told: Fault = fault.type === 'unknown' && lost.has(fault.target) ? { type: 'lost', name: fault.of, needs: fault.target } : fault;
    complain(faultProblem(told, (name, field) => {
      const file = files.get(name) ?? name;
      return field === undefined ? file : `${file}/${field === 'needs' ? 'dependencies.d' : 'contents.d'}`;
    }));
  }
  const standing = graph.names().map((name): Node => {
    const node = graph.node(name)!;
    return node.kind === 'bundle' ? { ...node, contents: [...graph.expand([name])] } : { ...node, needs: [...graph.needsOf(name)] };
  });
  return {
    graph, nodes: standing,
    sources: new Map([...own].reverse().filter(({ name }) => graph.node(name) !== undefined).map((source) => [source.name, source])),
    consumers, problems,
    broken: faults.length > 0 || lost.size > 0,
  };
}

/** A built-in name, with what the directories of that name add to it. */
function gathered(built: Node, read: readonly Source[]): Node {
  const additions = read.filter(({ name }) => name === built.name);
  return {
    ...built,
    needs: unique([...built.needs, ...additions.flatMap(({ needs }) => needs)]),
    contents: built.kind === 'bundle' ? unique([...built.contents, ...additions.flatMap(({ contents }) => contents)]) : [],
  };
}

const unique = (words: readonly string[]): string[] => [...new Set(words)];
