/** `s6-rc` and `s6-rc-db` over the control API: the same names, output and exit codes (spec/s6-compat 5, CLI). */
import type { GraphNode } from '../../control/backend.ts';
import type { N6 } from '../../client/client.ts';
import { NoSupervisor } from '../../client/errors.ts';
import { Refused, Unreachable } from '../../control/client-errors.ts';
import { write } from '../write.ts';
import { DB_USAGE, readArguments, USAGE, WrongUsage, type Options } from './arguments.ts';

/** THE list of what both exit with. */
export const S6_RC_EXIT = { done: 0, failed: 1, timedOut: 2, unknownName: 3, noDatabase: 4, usage: 100, system: 111 } as const;

export type S6RcName = 's6-rc' | 's6-rc-db';
export const isS6Rc = (name: string | undefined): name is S6RcName => name === 's6-rc' || name === 's6-rc-db';

/** Gives the exit code. `reach`: a client of the supervisor; throws NoSupervisor. */
export async function runS6Rc(name: S6RcName, given: readonly string[], reach: () => Promise<N6>): Promise<number> {
  const complain = (kind: string, text: string): void => void write(2, `${name}: ${kind}: ${text}\n`);
  try {
    const options = readArguments(given);
    const [subcommand = '', ...names] = options.words;
    const run = (name === 's6-rc' ? RC : DB)[subcommand];
    if (run === undefined) throw new WrongUsage(subcommand === '' ? 'a subcommand is missing' : `unknown subcommand ${JSON.stringify(subcommand)}`);
    const client = await reach();
    const all = await client.graph();
    // What service directories say of dependencies is none of s6-rc's.
    const nodes = all.filter(({ source }) => source === 's6-rc');
    if (nodes.length === 0) {
      complain('fatal', 'no s6-rc sources were read; they belong in /etc/s6-overlay/s6-rc.d');
      return S6_RC_EXIT.noDatabase;
    }
    const own = new Set(nodes.map(({ name }) => name));
    const graph = new Map(nodes.map((node) => [node.name, { ...node, neededBy: node.neededBy.filter((name) => own.has(name)) }]));
    const unknown = run === DB['list'] ? undefined : names.find((one) => !graph.has(one));
    if (unknown !== undefined) {
      complain('fatal', `${unknown} is not a recognized identifier; s6-rc-db list all prints those that are`);
      return S6_RC_EXIT.unknownName;
    }
    return await run({ client, graph, names, options, complain });
  } catch (error) {
    if (error instanceof WrongUsage) {
      write(2, `${name}: usage: ${name === 's6-rc' ? USAGE : DB_USAGE}\n${name}: fatal: ${error.message}\n`);
      return S6_RC_EXIT.usage;
    }
    if (error instanceof Refused) {
      complain('fatal', error.message);
      return error.problem.code === 'no-graph' ? S6_RC_EXIT.noDatabase : S6_RC_EXIT.system;
    }
    if (error instanceof NoSupervisor || error instanceof Unreachable) {
      complain('fatal', `cannot reach n6: ${error.message}`);
      return S6_RC_EXIT.system;
    }
    throw error;
  }
}

type Graph = ReadonlyMap<string, GraphNode>;
type Asked = Readonly<{ client: N6; graph: Graph; names: readonly string[]; options: Options; complain(kind: string, text: string): void }>;
type Runner = (asked: Asked) => number | Promise<number>;

const print = (names: Iterable<string>): number => {
  for (const name of names) write(1, `${name}\n`);
  return S6_RC_EXIT.done;
};

