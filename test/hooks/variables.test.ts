import { describe, expect, test } from 'vitest';
import { HOOK_VARIABLES, hookEnvironment, type HookEvent } from '../../src/hooks/variables.ts';

const event = (changes: Partial<HookEvent>): HookEvent => ({ seq: 7, at: '2026-11-22T10:00:00.000Z', event: 'service-exited', ...changes });

test('the container environment, and what the event says', () => {
  expect(hookEnvironment(event({ service: 'web', pid: 12, exitCode: 0 }), { PATH: '/bin', 'a.b': '1' })).toEqual({
    'PATH': '/bin', 'a.b': '1',
    'N6_EVENT': 'service-exited', 'N6_SEQ': '7', 'N6_AT': '2026-11-22T10:00:00.000Z', 'N6_SERVICE': 'web', 'N6_PID': '12', 'N6_EXIT_CODE': '0',
  });
});

test('a death by signal has a signal and no exit code', () => {
  const environment = hookEnvironment(event({ signal: 'SIGKILL' }), {});
  expect(environment['N6_SIGNAL']).toBe('SIGKILL');
  expect(environment).not.toHaveProperty('N6_EXIT_CODE');
});

test('a member event tells the member', () => {
  const environment = hookEnvironment(event({ event: 'member-join', member: { name: 'b', address: '10.0.0.2', role: '', tags: {} } }), {});
  expect(environment).toMatchObject({ N6_EVENT: 'member-join', N6_MEMBER: 'b', N6_MEMBER_ADDRESS: '10.0.0.2' });
  expect(environment).not.toHaveProperty('N6_SERVICE');
});

test('what the event does not say is not set, though the container has a variable of that name', () => {
  const container = Object.fromEntries(Object.keys(HOOK_VARIABLES).map((name) => [name, 'of the container']));
  expect(hookEnvironment(event({}), container)).toEqual({ N6_EVENT: 'service-exited', N6_SEQ: '7', N6_AT: '2026-11-22T10:00:00.000Z' });
});

describe('what would be no variable is none', () => {
  for (const member of [null, 'b', 7, [], { name: { deep: 1 } }]) {
    test(JSON.stringify(member), () => expect(hookEnvironment(event({ member }), {})).not.toHaveProperty('N6_MEMBER'));
  }
  test('a NUL ends no variable early', () => {
    expect(hookEnvironment(event({ member: { name: 'b\0N6_EVIL=1', address: '1' } }), {})['N6_MEMBER']).toBe('bN6_EVIL=1');
  });
});
