/** Stories of the stop plan of service.yaml: steps, command, group; and how long a shutdown waits for it. */
import { expect, test } from 'vitest';
import { longestStop } from '../../src/core/ending.ts';
import { whyNotUp } from '../../src/core/explain.ts';
import type { StopPlan } from '../../src/core/policy.ts';
import { definition } from '../help/definition.ts';
import { comesUp, deadlinePassed, downWanted, exited, killed, mainPidTold, play, policy, restartWanted, service, stopCommandEnded } from './play.ts';

const plan = (changes: Partial<StopPlan>): ReturnType<typeof policy> =>
  policy({ stop: { steps: [{ signal: 'SIGTERM', within: 5000 }], command: undefined, commandWithin: 10_000, group: false, ...changes } });
const steps = [{ signal: 'SIGUSR1', within: 10_000 }, { signal: 'SIGTERM', within: 5000 }] as const;
const downInsisted = { type: 'downInsisted' } as const;
const down = 'down, no deadline, exited, finished, down';

test('each step has its time, then SIGKILL', () => {
  const stopping = play(service(plan({ steps })), [
    ...comesUp(7),
    [0, downWanted, 'stopping, SIGUSR1 to 7, SIGCONT to 7, deadline 10000, stopping'],
    [10_000, deadlinePassed, 'stopping, SIGTERM to 7, SIGCONT to 7, deadline 15000'],
  ]);
  expect(whyNotUp(stopping, 10_000)).toBe('sent SIGTERM');
  play(stopping, [[15_000, deadlinePassed, 'stopping, report killed, SIGKILL to 7, deadline 20000'], [15_001, killed(7), down]]);
  play(stopping, [[10_001, exited(7), down]]);
});

test('KILL as a step is SIGKILL as ever, told where it came late and repeated', () => {
  play(service(plan({ steps: [steps[0], { signal: 'SIGKILL', within: undefined }] })), [
    ...comesUp(7),
    [0, downWanted, 'stopping, SIGUSR1 to 7, SIGCONT to 7, deadline 10000, stopping'],
    [10_000, deadlinePassed, 'stopping, report killed, SIGKILL to 7, deadline 15000'],
    [15_000, deadlinePassed, 'stopping, report unkillable, SIGKILL to 7, deadline 20000'],
  ]);
  play(service(plan({ steps: [{ signal: 'SIGKILL', within: undefined }] })), [
    ...comesUp(7),
    [0, downWanted, 'stopping, SIGKILL to 7, deadline 5000, stopping'],
  ]);
});

test('the command comes first, and the signals when it has ended', () => {
  const commanded = play(service(plan({ command: ['stop'] })), [...comesUp(7), [0, downWanted, 'stopping, SIGCONT to 7, stop command for 7, stopping']]);
  expect(whyNotUp(commanded, 0)).toBe('running its stop command');
  play(commanded, [
    [1, stopCommandEnded(6), 'stopping'],
    [2, downInsisted, 'stopping'],
    [3, stopCommandEnded(7), 'stopping, SIGTERM to 7, SIGCONT to 7, deadline 5003'],
    [4, stopCommandEnded(7), 'stopping'],
  ]);
  play(commanded, [[1, exited(7), down], [2, stopCommandEnded(7), 'down']]);
});

test('a command without steps goes on as the files of s6 say', () => {
  play(service({ stopSignal: 'SIGINT', killAfter: 300, ...plan({ command: ['stop'], steps: [] }) }), [
    ...comesUp(7),
    [0, downWanted, 'stopping, SIGCONT to 7, stop command for 7, stopping'],
    [3, stopCommandEnded(7), 'stopping, SIGINT to 7, SIGCONT to 7, deadline 303'],
  ]);
});

test('the whole group is meant, and a main process that is not in it', () => {
  const grouped = play(service(plan({ group: true })), comesUp(7));
  play(grouped, [
    [0, downWanted, 'stopping, SIGTERM to -7, SIGCONT to -7, deadline 5000, stopping'],
    [5000, deadlinePassed, 'stopping, report killed, SIGKILL to -7, deadline 10000'],
  ]);
  play(grouped, [
    [0, mainPidTold(7, 20), 'running'],
    [1, downWanted, 'stopping, SIGTERM to -7, SIGTERM to 20, SIGCONT to -7, SIGCONT to 20, deadline 5001, stopping'],
  ]);
});

test('asked once more, the step is told again with all of its time', () => {
  play(service(plan({ steps })), [
    ...comesUp(7),
    [0, downWanted, 'stopping, SIGUSR1 to 7, SIGCONT to 7, deadline 10000, stopping'],
    [10_000, deadlinePassed, 'stopping, SIGTERM to 7, SIGCONT to 7, deadline 15000'],
    [12_000, downInsisted, 'stopping, SIGTERM to 7, SIGCONT to 7, deadline 17000'],
  ]);
});

test('a restart stops it by the same plan', () => {
  play(service(plan({ steps })), [...comesUp(7), [0, restartWanted, 'stopping, SIGUSR1 to 7, SIGCONT to 7, deadline 10000, stopping']]);
});

test('a shutdown waits for all of it', () => {
  expect(longestStop(definition(plan({ steps, command: ['stop'] })))).toBe(25_000);
  expect(longestStop(definition(plan({ steps })))).toBe(15_000);
  expect(longestStop(definition({ killAfter: 3000 }))).toBe(3000);
  expect(longestStop(definition())).toBe(0);
});
