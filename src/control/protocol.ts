/**
 * The control API on the wire (contract section 8): THE list of its resources and the shape of what each answers.
 * Server, client, reference and tests are derived from it. Pure.
 */
import { COMMANDS, GOALS, isGoal, type CommandName, type Goal } from '../core/commands.ts';
import type { PublicState, Status } from '../core/status.ts';
import type { ChangeAnswer, GraphNode, PublicEvent, RescanOutcome, SupervisorInfo, WaitOutcome, Why } from './backend.ts';
import type { HealthLevel, ServiceHealth } from './health.ts';

export const ENDPOINTS = {
  supervisor: { method: 'GET', path: '/v1/supervisor', query: [], body: [], sentence: 'version, pid, start time and directory of the supervisor' },
  services: { method: 'GET', path: '/v1/services', query: ['name'], body: [], sentence: 'every service, or those that a name=GLOB means (repeatable)' },
  service: { method: 'GET', path: '/v1/services/{name}', query: [], body: [], sentence: 'one service' },
  // These stand before `command`, whose last segment would match theirs: the first path that fits is taken.
  wait: { method: 'GET', path: '/v1/services/{name}/wait', query: ['for', 'timeout'], body: [], sentence: 'answers once the service is as wished' },
  why: { method: 'GET', path: '/v1/services/{name}/why', query: [], body: [], sentence: 'why the service is in its state, as a paragraph and as facts' },
  command: {
    method: 'POST', path: '/v1/services/{name}/{command}', query: [], body: ['wait', 'timeout', 'signal'],
    sentence: 'gives the service a command, and waits for it to come true if the body says so',
  },
  rescan: { method: 'POST', path: '/v1/rescan', query: [], body: [], sentence: 'looks at the scan directory again' },
  shutdown: { method: 'POST', path: '/v1/shutdown', query: [], body: ['reason'], sentence: 'begins the ordered shutdown' },
  poke: { method: 'POST', path: '/v1/poke/{source}', query: [], body: ['environment', 'input'], sentence: "what an agent's handler was called with" },
  health: { method: 'GET', path: '/v1/health', query: ['level', 'name'], body: [], sentence: 'whether all is well: 200, or the problem not-well' },
  graph: { method: 'GET', path: '/v1/graph', query: [], body: [], sentence: 'every name with dependencies: what it stands for, needs, and whether it is up' },
  change: {
    method: 'POST', path: '/v1/changes', query: [], body: ['direction', 'names', 'timeout', 'force', 'prune', 'dry', 'block'],
    sentence: 'brings names up with all that they need, or down with all that needs them, and answers when that has ended',
  },
  events: { method: 'GET', path: '/v1/events', query: ['since'], body: [], sentence: 'every event from now on, or after since, as server-sent events' },
} as const satisfies Record<string, Endpoint>;

type Endpoint = Readonly<{
  method: 'GET' | 'POST';
  path: string;
  /** Names that may stand in the query. */
  query: readonly string[];
  /** Keys that may stand in the JSON object of the body; a request without a body has none of them. */
  body: readonly string[];
  sentence: string;
}>;

export type EndpointName = keyof typeof ENDPOINTS;
export const ENDPOINT_NAMES = Object.keys(ENDPOINTS) as EndpointName[];

/** The version of the answers' shape; each answer carries it as `schema`. Fields may be added to a version, never changed. */
export const SCHEMA = 1;

/** Bytes that a request body may have. */
export const BODY_LIMIT = 1024 * 1024;

/** What can be waited for. */
export const WAIT_GOALS = GOALS;
export type WaitGoal = Goal;
export const isWaitGoal = isGoal;

/** What `wait` is for: a command that leads to a goal, and reload, which has a result of its own. */
export const isWaitable = (command: CommandName): boolean => COMMANDS[command].goal !== undefined || command === 'reload';

/** THE list of what can become of a command. The first four are what waiting can end with. */
export const OUTCOMES = {
  reached: 'it is as wished',
  failed: 'it will not come true by itself',
  'timed out': 'it has not come true in time, but may',
  removed: 'the service directory went, and the service with it',
  sent: 'the command was given, and nobody waited',
  'not running': 'there is no process that could receive the signal; nothing was sent',
} as const satisfies Record<WaitOutcome | 'sent' | 'not running', string>;
export type CommandOutcome = keyof typeof OUTCOMES;

/** A name or glob that means no service, and the sentence that says so. */
export type Unmatched = Readonly<{ name: string; detail: string }>;

/** A name of the graph with its state; where it is no service of its own (a bundle, a oneshot of s6-rc), by whether it is up. */
export type ShownNode = GraphNode & Readonly<{ state: PublicState }>;

/** What each resource answers, beside `schema`. `service` is null once the service is gone. */
export type Answers = {
  supervisor: { supervisor: SupervisorInfo };
  services: { services: Status[]; unmatched: Unmatched[] };
  service: { service: Status };
  wait: { service: Status | null; outcome: WaitOutcome };
  why: { why: Why };
  /** `detail`: why a reload has failed. */
  command: { service: Status | null; outcome: CommandOutcome; detail?: string };
  rescan: RescanOutcome;
  shutdown: { shuttingDown: true };
  poke: { events: readonly PublicEvent[] };
  health: { level: HealthLevel; healthy: true; services: readonly ServiceHealth[] };
  graph: { nodes: readonly ShownNode[] };
  change: ChangeAnswer;
};

/** In the stream of `/v1/events`: so many events were dropped here, because the client did not read. */
export type Lost = Readonly<{ lost: number }>;

export type Match = Readonly<{ endpoint: EndpointName; parameters: Readonly<Record<string, string>> }>;

/** The resource that a path names. Throws URIError on broken percent-encoding. */
export function matchPath(path: string): Match | undefined {
  const segments = path.split('/').map(decodeURIComponent);
  for (const endpoint of ENDPOINT_NAMES) {
    const template = ENDPOINTS[endpoint].path.split('/');
    if (template.length !== segments.length) continue;
    const parameters: Record<string, string> = {};
    const fits = template.every((part, index) => {
      const segment = segments[index]!;
      if (!part.startsWith('{')) return part === segment;
      parameters[part.slice(1, -1)] = segment;
      return segment !== '';
    });
    if (fits) return { endpoint, parameters };
  }
  return undefined;
}

/** The path of a resource, its parameters filled in and encoded. */
export function pathOf(endpoint: EndpointName, parameters: Readonly<Record<string, string>> = {}): string {
  return ENDPOINTS[endpoint].path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(parameters[name] ?? ''));
}
