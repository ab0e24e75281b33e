/** Scaling, with what the boot knows of instances. */
import type { Report } from '../core/messages.ts';
import { createScaling, type Scaling } from '../supervisor/scaling.ts';
import type { Shutdown } from '../supervisor/ending.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import type { Plan } from './plan.ts';

export type ScalingParts = Readonly<{
  plan: Plan;
  supervisor: Supervisor;
  shutdown: Shutdown;
  /** Looks for instances of this service alone. */
  look(wish: 'all', of: string): unknown;
  report(report: Report): void;
  failed(where: string, error: unknown): void;
}>;

export const beginScaling = ({ plan: { scales }, supervisor, shutdown, look, report, failed }: ScalingParts): Scaling => createScaling({
  supervisor, report, failed,
  plan: (name) => scales.plan(name),
  count: (name, plan) => scales.count(name, plan),
  set: (name, count, plan) => scales.set(name, count, plan),
  saved: () => scales.save(),
  look: (of) => void look('all', of),
  shuttingDown: () => shutdown.begun(),
});
