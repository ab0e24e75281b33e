/** All sources of a container together: those of the image, of its packages and of its bundles, and n6's own names. */
import { existsSync } from 'node:fs';
import { buildGraph, faultText, type Fault, type Graph, type Node } from '../../core/graph.ts';
import type { Problem } from '../../core/messages.ts';
import { asNamed, type Find } from '../find.ts';
import { BUILT_INS, isBuiltIn } from './built-ins.ts';
import { findPipelines } from './pipelines.ts';
import { readSourceDirectory, type Source } from './read.ts';

export type Sources = Readonly<{
  graph: Graph;
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
    complain(problemOf(told, (name) => files.get(name) ?? name));
  }
  return {
    graph,
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

function problemOf(fault: Fault, place: (name: string) => string): Problem {
  const text = faultText(fault);
  const about = (service: string, file: string, value: string, expected: string, what: string): Problem =>
    ({ service, file, value, expected, remedy: `${text}${what}` });
  switch (fault.type) {
    case 'twice': return about(fault.name, place(fault.name), fault.name, 'a name that is defined once', '; rename the other');
    case 'unknown': {
      const file = `${place(fault.of)}/${fault.field === 'needs' ? 'dependencies.d' : 'contents.d'}`;
      return about(fault.of, file, fault.target, 'a name that is defined', fault.near === undefined ? '; define it, or take the name away' : '');
    }
    case 'cycle': {
      const [first] = fault.path as [string];
      return about(first, place(first), fault.path.join(' '), 'dependencies without a circle', '; take one of them away');
    }
    case 'lost': return about(fault.name, place(fault.name), fault.needs, 'a dependency that can run', '; mend that one');
  }
}
