/** The typed client of the control API: one method for each thing to ask, and `call` for whatever has none. */
import type {
  ChangeAnswer, MembersAnswer, PublicEvent, RenderResult, RescanOutcome, RunEnvironment, SupervisorInfo, TemplateStatus, Why,
} from '../control/backend.ts';
import { createClient, type Client } from '../control/client.ts';
import { Refused } from '../control/client-errors.ts';
import { select } from '../control/glob.ts';
import type { HealthLevel, ServiceHealth } from '../control/health.ts';
import type { LogLine } from '../control/logs.ts';
import { isWaitable, type Answers, type CommandOutcome, type Lost, type ShownNode } from '../control/protocol.ts';
import { COMMAND_NAMES, type CommandName, type Goal } from '../core/commands.ts';
import type { Status } from '../core/status.ts';
import type { Usage } from '../core/usage.ts';
import { NoSuchService } from './errors.ts';
import { followEvents, type EventOptions, type StreamItem } from './events.ts';
import { askCommand, askWait } from './go-on.ts';
import { askLines, followLines, type FollowOptions, type LogOptions } from './logs.ts';
import { WAIT } from './waits.ts';

export type WaitOptions = Readonly<{
  /** Milliseconds; undefined: no limit for `waitFor`, {@link WAIT} for an action. */
  timeout?: number | undefined;
  /** Ends the waiting: the promise rejects with its reason. What was asked for goes on. */
  signal?: AbortSignal | undefined;
}>;

export type ActionOptions = WaitOptions & Readonly<{
  /** False returns as soon as the command was given, with the outcome `sent`; true unless given. */
  wait?: boolean | undefined;
}>;

/** What became of it; `service` is null once it is gone, `detail` says why a reload failed. */
export type Outcome = Readonly<{ service: Status | null; outcome: CommandOutcome; detail?: string }>;

/** `healthy` false: `services` are those that are not well, and `detail` says so in a sentence. */
export type Health = Readonly<{ level: HealthLevel; healthy: boolean; services: readonly ServiceHealth[]; detail: string }>;

export type RenderOptions = Readonly<{ dry?: boolean | undefined; signal?: AbortSignal | undefined }>;

export type HealthOptions = Readonly<{ level?: HealthLevel | undefined; names?: readonly string[] | undefined; signal?: AbortSignal | undefined }>;

export type ChangeOptions = WaitOptions & Readonly<{
  /** Essential services go down, too. */
  force?: boolean | undefined;
  /** What is not named goes the other way. */
  prune?: boolean | undefined;
  /** Nothing is done: `moved` is what would be. */
  dry?: boolean | undefined;
  /** Waits for a change that is being carried out; otherwise that is Refused, code `changing`. */
  block?: boolean | undefined;
}>;

/** What a handler was given: variables, and standard input. */
export type PokePayload = Readonly<{ environment?: Readonly<Record<string, string>> | undefined; input?: string | undefined }>;

/** `start`, `stop`, `restart`, `reload`, `once`, `pause`, `cont`: one method for each command that needs no more than a name. */
export type Actions = Readonly<Record<Exclude<CommandName, 'kill'>, (name: string, options?: ActionOptions) => Promise<Outcome>>>;

/**
 * Every method rejects with Unreachable when nobody answers on the socket, and with Refused when the supervisor says no: its
 * `problem` is the problem document (RFC 9457), whose `code` is for programs.
 */
export type N6 = Actions & Readonly<{
  /** The socket it talks to. */
  socket: string;
  /** Any resource of the control API by its name, as the reference lists them. */
  call: Client['call'];
  /** Version, pid, start time and directory. */
  supervisor(): Promise<SupervisorInfo>;
  /** All services, or those that names and globs mean, sorted by name. Rejects with NoSuchService when one of them means none. */
  services(...patterns: readonly string[]): Promise<readonly Status[]>;
  service(name: string): Promise<Status>;
  /** Why it is in its state: a paragraph, and the facts it is made of. */
  why(name: string): Promise<Why>;
  /** What its run would find were it started now: variables, secrets among them, directory and user. */
  environment(name: string): Promise<RunEnvironment>;
  /** Does not reject when something is not well. */
  health(options?: HealthOptions): Promise<Health>;
  /** Every name with what it depends on. Rejects with Refused, code `no-graph`, where nothing can have dependencies. */
  graph(): Promise<readonly ShownNode[]>;
  /** What services use now, all or those that names and globs mean: `at` (ISO 8601) is when it was read. Refused, code `no-usage`, without /proc. */
  usage(...patterns: readonly string[]): Promise<Readonly<{ at: string; usages: readonly Usage[] }>>;
  /** What is counted and measured, as OpenMetrics text. */
  metrics(): Promise<string>;
  /** Who is in the cluster, who says so, and whether that can still be asked. */
  members(): Promise<MembersAnswer>;
  /** Templates of templates.d, and how each of them goes. */
  templates(): Promise<readonly TemplateStatus[]>;
  /** Makes their files now, of all if none is named; `dry`: only what would be. Does not reject when one is refused: its `outcome` says so. */
  render(names?: readonly string[], options?: RenderOptions): Promise<readonly RenderResult[]>;
  /** Any command by its name; those that cannot be waited for do not wait. */
  command(name: string, command: CommandName, options?: ActionOptions): Promise<Outcome>;
  /** Sends a signal, such as SIGUSR1; SIGTERM unless given. */
  kill(name: string, signal?: string): Promise<Outcome>;
  /** Resolves when it is so, when it cannot become so by itself, or after `timeout`: `outcome` says which. */
  waitFor(name: string, goal: Goal, options?: WaitOptions): Promise<Outcome>;
  rescan(): Promise<RescanOutcome>;
  /** Brings names of the graph up with all that they need, or down with all that needs them; resolves when that has ended. */
  change(direction: 'up' | 'down', names: readonly string[], options?: ChangeOptions): Promise<ChangeAnswer>;
  /** Hands over what an agent's handler was called with; gives the events that it became. */
  poke(source: string, payload?: PokePayload): Promise<readonly PublicEvent[]>;
  /** Resolves when the supervisor is about to replace itself; `supervisor-reexecuted` says that it has. Refused, code `not-reexecuted`, when it cannot. */
  reexec(): Promise<void>;
  /** Resolves when the ordered shutdown has begun. */
  shutdown(reason?: string): Promise<void>;
  /** Every event, across restarts and re-executions of the supervisor; see {@link EventOptions}. */
  events(options?: EventOptions): AsyncGenerator<StreamItem, void>;
  /** The newest lines of captured services, and which of those that were asked about n6 does not read. */
  logs(options?: LogOptions): Promise<Answers['logs']>;
  /** The same, then each new line; see {@link FollowOptions}. */
  followLogs(options?: FollowOptions): AsyncGenerator<LogLine | Lost, void>;
}>;