const RC: Readonly<Record<string, Runner>> = {
  async change({ client, graph, names, options, complain }) {
    const { direction, timeout, force, prune, block, dry, verbosity } = options;
    const asked = options.all ? [...new Set([...names, ...active(graph)])] : names;
    const answer = await client.call('change', {
      body: { direction, names: asked, force, prune, block, dry, ...(timeout === undefined ? {} : { timeout }) },
    });
    const verb = direction === 'up' ? 'start' : 'stop';
    if (dry) for (const name of answer.moved) complain('info', `would ${verb} service ${name}`);
    if (verbosity >= 1) for (const { name, why } of answer.failed) complain('warning', `unable to ${verb} service ${name}: ${why}`);
    if (answer.timedOut) complain('fatal', 'timed out');
    return answer.timedOut ? S6_RC_EXIT.timedOut : answer.ok ? S6_RC_EXIT.done : S6_RC_EXIT.failed;
  },

  /** Down: what is not selected. */
  list({ graph, names, options }) {
    const selected = new Set([...expand(graph, names), ...(options.all ? active(graph) : [])]);
    const all = services(graph).map(({ name }) => name);
    return print(all.filter((name) => selected.has(name) === (options.direction === 'up')));
  },

  listall({ graph, names, options }) {
    const from = [...expand(graph, names), ...(options.all ? active(graph) : [])];
    return print([...closure(graph, from, options.direction === 'up' ? 'needs' : 'neededBy')].sort());
  },

  async diff({ client, graph }) {
    const live = await client.services();
    const wanted = new Map(live.map((service) => [service.name, service.wanted !== 'down']));
    const different = services(graph).filter(({ name, kind, up }) => kind === 'longrun' && wanted.get(name) !== up);
    for (const { name, up } of different) write(1, `service ${name} is ${up ? 'up' : 'down'} for s6-rc, but wanted ${up ? 'down' : 'up'}\n`);
    return different.length === 0 ? S6_RC_EXIT.done : S6_RC_EXIT.failed;
  },
};

const KINDS: Readonly<Record<string, (node: GraphNode) => boolean>> = {
  all: () => true,
  services: ({ kind }) => kind !== 'bundle',
  oneshots: ({ kind }) => kind === 'oneshot',
  longruns: ({ kind }) => kind === 'longrun',
  bundles: ({ kind }) => kind === 'bundle',
};

const DB: Readonly<Record<string, Runner>> = {
  list({ graph, names: [what = ''] }) {
    const fits = KINDS[what];
    if (fits === undefined) throw new WrongUsage(`list: expected ${Object.keys(KINDS).join(', ')}, got ${JSON.stringify(what)}`);
    return print([...graph.values()].filter(fits).map(({ name }) => name));
  },
  type: ({ graph, names: [name] }) => print([known(graph, name).kind]),
  contents: ({ graph, names: [name] }) => print(known(graph, name).contents),
  dependencies: ({ graph, names, options }) =>
    print([...new Set(expand(graph, names).flatMap((name) => (options.direction === 'up' ? graph.get(name)!.needs : graph.get(name)!.neededBy)))].sort()),
  'all-dependencies': ({ graph, names, options }) =>
    print([...closure(graph, expand(graph, names), options.direction === 'up' ? 'needs' : 'neededBy')].sort()),
};

function known(graph: Graph, name: string | undefined): GraphNode {
  const node = name === undefined ? undefined : graph.get(name);
  if (node === undefined) throw new WrongUsage('a name is missing');
  return node;
}

const services = (graph: Graph): GraphNode[] => [...graph.values()].filter(({ kind }) => kind !== 'bundle');
const active = (graph: Graph): string[] => services(graph).filter(({ up }) => up).map(({ name }) => name);
/** The services that names stand for; `contents` of a bundle are services already. */
const expand = (graph: Graph, names: readonly string[]): string[] =>
  [...new Set(names.flatMap((name) => (graph.get(name)!.kind === 'bundle' ? graph.get(name)!.contents : [name])))].sort();

function closure(graph: Graph, from: readonly string[], direction: 'needs' | 'neededBy'): ReadonlySet<string> {
  const reached = new Set(from);
  for (const name of reached) for (const next of graph.get(name)?.[direction] ?? []) reached.add(next);
  return reached;
}
