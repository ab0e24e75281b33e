/** What the runner of hooks does, and needs. */
import type { Exit } from '../core/exit.ts';
import type { HookRun, HookWaits } from '../core/hooks.ts';
import type { Report } from '../core/messages.ts';
import type { SavedHook, SavedQueue, Saving } from '../core/persist/life.ts';
import type { HookSystem } from './execute.ts';
import type { Printing } from './output.ts';
import type { HookPlaces } from './places.ts';
import type { HookResults } from './results.ts';
import type { HookEvent } from './variables.ts';

export type HookRunner = Readonly<{
  /** Runs what there is for the event, after what its service is still running, and returns at once; never throws. */
  give(event: HookEvent): void;
  /**
   * Runs what there is for an event that somebody has made up, and tells what came of it. undefined: hooks of that service are running, which must not
   * wait for whoever they have asked.
   */
  ask(event: HookEvent): Promise<readonly HookRun[]> | undefined;
  results: Pick<HookResults, 'last' | 'failureOf'>;
  /** Hooks that run now. */
  running(): readonly string[];
  /** Resolves when no hook runs and none waits. */
  idle(): Promise<void>;
  /** Forgets what waits, asks what runs to end (TERM, and KILL 5 s later), and resolves when it has. Later events are not taken. */
  stop(): Promise<void>;
  /** No hook is started until `thaw`; those that run go on, and events are taken. */
  freeze(): void;
  thaw(): void;
  save(saving: Pick<Saving, 'startTime'>): SavedQueue[];
  /** What has become of hooks, and who still prints. */
  saveMemory(saving: Pick<Saving, 'keep'>): unknown;
  /** What an earlier life of this process had not finished. `endOf`: of a hook that it had started; undefined: it cannot be told any more. */
  adopt(saved: readonly SavedQueue[], endOf: (hook: SavedHook) => Promise<Exit> | undefined, memory?: unknown): void;
}>;

export type HookRunnerOptions = Readonly<{
  places: HookPlaces;
  /** How long a burst of events is waited for (N6_HOOK_WAIT). */
  waits: HookWaits;
  /** The container environment; asked before every hook, so that later edits are seen. */
  environment(): Readonly<Record<string, string>>;
  /** Milliseconds a hook may run (N6_HOOK_TIMEOUT); 0: no limit. */
  timeout: number;
  kernel: HookSystem;
  /** Milliseconds since 1970. */
  wall(): number;
  /** A line that a hook has printed. */
  printed(printing: Printing, text: string): void;
  report(report: Report): void;
  /** For the announcement `hook-failed`. Not called for a hook of `hook-failed`: it would be run by its own failure for ever. */
  hookFailed(failure: HookFailure): void;
}>;

export type HookFailure = Readonly<{ hook: string; cause: HookEvent['event']; reason: string; service?: string }>;
