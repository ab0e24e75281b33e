/** What each resource of the control API does: a total map from THE list of resources to functions on the backend. */
import { COMMAND_NAMES, isCommandName } from '../core/commands.ts';
import { nearest, noSuchService } from '../core/messages.ts';
import type { PublicState } from '../core/status.ts';
import type { Backend, GraphBackend, GraphNode } from './backend.ts';
import { carryOut } from './carry-out.ts';
import { select } from './glob.ts';
import { healthOf, notWell } from './health.ts';
import { answerLines } from './log-routes.ts';
import { Refusal } from './problem.ts';
import type { Answering, Answers, EndpointName } from './protocol.ts';
import { changeWish, commandWish, healthWish, logWish, pokePayload, renderWish, shutdownReason, waitWish, type Body } from './requests.ts';

/** A request whose path, method, parameter names and JSON have been checked. */
export type Call = Readonly<{
  parameters: Readonly<Record<string, string>>;
  query: URLSearchParams;
  body: Body;
  /** What a browser that connects again says it has seen; undefined: nothing. */
  lastEventId: string | undefined;
  /** Aborted when the client goes. */
  gone: AbortSignal;
  /** Says what has been done already, for the case that the answer cannot be awaited. */
  done(given: Given): void;
}>;

/** A command that has been given: `seq` of the last event before it, and the pid that the service had. */
export type Given = Readonly<{ seq: number; pid: number | null }>;

type Route<A> = (backend: Backend, call: Call) => A | Promise<A>;
type Routes = { [E in Answering<'json'>]: Route<Answers[E]> };

