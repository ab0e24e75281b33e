import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { parseHookWaits } from '../../src/core/hooks.ts';
import { createCoalescer } from '../../src/hooks/coalesce.ts';
import type { HookEvent } from '../../src/hooks/variables.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function world(): { passed: HookEvent[]; coalescer: ReturnType<typeof createCoalescer>; give(event: HookEvent['event'], service?: string): void } {
  const passed: HookEvent[] = [];
  const coalescer = createCoalescer(parseHookWaits('members-changed=100/250 service-up=100/1000')!, () => Date.now(), (event) => passed.push(event));
  let seq = 0;
  return {
    passed, coalescer,
    give: (event, service) => coalescer.give({ seq: ++seq, at: '', event, ...(service === undefined ? {} : { service }) }),
  };
}

test('what has no wait is handed on at once', () => {
  const { passed, give } = world();
  give('service-down', 'web');
  expect(passed).toEqual([{ seq: 1, at: '', event: 'service-down', service: 'web' }]);
});

test('a burst becomes its last event once nothing has come for the quiet period', () => {
  const { passed, give } = world();
  for (let i = 0; i < 3; i++) {
    give('members-changed');
    vi.advanceTimersByTime(60);
  }
  expect(passed).toEqual([]);
  vi.advanceTimersByTime(40);
  expect(passed).toEqual([{ seq: 3, at: '', event: 'members-changed', coalesced: 3 }]);
  vi.advanceTimersByTime(10_000);
  give('members-changed');
  vi.advanceTimersByTime(100);
  expect(passed[1]).toEqual({ seq: 4, at: '', event: 'members-changed' });
});

test('what never ends waits no longer than the upper bound', () => {
  const { passed, give } = world();
  for (let i = 0; i < 10; i++) {
    give('members-changed');
    vi.advanceTimersByTime(50);
  }
  expect(passed.map(({ seq }) => seq)).toEqual([5, 10]);
});

test('services are apart; what still waits can be taken, and comes no more', () => {
  const { passed, coalescer, give } = world();
  give('service-up', 'a');
  give('service-up', 'b');
  give('service-up', 'a');
  expect(coalescer.take()).toMatchObject([{ service: 'a', coalesced: 2 }, { service: 'b' }]);
  vi.advanceTimersByTime(10_000);
  expect(passed).toEqual([]);
});
