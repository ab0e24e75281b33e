/**
 * What the doors (HTTP API, s6 FIFOs) need from the supervisor. The supervisor implements it; doors never see more.
 */
import type { AnnouncementName } from '../core/announcements.ts';
import type { CommandName, Goal } from '../core/commands.ts';
import type { PastLife } from '../core/explain.ts';
import type { Member } from '../core/members.ts';
import type { Problem } from '../core/messages.ts';
import type { LogsBackend } from './logs.ts';
import type { PublicState, Status } from '../core/status.ts';
import type { RenderOutcome, TemplateFailure, TemplateState, TemplateStep } from '../core/template.ts';
import type { Usage } from '../core/usage.ts';

/** One announcement as everybody sees it (contract section 6). */
export type PublicEvent = Readonly<{ seq: number; at: string; event: AnnouncementName; service?: string } & Record<string, unknown>>;

export type WaitOutcome = 'reached' | 'failed' | 'timed out' | 'removed';

export type RescanOutcome = Readonly<{ added: string[]; changed: string[]; removed: string[]; problems: readonly Problem[] }>;

export type SupervisorInfo = Readonly<{
  version: string;
  pid: number;
  /** ISO 8601. */
  startedAt: string;
  /** The directory the user writes: /etc/services.d, or the argument of `svc supervise`. */
  directory: string;
  shuttingDown: boolean;
  /** How often it has replaced itself since. */
  reexecutions: number;
  /** Number of the newest event; 0: there was none. */
  seq: number;
}>;

/** A variable; one that is no UTF-8 also has `bytes`, base64 of NAME=value, and `name` and `value` only for people. */
export type Variable = Readonly<{ name: string; value: string; bytes?: string }>;

export type Who = Readonly<{ user: number; group: number; groups: readonly number[] }>;

/** What `run` of a service would find were it started now. It has secrets in it. */
export type RunEnvironment = Readonly<{
  name: string;
  /** Working directory. */
  directory: string;
  /** Numbers. */
  as: Who;
  /** In order of names, without what belongs to one start alone, such as NOTIFY_SOCKET. */
  variables: readonly Variable[];
  /** Names of those that are secrets because service.yaml says so. */
  secrets: readonly string[];
  /** The programs that a start goes through, each of which becomes the next one, before what is to run; none: it is started as it is. */
  chain: readonly string[];
  /** What the first of them gets, where that is something else; null: `variables`. */
  chainVariables: readonly Variable[] | null;
  /** Who the supervisor is, as whom the chain begins. */
  supervisor: Who;
}>;

/** One name of the dependency graph, as clients see it. */
export type GraphNode = Readonly<{
  name: string;
  kind: 'oneshot' | 'longrun' | 'bundle';
  /** Who says what it is: a service directory, or sources of s6-rc. */
  source: 'services' | 's6-rc';
  /** Of a bundle: all that it stands for is. */
  up: boolean;
  /** Services that a bundle stands for. */
  contents: readonly string[];
  /** Services, directly. */
  needs: readonly string[];
  neededBy: readonly string[];
  /** Started with it, and waited for, but it may fail. */
  wants: readonly string[];
  /** Waited for where it is to be started anyway. */
  after: readonly string[];
}>;

/** Why a service is in its state. */
export type Why = Readonly<{
  name: string;
  state: PublicState;
  /** In plain words, without a line break, and with what to do about it. */
  paragraph: string;
  /** The ones that are remembered, newest first. */
  deaths: readonly PastLife[];
  /** Services that it waits for before it is started. */
  waitsFor: readonly string[];
  /** When it is started again by itself, ISO 8601; null: it waits for no time. */
  nextTry: Status['nextTry'];
  tries: Status['tries'];
  reload: Status['reload'];
  /** What is wrong in its service.yaml: it is not started until that is corrected. */
  faults: readonly string[];
}>;

/** Of a member of the cluster, what is known of it. */
export type KnownMember = Omit<Member, 'port'> & Readonly<{
  /** Of the gossip, or of what it serves where whoever lists the members says so; null: not known. */
  port: number | null;
  /** When it was last told of, ISO 8601. */
  at: string;
}>;

export type MembersAnswer = Readonly<{
  /** Who says so: serf, static or dns; handlers: an agent that calls `svc event`; none: nobody. */
  source: string;
  /** false: its source cannot be asked at present, and this is what it said last. */
  fresh: boolean;
  /** When `fresh` became what it is, ISO 8601; null: nobody has been asked yet. */
  since: string | null;
  /** Sorted by name. */
  members: readonly KnownMember[];
}>;