/** Each throws a Refusal for what cannot be fulfilled. What is not one JSON object is in answers.ts. */
const ROUTES: Routes = {
  supervisor: (backend) => ({ supervisor: backend.info() }),

  services(backend, { query }) {
    const services = backend.statuses();
    const patterns = query.getAll('name');
    if (patterns.length === 0) return { services, unmatched: [] };
    const { selected, unmatched } = select(services, patterns);
    return { services: selected, unmatched };
  },

  service(backend, { parameters }) {
    const name = parameters['name']!;
    const service = backend.status(name);
    if (service === undefined) throw unknownService(backend, name);
    return { service };
  },

  why(backend, { parameters }) {
    const name = parameters['name']!;
    const why = backend.why(name);
    if (why === undefined) throw unknownService(backend, name);
    return { why };
  },

  environment(backend, { parameters }) {
    const name = parameters['name']!;
    const environment = backend.environment(name);
    if (environment === undefined) throw unknownService(backend, name);
    if ('failure' in environment) throw new Refusal('not-startable', environment.failure);
    return { environment };
  },

  async wait(backend, { parameters, query, gone }) {
    const name = parameters['name']!;
    const { goal, timeout } = waitWish(query);
    if (backend.status(name) === undefined) throw unknownService(backend, name);
    const outcome = await backend.waitFor(name, goal, timeout, gone);
    return { service: backend.status(name) ?? null, outcome };
  },

  async command(backend, { parameters, body, gone, done }) {
    const name = parameters['name']!;
    const command = parameters['command']!;
    if (!isCommandName(command)) throw unknownCommand(command);
    const wish = commandWish(command, body);
    if (backend.status(name) !== undefined && STARTING.has(command) && backend.info().shuttingDown) {
      throw new Refusal('shutting-down', `cannot ${command} ${name}: the supervisor is shutting down`);
    }
    done({ seq: backend.info().seq, pid: backend.status(name)?.pid ?? null });
    const answer = await carryOut(backend, name, command, wish, gone);
    if (answer === undefined) throw unknownService(backend, name);
    return answer;
  },

  rescan: (backend) => backend.rescan(),

  shutdown(backend, { body }) {
    backend.shutdown(shutdownReason(body));
    return { shuttingDown: true };
  },

  async reexec(backend) {
    const why = await backend.reexecute();
    if (why !== undefined) throw new Refusal('not-reexecuted', why);
    return { reexecuting: true };
  },

  health(backend, { query }) {
    const { level, names } = healthWish(query);
    const { selected, unmatched: [unknown] } = names.length === 0 ? { selected: backend.statuses(), unmatched: [] } : select(backend.statuses(), names);
    if (unknown !== undefined) throw new Refusal('no-such-service', unknown.detail);
    const question = { level, named: names.length > 0, shuttingDown: backend.info().shuttingDown, changing: backend.graph()?.busy() === true };
    const health = healthOf(selected, question);
    if (!health.healthy) throw new Refusal('not-well', notWell(level, health), { level, services: health.unwell });
    return { level, healthy: true, services: health.services };
  },

  logs: (backend, { query }) => answerLines(backend, logWish(query, undefined)),

  async usage(backend, { query }) {
    const patterns = query.getAll('name');
    const { selected, unmatched: [unknown] } = patterns.length === 0 ? { selected: backend.statuses(), unmatched: [] } : select(backend.statuses(), patterns);
    if (unknown !== undefined) throw new Refusal('no-such-service', unknown.detail);
    const usages = await backend.usages(selected.map(({ name }) => name));
    if (usages === undefined) throw new Refusal('no-usage', 'cannot tell what services use: /proc is missing here, or that of another PID namespace; mount it');
    return { at: new Date().toISOString(), usages };
  },

  members: (backend) => backend.members(),

  templates: (backend) => ({ templates: backend.templates()?.list() ?? [] }),

  async render(backend, { body }) {
    const { names, dry } = renderWish(body);
    const templates = backend.templates();
    const known = templates?.list().map(({ name }) => name) ?? [];
    const unknown = names?.find((name) => !known.includes(name));
    if (unknown !== undefined) throw new Refusal('no-such-template', noSuchTemplate(unknown, known));
    if (!dry && backend.info().shuttingDown) throw new Refusal('shutting-down', 'cannot make any file: the supervisor is shutting down');
    return { templates: await templates?.render(names ?? known, dry) ?? [] };
  },

  graph(backend) {
    const states = new Map(backend.statuses().map(({ name, state }) => [name, state]));
    const stateOf = ({ name, kind, up }: GraphNode): PublicState => states.get(name) ?? (up ? (kind === 'oneshot' ? 'done' : 'up') : 'down');
    return { nodes: graphOf(backend).nodes().map((node) => ({ ...node, state: stateOf(node) })) };
  },

  change(backend, { body }) {
    const graph = graphOf(backend);
    const { block, ...wish } = changeWish(body);
    const known = graph.nodes().map(({ name }) => name);
    const unknown = wish.names.find((name) => !known.includes(name));
    if (unknown !== undefined) throw new Refusal('no-such-service', noSuchService(unknown, known));
    if (wish.direction === 'up' && backend.info().shuttingDown) throw new Refusal('shutting-down', 'cannot bring anything up: the supervisor is shutting down');
    if (!block && !wish.dry && graph.busy()) throw new Refusal('changing', 'another change is being carried out; wait for it with block, s6-rc -b');
    return graph.change(wish);
  },

  poke(backend, { parameters, body }) {
    const payload = pokePayload(body);
    try {
      return { events: backend.poke(parameters['source']!, payload) };
    } catch (error) {
      if (error instanceof TypeError) throw new Refusal('bad-request', error.message);
      throw error;
    }
  },
};

export const jsonRoute = (endpoint: EndpointName): Route<object> | undefined => (ROUTES as Partial<Record<EndpointName, Route<object>>>)[endpoint];

function graphOf(backend: Backend): GraphBackend {
  const graph = backend.graph();
  if (graph === undefined) throw new Refusal('no-graph', 'nothing has dependencies here; s6-rc sources belong in /etc/s6-overlay/s6-rc.d');
  return graph;
}

const STARTING: ReadonlySet<string> = new Set(['start', 'restart', 'once']);

function noSuchTemplate(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return `no template named "${name}"${near === undefined ? '' : `; did you mean "${near}"?`}`;
}

function unknownService(backend: Backend, name: string): Refusal {
  return new Refusal('no-such-service', noSuchService(name, backend.statuses().map((status) => status.name)));
}

function unknownCommand(command: string): Refusal {
  const near = nearest(command, COMMAND_NAMES);
  const advice = near === undefined ? `there is ${COMMAND_NAMES.join(', ')}` : `did you mean "${near}"?`;
  return new Refusal('no-such-command', `no command named "${command}"; ${advice}`);
}
