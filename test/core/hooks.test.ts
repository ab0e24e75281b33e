import { expect, test } from 'vitest';
import { ANNOUNCEMENT_NAMES } from '../../src/core/announcements.ts';
import { parseHookWaits, USUAL_HOOK_WAITS } from '../../src/core/hooks.ts';

test('names and globs, the last that means an event counts, 0 is none', () => {
  const waits = parseHookWaits('service-*=10/100 members-changed=200/2000  service-up=0/0')!;
  expect(waits.get('members-changed')).toEqual({ quiet: 200, most: 2000 });
  expect(waits.get('service-down')).toEqual({ quiet: 10, most: 100 });
  expect(waits.has('service-up')).toBe(false);
  expect(waits.has('hook-failed')).toBe(false);
  expect(parseHookWaits('*=5/5')!.size).toBe(ANNOUNCEMENT_NAMES.length);
  expect(parseHookWaits('')!.size).toBe(0);
  expect(parseHookWaits(USUAL_HOOK_WAITS.join(' '))!.size).toBe(1);
});

const WRONG = [
  'x', 'service-up', 'service-up=1', 'service-up=1/', 'service-up=5/1', 'servise-up=1/2', 'nothing-*=1/2',
  'service-up=-1/2', 'service-up=1s/2s', '=1/2',
];
test.each(WRONG)('"%s" is not understood', (text) => expect(parseHookWaits(text)).toBe(undefined));
