/**
 * What the doors (HTTP API, s6 FIFOs) need from the supervisor. The supervisor implements it; doors never see more.
 */
import type { AnnouncementName } from '../core/announcements.ts';
import type { CommandName, Goal } from '../core/commands.ts';
import type { Problem } from '../core/messages.ts';
import type { Status } from '../core/status.ts';

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
}>;

export interface Backend {
  info(): SupervisorInfo;
  /** Sorted by name. */
  statuses(): Status[];
  /** undefined: no such service. */
  status(name: string): Status | undefined;
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
  /** Takes what an agent's handler was called with; gives the events it became. Throws TypeError on input it cannot read. */
  poke(source: string, payload: Readonly<{ environment: Readonly<Record<string, string>>; input: string }>): readonly PublicEvent[];
  /** Calls back for every event from now on; gives the way to stop. */
  subscribe(listener: (event: PublicEvent) => void): () => void;
  /** The newest events, oldest first: at most a few hundred, for clients that resume. */
  recent(): readonly PublicEvent[];
}
