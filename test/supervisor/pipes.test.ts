/** Services that write to and read from pipes: what they are given, how long the pipe lives, how the consumer ends. */
import { expect, test } from 'vitest';
import { createSupervisor, type Supervisor } from '../../src/supervisor/supervisor.ts';
import { definition } from '../help/definition.ts';
import { fakeKernel, type FakeKernel } from '../help/fake-kernel.ts';

type World = { kernel: FakeKernel; supervisor: Supervisor; failures: string[]; forgotten: string[] };
const [READ, WRITE] = [100, 101];
const EXIT = { code: 0 } as const;

function world(): World {
  const kernel = fakeKernel();
  const failures: string[] = [];
  const forgotten: string[] = [];
  const supervisor = createSupervisor({
    kernel, rule: 's6', environment: () => [], wall: () => 0, report: () => undefined,
    failed: (where) => void failures.push(where),
    forgotten: (name) => void forgotten.push(name),
  });
  return { kernel, supervisor, failures, forgotten };
}

/** Two producers and their consumer, all up, as 11, 12 and 13. */
function pipeline(): World {
  const made = world();
  for (const name of ['a', 'b']) made.supervisor.add(definition({ name, stdoutPipe: 'p', hasFinish: name === 'a' }));
  made.supervisor.add(definition({ name: 'c', stdinPipe: 'p' }));
  made.kernel.pending.splice(0).forEach(({ answer }, index) => answer({ pid: 11 + index }));
  return made;
}

test('producers share the writing end, the consumer has the reading end; finish writes into it, too', () => {
  const { kernel, supervisor } = world();
  for (const name of ['a', 'b']) supervisor.add(definition({ name, stdoutPipe: 'p', hasFinish: true }));
  supervisor.add(definition({ name: 'c', stdinPipe: 'p' }));
  expect(kernel.pending.map(({ request }) => request.stdio)).toEqual([['null', WRITE, 'inherit'], ['null', WRITE, 'inherit'], [READ, 'inherit', 'inherit']]);
  kernel.pending.splice(0)[0]!.answer({ pid: 11 });
  supervisor.exited(11, EXIT);
  expect(kernel.pending[0]!.request.stdio).toEqual(['null', WRITE, 'inherit']);
});

test('restarts of either side leave the pipe as it is', () => {
  const { kernel, supervisor } = pipeline();
  for (const [pid, name] of [[12, 'b'], [13, 'c']] as const) {
    supervisor.exited(pid, EXIT);
    supervisor.give(name, { type: 'upWanted' });
    kernel.pending.shift()!.answer({ pid: pid + 10 });
  }
  expect(kernel.closed).toEqual([]);
});

test('the consumer is sent no signal: the pipe ends once every producer and its finish have ended', () => {
  const { kernel, supervisor } = pipeline();
  for (const name of ['c', 'a', 'b']) supervisor.stop(name);
  expect(kernel.signals.map(([pid, signal]) => `${signal} to ${pid}`)).toEqual(['SIGTERM to 11', 'SIGCONT to 11', 'SIGTERM to 12', 'SIGCONT to 12']);
  supervisor.exited(12, EXIT);
  supervisor.exited(11, EXIT);
  kernel.pending.shift()!.answer({ pid: 14 });
  expect(kernel.closed).toEqual([]);
  supervisor.exited(14, EXIT);
  expect(kernel.closed).toEqual([WRITE]);
  expect(supervisor.roster.get('c')).toMatchObject({ wanted: 'down', state: { name: 'running' } });
  supervisor.exited(13, EXIT);
  expect(kernel.closed).toEqual([WRITE, READ]);
  expect([supervisor.roster.restless(), kernel.signals.length]).toEqual([0, 4]);
});

test('a consumer that is between two lives when the pipe ends starts once more and reads what is left', () => {
  const { kernel, supervisor } = pipeline();
  supervisor.exited(13, EXIT);
  for (const name of ['a', 'b', 'c']) supervisor.stop(name);
  supervisor.exited(12, EXIT);
  supervisor.exited(11, EXIT);
  kernel.pending.shift()!.answer({ failure: { code: 'ENOENT', step: 'file', subject: './finish', hopeless: true } });
  const { request, answer } = kernel.pending.shift()!;
  expect([request.stdio[0], kernel.closed]).toEqual([READ, [WRITE]]);
  answer({ pid: 15 });
  supervisor.exited(15, EXIT);
  expect([supervisor.roster.restless(), kernel.closed]).toEqual([0, [WRITE, READ]]);
});

test('a consumer whose start fails then does not hold up the end', () => {
  const { kernel, supervisor } = pipeline();
  supervisor.exited(13, EXIT);
  for (const name of ['a', 'b', 'c']) supervisor.stop(name);
  for (const pid of [12, 11]) supervisor.exited(pid, EXIT);
  kernel.pending.shift()!.answer({ pid: 14 });
  supervisor.exited(14, EXIT);
  kernel.pending.shift()!.answer({ failure: { code: 'ENOENT', step: 'file', subject: './run', hopeless: true } });
  expect(supervisor.roster.restless()).toBe(0);
});

test('a pair that is retired goes with its pipe; one that comes back meanwhile gets a new pipe', () => {
  const { kernel, supervisor, forgotten, failures } = world();
  const pair = [definition({ stdoutPipe: 'web/log' }), definition({ name: 'web/log', stdinPipe: 'web/log' })];
  for (const one of pair) supervisor.add(one);
  kernel.pending.splice(0).forEach(({ answer }, index) => answer({ pid: 11 + index }));
  for (const { name } of pair) supervisor.retire(name);
  supervisor.exited(11, EXIT);
  expect([forgotten, kernel.closed]).toEqual([['web'], [WRITE]]);
  supervisor.restore(pair[1]!);
  supervisor.add(pair[0]!);
  expect(kernel.pending.shift()!.request.stdio[1]).toBe(WRITE + 2);
  supervisor.exited(12, EXIT);
  supervisor.give('web/log', { type: 'upWanted' });
  expect(kernel.pending.shift()!.request.stdio[0]).toBe(READ + 2);
  expect([kernel.closed, failures]).toEqual([[WRITE, READ], []]);
});

test('no descriptor left for a pipe: the start has failed and is tried again', () => {
  const { kernel, supervisor, failures } = world();
  kernel.pipe = (): never => {
    throw Object.assign(new Error('too many'), { code: 'EMFILE' });
  };
  supervisor.add(definition({ stdoutPipe: 'p' }));
  expect(supervisor.roster.get('web')!.state).toMatchObject({ name: 'backingOff', failure: { code: 'EMFILE', hopeless: false } });
  expect(failures).toEqual([]);
});
