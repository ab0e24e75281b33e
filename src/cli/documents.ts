/**
 * THE list of what `--json` prints, by command: one object with `schema` (control/protocol.ts) and these fields. schema/svc.schema.json
 * is made of it (`npm run schema`). Fields may be added, never changed or removed.
 */
import type { PublicEvent, RescanOutcome, RunEnvironment, SupervisorInfo, Why } from '../control/backend.ts';
import type { HealthLevel, ServiceHealth } from '../control/health.ts';
import type { LogLine } from '../control/logs.ts';
import type { Answers, CommandOutcome, Lost, ShownNode } from '../control/protocol.ts';
import type { CommandName } from '../core/commands.ts';
import type { Problem } from '../core/messages.ts';
import type { Status } from '../core/status.ts';

/** What became of a wish for one service. One that is gone, or that was refused, has `name` and `outcome` alone. */
export type ServiceResult = Readonly<{
  name: string;
  /** `refused`: the supervisor says no; standard error says why. */
  outcome: CommandOutcome | 'refused';
  /** Why a reload has failed. */
  detail?: string;
}> & Partial<Omit<Status, 'name'>>;

type Results = Readonly<{ services: readonly ServiceResult[] }>;

export type Documents = {
  status: Readonly<{ services: readonly Status[] }>;
  why: Readonly<{ services: readonly Why[] }>;
  /** `roots`: names where the trees begin; `nodes`: those that are shown. */
  tree: Readonly<{ roots: readonly string[]; nodes: readonly ShownNode[] }>;
  graph: Readonly<{ nodes: readonly ShownNode[] }>;
  /** `detail` is a sentence; `services` are those that count or, where not all is well, those that are not. */
  health: Readonly<{ level: HealthLevel; healthy: boolean; detail: string; services: readonly ServiceHealth[] }>;
  /** Secrets are masked unless `--reveal` is given. */
  env: Readonly<{ environment: RunEnvironment }>;
  members: Answers['members'];
  render: Answers['render'];
  rescan: RescanOutcome;
  /** `before`: the version that has replaced itself. */
  reexec: Readonly<{ supervisor: SupervisorInfo; before: string }>;
  /** `looked`: how many services, sources and scripts; `notes`: sentences. */
  check: Readonly<{ directory: string; looked: number; problems: readonly Problem[]; notes: readonly string[] }>;
  /** Paths of the links that were made. */
  link: Readonly<{ linked: readonly string[] }>;
} & { [C in CommandName | 'wait']: Results };

/** THE list of what is printed as lines, each an object: a stream has no end at which an object could be closed. */
export type Lines = {
  logs: (LogLine | Lost) & Readonly<{ schema: number }>;
  /** Each as in the stream of the API, without `schema`. */
  events: PublicEvent | Lost;
};