/** A client on the socket at `socket`; see connect. */
export function createN6(socket: string): N6 {
  const client = createClient(socket);

  function command(name: string, which: CommandName, { wait = true, timeout = WAIT, signal }: ActionOptions = {}): Promise<Outcome> {
    const body = wait && isWaitable(which) ? { wait, timeout } : {};
    return askCommand(client, name, which, body, signal);
  }

  const actions = Object.fromEntries(COMMAND_NAMES.map((which) =>
    [which, (name: string, options?: ActionOptions) => command(name, which, options)])) as Actions;

  return {
    ...actions,
    socket,
    call: client.call,
    command,
    supervisor: async () => (await client.call('supervisor')).supervisor,
    async services(...patterns) {
      const { services } = await client.call('services');
      if (patterns.length === 0) return services;
      // Chosen here: a list of globs can be longer than a URL may be.
      const { selected, unmatched } = select(services, patterns);
      if (unmatched.length > 0) throw new NoSuchService(unmatched);
      return selected;
    },
    service: async (name) => (await client.call('service', { parameters: { name } })).service,
    why: async (name) => (await client.call('why', { parameters: { name } })).why,
    environment: async (name) => (await client.call('environment', { parameters: { name } })).environment,
    health: (options) => askHealth(client, options),
    graph: async () => (await client.call('graph')).nodes,
    async usage(...patterns) {
      const { at, usages } = await client.call('usage', { query: patterns.map((name) => ['name', name]) });
      return { at, usages };
    },
    metrics: () => client.text('metrics'),
    members: () => client.call('members'),
    templates: async () => (await client.call('templates')).templates,
    render: async (names = [], { dry = false, signal } = {}) => (await client.call('render', {
      body: { ...(names.length === 0 ? {} : { names }), dry }, ...(signal === undefined ? {} : { signal }),
    })).templates,
    kill: (name, signal = 'SIGTERM') => client.call('command', { parameters: { name, command: 'kill' }, body: { signal } }),
    waitFor: (name, goal, { timeout, signal } = {}) => askWait(client, name, goal, timeout, signal),
    rescan: async () => withoutSchema(await client.call('rescan')),
    async change(direction, names, { signal, ...rest } = {}) {
      const body = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
      const answer = await client.call('change', { body: { direction, names, ...body }, ...(signal === undefined ? {} : { signal }) });
      const { ok, timedOut, moved, failed, skipped } = answer;
      return { ok, timedOut, moved, failed, skipped };
    },
    poke: async (source, { environment = {}, input = '' } = {}) =>
      (await client.call('poke', { parameters: { source }, body: { environment, input } })).events,
    async reexec() {
      await client.call('reexec');
    },
    async shutdown(reason) {
      await client.call('shutdown', { body: reason === undefined ? {} : { reason } });
    },
    events: (options) => followEvents(client, options),
    logs: (options) => askLines(client, options),
    followLogs: (options) => followLines(client, options),
  };
}

async function askHealth(client: Client, { level, names = [], signal }: HealthOptions = {}): Promise<Health> {
  const query = [...(level === undefined ? [] : [['level', level]]), ...names.map((name) => ['name', name])] as [string, string][];
  try {
    const answer = await client.call('health', { query, ...(signal === undefined ? {} : { signal }) });
    return { level: answer.level, healthy: true, services: answer.services, detail: '' };
  } catch (error) {
    if (!(error instanceof Refused) || error.problem.code !== 'not-well') throw error;
    const { problem } = error;
    return { level: problem['level'] as HealthLevel, healthy: false, services: problem['services'] as ServiceHealth[], detail: problem.detail };
  }
}

const withoutSchema = ({ added, changed, removed, problems }: Answers['rescan']): RescanOutcome => ({ added, changed, removed, problems });
