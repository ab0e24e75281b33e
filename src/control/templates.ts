/** What the doors need to know of templates, and to do with them. */
import type { RenderOutcome, TemplateFailure, TemplateState, TemplateStep } from '../core/template.ts';

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
