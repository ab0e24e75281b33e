import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { METRICS, familiesOf, type Seen } from '../../src/metrics/families.ts';
import { boundText, openMetrics } from '../../src/metrics/openmetrics.ts';
import { createTally } from '../../src/supervisor/tally.ts';
import { readOpenMetrics } from '../help/openmetrics.ts';
import { status, up } from '../control/fake-backend.ts';
import type { PublicEvent } from '../../src/control/backend.ts';

const FACTS: Seen['facts'] = {
  version: '1.2.3', node: '20.0.0', startedAt: 1_800_000_000.5, shuttingDown: false, reexecutions: 2, residentMemory: 1e8, cpu: 0.5, loopDelay: 0.0001,
  loop: { active: 1, idle: 9 },
};

function world(): { at(now: number, event: PublicEvent['event'], fields?: object): void; tally: ReturnType<typeof createTally> } {
  let now = 0;
  const tally = createTally(() => now);
  return {
    tally,
    at(moment, event, fields = {}) {
      now = moment;
      tally.count({ seq: 1, at: '', event, service: 'web', ...fields });
    },
  };
}

test('a life is counted: how long the start took, how it ended, how reloads went', () => {
  const { at, tally } = world();
  at(0, 'service-starting');
  at(4, 'service-up', { pid: 1 });
  at(700, 'service-ready');
  at(800, 'service-reloaded', { ok: true });
  at(900, 'service-reloaded', { ok: false });
  at(1000, 'service-exited', { exitCode: 1 });
  at(2000, 'service-starting');
  at(2030, 'service-up');
  at(2500, 'service-exited', { signal: 'SIGKILL' });
  at(2600, 'service-ready');
  at(2600, 'hook-failed', { service: undefined, cause: 'service-up' });
  tally.orphanReaped();
  const statuses = [status('web', { ...up(7), restarts: 1, health: 'unhealthy' }), status('job', { state: 'done' })];
  const text = openMetrics(familiesOf({ statuses, counts: tally.counts(), facts: FACTS }));
  const { value } = readOpenMetrics(text);
  expect(value('n6_service_start_seconds_bucket{stage="up",le="0.005"}')).toBe(1);
  expect(value('n6_service_start_seconds_bucket{stage="up",le="0.05"}')).toBe(2);
  expect(value('n6_service_start_seconds_bucket{stage="ready",le="+Inf"}')).toBe(1);
  expect(value('n6_service_start_seconds_sum{stage="ready"}')).toBe(0.7);
  expect(value('n6_service_exits_total{service="web",code="1"}')).toBe(1);
  expect(value('n6_service_exits_total{service="web",code="SIGKILL"}')).toBe(1);
  expect(value('n6_service_reloads_total{service="web",result="failed"}')).toBe(1);
  expect(value('n6_hook_failures_total{event="service-up"}')).toBe(1);
  expect(value('n6_zombies_reaped_total')).toBe(1);
  expect(value('n6_service_restarts_total{service="web"}')).toBe(1);
  expect(['web', 'job'].map((name) => value(`n6_service_up{service="${name}"}`))).toEqual([1, 1]);
  expect([value('n6_service_healthy{service="web"}'), value('n6_service_healthy{service="job"}')]).toEqual([0, undefined]);
  expect(value('n6_services{state="done"}')).toBe(1);
  expect(value('n6_build_info{version="1.2.3",node="20.0.0"}')).toBe(1);
});

test('what has gone is forgotten, and one service does not fill the memory of those who ask', () => {
  const { at, tally } = world();
  for (let code = 0; code < 256; code++) at(code, 'service-exited', { exitCode: code });
  const exits = tally.counts().services.get('web')!.exits;
  expect([exits.size, exits.get('other')]).toEqual([21, 236]);
  at(1000, 'service-removed');
  expect(tally.counts().services.size).toBe(0);
});

test('whatever services are called, the text is valid and says their names', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme', minLength: 1 }).filter((name) => !name.includes('\r')), (name) => {
    const text = openMetrics(familiesOf({ statuses: [status(name, up(1))], counts: createTally(() => 0).counts(), facts: FACTS }));
    const { samples } = readOpenMetrics(text);
    expect(samples.find((sample) => sample.name === 'n6_service_up')!.labels).toEqual({ service: name });
  }));
  expect([0.005, 1, 60, Infinity].map(boundText)).toEqual(['0.005', '1.0', '60.0', '+Inf']);
});

test('docs/reference/metrics.md has every metric, and no other', () => {
  const page = readFileSync(path.join(import.meta.dirname, '../../docs/reference/metrics.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `(n6_\w+)` \| (\w+) \| (.*?) \| (.*) \|$/gm)].map(([, ...cells]) => cells);
  expect(rows).toEqual(Object.entries(METRICS).map(([name, { type, labels, help }]) => [name, type, labels.map((label) => `\`${label}\``).join(' '), help]));
});

/** The reader of the tests has to see what is wrong, or it proves nothing. */
test.each(['', '# EOF', 'a 1\n# EOF\n', '# TYPE a counter\n# HELP a x\na 1\n# EOF\n', '# TYPE a gauge\na{b="c} 1\n# EOF\n', '# TYPE a gauge\na x\n# EOF\n',
  '# TYPE a gauge\n# UNIT a bytes\na 1\n# EOF\n', '# TYPE a gauge\na 1\na 2\n# EOF\n', '# TYPE a gauge\na 1\n# EOF\nb 1\n'])('no OpenMetrics: %j', (text) => {
  expect(() => readOpenMetrics(text)).toThrow();
});
