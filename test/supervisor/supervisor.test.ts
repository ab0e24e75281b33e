import { expect, test } from 'vitest';
import type { Report } from '../../src/core/messages.ts';
import { createSupervisor, type Supervisor } from '../../src/supervisor/supervisor.ts';
import { waitFor } from '../../src/supervisor/waiting.ts';
import { definition } from '../help/definition.ts';
import { fakeKernel, type FakeKernel } from '../help/fake-kernel.ts';

type World = { kernel: FakeKernel; supervisor: Supervisor; reports: Report[]; failures: string[]; forgotten: string[]; events: string[] };

function world(): World {
  const kernel = fakeKernel();
  const reports: Report[] = [];
  const failures: string[] = [];
  const forgotten: string[] = [];
  const events: string[] = [];
  const supervisor = createSupervisor({
    kernel, rule: 'n6', environment: () => [], wall: () => 0,
    report: (report) => void reports.push(report),
    failed: (where) => void failures.push(where),
    forgotten: (name) => void forgotten.push(name),
  });
  supervisor.journal.subscribe(({ event }) => void events.push(event));
  return { kernel, supervisor, reports, failures, forgotten, events };
}

test('an added service is started in its directory, in a session of its own, with its name as argument', () => {
  const { kernel, supervisor, events } = world();
  supervisor.add(definition());
  expect(kernel.pending[0]!.request).toMatchObject({ directory: '/services/web', program: './run', arguments: ['./run', 'web'], session: true });
  kernel.pending[0]!.answer({ pid: 7 });
  expect(supervisor.roster.nameOf(7)).toBe('web');
  expect(events).toEqual(['service-added', 'service-starting', 'service-up']);
});

test('a service with a down file is known and not started', () => {
  const { kernel, supervisor } = world();
  supervisor.add(definition({ startsDown: true }));
  expect(kernel.pending).toEqual([]);
  expect(supervisor.roster.names()).toEqual(['web']);
});

test('finish is told how run ended, and its process group', () => {
  const { kernel, supervisor } = world();
  supervisor.add(definition({ hasFinish: true }));
  kernel.pending.shift()!.answer({ pid: 7 });
  supervisor.exited(7, { signal: 'SIGKILL', number: 9, dumped: false });
  expect(kernel.pending[0]!.request.arguments).toEqual(['./finish', '256', '9', 'web', '7']);
});

test('readiness: only a newline counts, and only the first; both ends of the pipe are closed in time', () => {
  const { kernel, supervisor, events } = world();
  supervisor.add(definition({ notificationDescriptor: 3 }));
  const { request, answer } = kernel.pending.shift()!;
  expect(request.descriptors).toEqual([{ child: 3, source: 101 }]);
  answer({ pid: 7 });
  expect(kernel.closed).toEqual([101]);
  kernel.readers.get(100)!(Buffer.from('abc'));
  expect(events).not.toContain('service-ready');
  kernel.readers.get(100)!(Buffer.from('d\nef'));
  expect(events.filter((event) => event === 'service-ready')).toHaveLength(1);
  expect(kernel.readers.size).toBe(0);
});

test('a service that dies before it was ready is not listened to any more', () => {
  const { kernel, supervisor } = world();
  supervisor.add(definition({ notificationDescriptor: 3 }));
  kernel.pending.shift()!.answer({ pid: 7 });
  supervisor.exited(7, { code: 1 });
  expect(kernel.readers.size).toBe(0);
});

test('a retired service is stopped, and forgotten when it is at rest; one that comes back meanwhile goes on', () => {
  const { kernel, supervisor, forgotten, events } = world();
  supervisor.add(definition());
  kernel.pending.shift()!.answer({ pid: 7 });
  supervisor.retire('web');
  expect(kernel.signals).toEqual([[7, 'SIGTERM'], [7, 'SIGCONT']]);
  supervisor.redefine(definition({ fingerprint: '2' }));
  supervisor.exited(7, { signal: 'SIGTERM', number: 15, dumped: false });
  expect(forgotten).toEqual([]);
  kernel.pending.shift()!.answer({ pid: 8 });
  supervisor.retire('web');
  supervisor.exited(8, { code: 0 });
  expect(forgotten).toEqual(['web']);
  expect(supervisor.roster.size()).toBe(0);
  expect(events.at(-1)).toBe('service-removed');
});

test('an effect that throws is told and does not keep the others from being performed', () => {
  const { kernel, supervisor, failures } = world();
  supervisor.add(definition({ killAfter: 1000 }));
  kernel.pending.shift()!.answer({ pid: 7 });
  kernel.signal = (): boolean => {
    throw new Error('EPERM');
  };
  supervisor.give('web', { type: 'downWanted' });
  expect(failures).toEqual(['the effect sendSignal', 'the effect sendSignal']);
  expect(supervisor.roster.get('web')!.state.name).toBe('stopping');
});

test('an event that a watcher causes comes after the one it saw', () => {
  const { kernel, supervisor } = world();
  const seen: string[] = [];
  supervisor.watch((_name, service) => {
    seen.push(service!.state.name);
    if (service!.state.name === 'running') supervisor.give('web', { type: 'downWanted' });
  });
  supervisor.add(definition());
  kernel.pending.shift()!.answer({ pid: 7 });
  expect(seen).toEqual(['spawning', 'running', 'stopping']);
});

test('waiting ends when the goal is reached, cannot be, or the client goes', async () => {
  const { kernel, supervisor } = world();
  const never = new AbortController();
  supervisor.add(definition());
  const up = waitFor(supervisor, 'web', 'up', undefined, never.signal);
  kernel.pending.shift()!.answer({ pid: 7 });
  expect(await up).toBe('reached');
  expect(await waitFor(supervisor, 'web', 'up', undefined, never.signal)).toBe('reached');
  const gone = new AbortController();
  const down = waitFor(supervisor, 'web', 'down', undefined, gone.signal);
  gone.abort();
  expect(await down).toBe('timed out');
  supervisor.give('web', { type: 'restartWanted' });
  supervisor.exited(7, { code: 0 });
  const failure = { code: 'ENOENT', step: 'file', subject: './run', hopeless: true } as const;
  const failing = waitFor(supervisor, 'web', 'up', undefined, never.signal);
  kernel.pending.shift()!.answer({ failure });
  expect(await failing).toBe('failed');
});
