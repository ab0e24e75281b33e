import { expect, test } from 'vitest';
import { exitOf, happened, kernel, seen, start, told } from './kernel.ts';

test('a signal to nobody is false, and to whom it must not go is an error', async () => {
  const pid = await start('/bin/true');
  await exitOf(pid);
  expect(kernel.signal(pid, 'SIGTERM')).toBe(false);
  const before = told.length;
  for (const [target, signal] of [[0, 'SIGTERM'], [1, 'SIGTERM'], [-1, 'SIGKILL'], [NaN, 'SIGTERM'], [2.5, 'SIGTERM'], [pid, 'SIGNOTHING']] as const) {
    expect(kernel.signal(target, signal)).toBe(false);
  }
  expect(told.slice(before).filter((entry) => 'failed' in entry)).toHaveLength(6);
});

test('a signal goes to one process, or to its group', async () => {
  const alone = await start('/bin/sh', ['-c', 'sleep infinity & wait; exit 3']);
  // The shell forks after it has been started.
  await seen(() => kernel.descendants().some(({ command }) => command === 'sleep infinity'));
  expect(kernel.signal(alone, 'SIGTERM')).toBe(true);
  expect(await exitOf(alone)).toMatchObject({ signal: 'SIGTERM' });
  expect(kernel.descendants().map(({ command }) => command)).toEqual(['sleep infinity']);
  expect(kernel.signal(-alone, 'SIGTERM')).toBe(true);
  await happened(() => kernel.childless());
});
