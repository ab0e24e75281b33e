import { expect, test } from 'vitest';
import { usagesOf, type ProcessFacts } from '../../src/core/usage.ts';

const process = (pid: number, parent: number, session: number, more: Partial<ProcessFacts> = {}): ProcessFacts =>
  ({ pid, parent, session, cpu: 1, memory: 10, alive: true, ...more });
const n6 = process(1, 0, 1);
const web = { name: 'web', pid: 20, group: 20 };
const db = { name: 'db', pid: 30, group: 30 };

test('a service is its main process, its session, and what those have started in sessions of their own', () => {
  const processes = [
    n6,
    process(20, 1, 20), process(21, 20, 20),
    // The parent of this one has ended: it is n6's by now, and its session still tells whose it is.
    process(22, 1, 20),
    process(30, 1, 30), process(31, 30, 31), process(32, 31, 32),
    // Somebody's shell, and one that nobody started.
    process(40, 0, 40), process(41, 40, 40), process(50, 1, 50),
  ];
  expect(usagesOf(processes, [web, db])).toEqual([
    { name: 'web', cpu: 3, memory: 30, processes: 3 },
    { name: 'db', cpu: 3, memory: 30, processes: 3 },
  ]);
});

test('the order of the list does not matter, and neither do circles in it', () => {
  const chain = Array.from({ length: 1000 }, (_, index) => process(100 + index, index === 0 ? 20 : 99 + index, 100 + index));
  expect(usagesOf([...chain].reverse().concat(process(20, 1, 20)), [web])).toEqual([{ name: 'web', cpu: 1001, memory: 10_010, processes: 1001 }]);
  expect(usagesOf([process(60, 61, 60), process(61, 60, 61), process(62, 60, 62), process(20, 1, 20)], [web])).toMatchObject([{ processes: 1 }]);
});

test('a main process that the service has named lives in a session of its own', () => {
  const named = { name: 'web', pid: 25, group: 20 };
  expect(usagesOf([process(25, 1, 25), process(26, 25, 25), process(27, 1, 20)], [named])).toMatchObject([{ processes: 3 }]);
});

test('who has ended has no memory and is not counted, but its time is', () => {
  const ended = process(21, 20, 20, { alive: false, cpu: 0.126 });
  expect(usagesOf([process(20, 1, 20), ended], [web])).toEqual([{ name: 'web', cpu: 1.13, memory: 10, processes: 1 }]);
});

test('a service below another one is its own', () => {
  expect(usagesOf([process(20, 1, 20), process(30, 20, 20)], [web, db]).map(({ processes }) => processes)).toEqual([1, 1]);
  expect(usagesOf([], [web])).toEqual([{ name: 'web', cpu: 0, memory: 0, processes: 0 }]);
});
