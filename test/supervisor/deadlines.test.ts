import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createDeadlines } from '../../src/supervisor/deadlines.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function deadlines(): { deadlines: ReturnType<typeof createDeadlines>; passed: string[] } {
  const passed: string[] = [];
  return { deadlines: createDeadlines(() => performance.now(), (key) => void passed.push(key)), passed };
}

test('deadlines pass in the order of their times, each once', () => {
  const { deadlines: { set }, passed } = deadlines();
  const now = performance.now();
  for (const [key, after] of [['c', 30], ['a', 10], ['d', 40], ['b', 20]] as const) set(key, now + after);
  vi.advanceTimersByTime(35);
  expect(passed).toEqual(['a', 'b', 'c']);
  vi.advanceTimersByTime(100);
  expect(passed).toEqual(['a', 'b', 'c', 'd']);
});

test('a deadline that was replaced or cleared does not pass, and no timer is left when there is none', () => {
  const { deadlines: { set, clear }, passed } = deadlines();
  const now = performance.now();
  set('a', now + 10);
  set('a', now + 50);
  set('b', now + 20);
  clear('b');
  vi.advanceTimersByTime(30);
  expect(passed).toEqual([]);
  vi.advanceTimersByTime(30);
  expect(passed).toEqual(['a']);
  expect(vi.getTimerCount()).toBe(0);
});

test('a deadline set while another passes is kept', () => {
  const passed: string[] = [];
  const box: { it?: ReturnType<typeof createDeadlines> } = {};
  box.it = createDeadlines(() => performance.now(), (key) => {
    passed.push(key);
    if (key === 'a') box.it!.set('again', performance.now());
  });
  box.it.set('a', performance.now() + 5);
  vi.advanceTimersByTime(10);
  expect(passed).toEqual(['a', 'again']);
});

test('a thousand deadlines in any order pass sorted', () => {
  const { deadlines: { set }, passed } = deadlines();
  const now = performance.now();
  for (let i = 0; i < 1000; i++) set(String((i * 7919) % 1000).padStart(3, '0'), now + ((i * 7919) % 1000) + 1);
  vi.advanceTimersByTime(2000);
  expect(passed).toEqual([...passed].sort());
  expect(passed).toHaveLength(1000);
});