/** One template of templates.d. Times are ISO 8601. */
export type TemplateStatus = Readonly<{
  name: string;
  source: string;
  destination: string;
  /** The service that reads the file and is reloaded; null: none. */
  service: string | null;
  state: TemplateState;
  /** When its last good file was installed; null: none is known. */
  appliedAt: string | null;
  /** How many members that has; null: it has no members in it. */
  members: number | null;
  /** Why its last transaction has failed; null: it has not. */
  failure: (TemplateFailure & Readonly<{ at: string; tries: number }>) | null;
  /** When it is tried again; null: it waits for no time. */
  nextTry: string | null;
}>;

/** What became of a template that somebody asked for. */
export type RenderResult = Readonly<{
  name: string;
  outcome: RenderOutcome;
  /** Where it failed; null: it has not. */
  step: TemplateStep | null;
  reason: string;
  /** What its checker wrote. */
  output: string;
  /** What was rendered, and what the file has now, where nothing was installed; else null. Secrets may be in both. */
  content: string | null;
  current: string | null;
}>;

export interface TemplatesBackend {
  /** Sorted by name. */
  list(): readonly TemplateStatus[];
  /** In the order of `names`, which are known. `dry`: nothing is installed. */
  render(names: readonly string[], dry: boolean): Promise<readonly RenderResult[]>;
}

export type ChangeWish = Readonly<{
  direction: 'up' | 'down';
  names: readonly string[];
  /** Milliseconds for all of it; undefined: no limit. */
  timeout: number | undefined;
  /** Essential services go down, too. */
  force: boolean;
  /** What is not named goes the other way. */
  prune: boolean;
  /** Nothing is done. */
  dry: boolean;
}>;

export type ChangeAnswer = Readonly<{
  /** Everything that was asked for is so. */
  ok: boolean;
  timedOut: boolean;
  /** What was moved; what would be, where nothing is done. */
  moved: readonly string[];
  failed: readonly Readonly<{ name: string; why: string }>[];
  /** Left alone, because something they depend on failed, or time was over. */
  skipped: readonly string[];
}>;

/** Changes of what is up, along the dependencies. */
export interface GraphBackend {
  /** In order of names. */
  nodes(): readonly GraphNode[];
  /** A change is being carried out. */
  busy(): boolean;
  /** Carried out when those that were asked for before have ended. */
  change(wish: ChangeWish): Promise<ChangeAnswer>;
}

export interface Backend {
  /** undefined: nothing can have dependencies here. */
  graph(): GraphBackend | undefined;
  info(): SupervisorInfo;
  /** Sorted by name. */
  statuses(): Status[];
  /** undefined: no such service. */
  status(name: string): Status | undefined;
  /** undefined: no such service. */
  why(name: string): Why | undefined;
  members(): MembersAnswer;
  /** What is counted and measured, as OpenMetrics text. */
  metrics(): Promise<string>;
  /** undefined: there are none. */
  templates(): TemplatesBackend | undefined;
  /** What these services use now, in their order; undefined: it cannot be known here. Read from /proc for this call. */
  usages(names: readonly string[]): Promise<readonly Usage[] | undefined>;
  /** undefined: no such service; `failure`: why it could not be started, as a sentence. Files of secrets and accounts are read for it. */
  environment(name: string): RunEnvironment | Readonly<{ failure: string }> | undefined;
  /** A reload of it is being carried out: another one comes after it. */
  reloading(name: string): boolean;
  /** Gives the command to the service at once; false: no such service. `signal` (a checked name) is for `kill` alone. */
  command(name: string, command: CommandName, signal?: string): boolean;
  /**
   * Resolves when the service reaches the goal, cannot reach it by itself, or `timeout` milliseconds have passed
   * (undefined: no limit). An aborted wait resolves 'timed out'.
   */
  waitFor(name: string, goal: Goal, timeout: number | undefined, abort: AbortSignal): Promise<WaitOutcome>;
  rescan(): Promise<RescanOutcome>;
  /** Begins the ordered shutdown and returns. */
  shutdown(reason: string): void;
  /** The supervisor is about to replace itself; a sentence: it is not, and why. */
  reexecute(): Promise<string | undefined>;
  /** Takes what an agent's handler was called with; gives the events it became. Throws TypeError on input it cannot read. */
  poke(source: string, payload: Readonly<{ environment: Readonly<Record<string, string>>; input: string }>): readonly PublicEvent[];
  /** Calls back for every event from now on; gives the way to stop. */
  subscribe(listener: (event: PublicEvent) => void): () => void;
  /** The newest events, oldest first: at most a few hundred, for clients that resume. */
  recent(): readonly PublicEvent[];
  /** Lines of services. What reads them is loaded when it is first asked for. */
  logs(): Promise<LogsBackend>;
}
