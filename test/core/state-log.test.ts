import { expect, test } from 'vitest';
import { ANNOUNCEMENT_NAMES } from '../../src/core/announcements.ts';
import { stateLine } from '../../src/core/state-log.ts';

test('every event of a service is a line, no other one is', () => {
  for (const event of ANNOUNCEMENT_NAMES) expect(stateLine({ event, service: 'web' }) !== undefined, event).toBe(event.startsWith('service-'));
  expect(stateLine({ event: 'service-up' })).toBeUndefined();
});

test('what it says', () => {
  const said = (event: Parameters<typeof stateLine>[0]): string => {
    const { level, text } = stateLine(event)!;
    return `${level} ${text}`;
  };
  expect(said({ event: 'service-up', service: 'web', pid: 7 })).toBe('info up, pid 7');
  expect(said({ event: 'service-exited', service: 'web', pid: 7, exitCode: 1 })).toBe('info has ended: exit 1');
  expect(said({ event: 'service-exited', service: 'web', pid: 7, signal: 'SIGKILL' })).toBe('info has ended: killed by SIGKILL');
  expect(said({ event: 'service-unhealthy', service: 'web', pid: 7, detail: 'HTTP 500' })).toBe('warn unhealthy: HTTP 500');
  expect(said({ event: 'service-reloaded', service: 'web', pid: 7, ok: false, step: 'check', detail: 'exit 1' })).toBe('info was not reloaded: exit 1');
  expect(said({ event: 'service-failed', service: 'web' })).toBe('warn failed; it is not started again unless somebody asks');
});
