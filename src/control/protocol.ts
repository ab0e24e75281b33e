/**
 * The control API on the wire (contract section 8): THE list of its resources and the shape of what each answers.
 * Server, client, reference and tests are derived from it. Pure.
 */
import { COMMANDS, GOALS, isGoal, type CommandName, type Goal } from '../core/commands.ts';
import type { PublicState, Status } from '../core/status.ts';
import type { Usage } from '../core/usage.ts';
import type {
  ChangeAnswer, GraphNode, MembersAnswer, PublicEvent, RenderResult, RescanOutcome, RunEnvironment, SupervisorInfo, TemplateStatus, WaitOutcome, Why,
} from './backend.ts';
import type { HealthLevel, ServiceHealth } from './health.ts';
import type { LogLines } from './logs.ts';

export const ENDPOINTS = {
  supervisor: {
    method: 'GET', path: '/v1/supervisor', query: [], body: [], answers: ['json'],
    sentence: 'version, pid, start time and directory of the supervisor',
  },
  services: {
    method: 'GET', path: '/v1/services', query: ['name'], body: [], answers: ['json'],
    sentence: 'every service, or those that a name=GLOB means (repeatable)',
  },
  service: { method: 'GET', path: '/v1/services/{name}', query: [], body: [], answers: ['json'], sentence: 'one service' },
  // These stand before `command`, whose last segment would match theirs: the first path that fits is taken.
  wait: {
    method: 'GET', path: '/v1/services/{name}/wait', query: ['for', 'timeout'], body: [], answers: ['json'],
    sentence: 'answers once the service is as wished',
  },
  why: {
    method: 'GET', path: '/v1/services/{name}/why', query: [], body: [], answers: ['json'],
    sentence: 'why the service is in its state, as a paragraph and as facts',
  },
  environment: {
    method: 'GET', path: '/v1/services/{name}/environment', query: [], body: [], answers: ['json'], secret: true,
    sentence: 'what its run would find: variables, secrets among them, directory, user, and the programs that make it so',
  },
  command: {
    method: 'POST', path: '/v1/services/{name}/{command}', query: [], body: ['wait', 'timeout', 'signal'], answers: ['json'],
    sentence: 'gives the service a command, and waits for it to come true if the body says so',
  },
  rescan: { method: 'POST', path: '/v1/rescan', query: [], body: [], answers: ['json'], sentence: 'looks at the scan directory again' },
  shutdown: { method: 'POST', path: '/v1/shutdown', query: [], body: ['reason'], answers: ['json'], sentence: 'begins the ordered shutdown' },
  reexec: {
    method: 'POST', path: '/v1/reexec', query: [], body: [], answers: ['json'],
    sentence: 'the supervisor replaces itself with the program as it is now, and services go on',
  },
  poke: {
    method: 'POST', path: '/v1/poke/{source}', query: [], body: ['environment', 'input'], answers: ['json'],
    sentence: "what an agent's handler was called with",
  },
  health: {
    method: 'GET', path: '/v1/health', query: ['level', 'name'], body: [], answers: ['json'],
    sentence: 'whether all is well: 200, or the problem not-well',
  },
  usage: {
    method: 'GET', path: '/v1/usage', query: ['name'], body: [], answers: ['json'],
    sentence: 'what services use: CPU time, memory, processes; read when asked',
  },
  graph: {
    method: 'GET', path: '/v1/graph', query: [], body: [], answers: ['json'],
    sentence: 'every name with dependencies: what it stands for, needs, and whether it is up',
  },
  change: {
    method: 'POST', path: '/v1/changes', query: [], body: ['direction', 'names', 'timeout', 'force', 'prune', 'dry', 'block'], answers: ['json'],
    sentence: 'brings names up with all that they need, or down with all that needs them, and answers when that has ended',
  },
  events: {
    method: 'GET', path: '/v1/events', query: ['since', 'snapshot'], body: [], answers: ['stream'],
    sentence: 'every event from now on, or after since, as server-sent events',
  },
  logs: {
    method: 'GET', path: '/v1/logs', query: ['name', 'lines', 'since', 'after', 'follow'], body: [], answers: ['json', 'stream'],
    sentence: 'the newest lines that captured services have written; with follow=1 each new one, too, as server-sent events',
  },
  members: {
    method: 'GET', path: '/v1/members', query: [], body: [], answers: ['json'],
    sentence: 'who is in the cluster, who says so, and whether that can still be asked',
  },
  templates: {
    method: 'GET', path: '/v1/templates', query: [], body: [], answers: ['json'],
    sentence: 'every template: what it makes of what for whom, and how that goes',
  },
  render: {
    method: 'POST', path: '/v1/templates/render', query: [], body: ['names', 'dry'], answers: ['json'],
    sentence: 'makes the files of templates now, all unless some are named, and answers when that has ended; with dry they are rendered and checked only',
  },
  metrics: { method: 'GET', path: '/metrics', query: [], body: [], answers: ['text'], sentence: 'what is counted and measured, as OpenMetrics text' },
  page: { method: 'GET', path: '/', query: [], body: [], answers: ['file'], sentence: 'the dashboard' },
  pageFile: { method: 'GET', path: '/dashboard/{file}', query: [], body: [], answers: ['file'], sentence: 'what belongs to the dashboard' },
} as const satisfies Record<string, Endpoint>;

