/** What `GET /metrics` answers: loaded by the first who asks, measured for each answer, nothing in between. */
import type { SupervisorInfo } from '../control/backend.ts';
import type { Status } from '../core/status.ts';
import type { Counts } from '../supervisor/tally.ts';
import { familiesOf } from './families.ts';
import { openMetrics } from './openmetrics.ts';

export async function metricsText(info: SupervisorInfo, statuses: readonly Status[], counts: Counts): Promise<string> {
  const loopDelay = await turn() / 1000;
  const { active, idle } = performance.eventLoopUtilization();
  const { user, system } = process.cpuUsage();
  return openMetrics(familiesOf({
    statuses, counts,
    facts: {
      version: info.version, node: process.versions.node, startedAt: Date.parse(info.startedAt) / 1000, shuttingDown: info.shuttingDown,
      reexecutions: info.reexecutions, residentMemory: process.memoryUsage.rss(), cpu: (user + system) / 1e6,
      loopDelay, loop: { active: active / 1000, idle: idle / 1000 },
    },
  }));
}

/** Milliseconds of one whole turn of the event loop: from one check phase to the next (libuv, "Design overview"). */
function turn(): Promise<number> {
  return new Promise((resolve) => setImmediate(() => {
    const began = performance.now();
    setImmediate(() => resolve(performance.now() - began));
  }));
}