type Endpoint = Readonly<{
  method: 'GET' | 'POST';
  path: string;
  /** Names that may stand in the query. */
  query: readonly string[];
  /** Keys that may stand in the JSON object of the body; a request without a body has none of them. */
  body: readonly string[];
  /** What may be answered; where there are several, the query decides. */
  answers: readonly AnswerKind[];
  /** The answer has secrets in it: it is for those who may act, not for those who may only read. */
  secret?: true;
  sentence: string;
}>;

/** One JSON object with `schema`; text in a format of its own; server-sent events without end; a static file, which is no secret. */
type AnswerKind = 'json' | 'text' | 'stream' | 'file';

export type EndpointName = keyof typeof ENDPOINTS;
export const ENDPOINT_NAMES = Object.keys(ENDPOINTS) as EndpointName[];
/** The resources that may answer so. */
export type Answering<K extends AnswerKind> = { [E in EndpointName]: K extends (typeof ENDPOINTS)[E]['answers'][number] ? E : never }[EndpointName];

/** The version of the answers' shape; each answer carries it as `schema`. Fields may be added to a version, never changed. */
export const SCHEMA = 1;

/** Bytes that a request body may have. */
export const BODY_LIMIT = 1024 * 1024;

/** Lines that are given unless a number is asked for, and at most: they are made into one answer at once. */
export const LOG_LINES = { usual: 100, most: 10_000 } as const;

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
  environment: { environment: RunEnvironment };
  /** `detail`: why a reload has failed. */
  command: { service: Status | null; outcome: CommandOutcome; detail?: string };
  rescan: RescanOutcome;
  shutdown: { shuttingDown: true };
  members: MembersAnswer;
  templates: { templates: readonly TemplateStatus[] };
  render: { templates: readonly RenderResult[] };
  reexec: { reexecuting: true };
  poke: { events: readonly PublicEvent[] };
  health: { level: HealthLevel; healthy: true; services: readonly ServiceHealth[] };
  /** `at`, ISO 8601, is when it was read: two answers tell how busy a service is. */
  /** `newest`: seq of the newest line of all; `began`: when the counting began; `uncaptured`: services that were asked about and that n6 does not read. */
  logs: LogLines & { newest: number; began: string; uncaptured: readonly string[] };
  usage: { at: string; usages: readonly Usage[] };
  graph: { nodes: readonly ShownNode[] };
  change: ChangeAnswer;
};

/** The last frame of every stream before the supervisor replaces itself: come again, with the id of the last event that was seen. */
export const RECONNECT_FRAME = 'event: reconnect\ndata: {"reconnect":true}\n\n';

/** In the stream of `/v1/events`, first, where it was asked for: every service as it is after the event `seq`. */
export type Snapshot = Readonly<{ snapshot: Readonly<{ seq: number; services: readonly Status[] }> }>;

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
