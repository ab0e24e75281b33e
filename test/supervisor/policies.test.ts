/** What the supervisor does for a service.yaml: helpers' processes, reloads, main processes, the end of the container. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Definition } from '../../src/core/definition.ts';
import type { Report } from '../../src/core/messages.ts';
import { PLAIN, type Policy, type ReloadPlan } from '../../src/core/policy.ts';
import type { Launcher } from '../../src/launch/launcher.ts';
import { createSupervisor, type Supervisor } from '../../src/supervisor/supervisor.ts';
import { definition } from '../help/definition.ts';
import { fakeKernel, type FakeKernel } from '../help/fake-kernel.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

type World = {
  kernel: FakeKernel; supervisor: Supervisor; reports: Report[]; events: Record<string, unknown>[]; codes: number[]; forgotten: string[];
  /** Answers the oldest start with this pid. */
  starts(pid: number): void;
  state(): string;
};

const launcher: Launcher = {
  prepare: ({ directory }, argv, variables = {}) => ({
    directory, program: argv[0]!, arguments: argv, environment: Object.entries(variables).map((entry) => Buffer.from(entry.join('='))),
  }),
};
/** Of all commands of the service only its `run` can be started. */
const missing: Launcher = {
  prepare: (of, argv, variables) => (argv[0] === './run' ? launcher.prepare(of, argv, variables)
    : { failure: { code: 'ENOENT', step: 'file', subject: '/bin/nope', hopeless: true } }),
};

function world(policy: Partial<Policy>, more: Partial<Definition> = {}, launching: Launcher = launcher): World {
  const kernel = fakeKernel();
  const reports: Report[] = [];
  const events: Record<string, unknown>[] = [];
  const codes: number[] = [];
  const forgotten: string[] = [];
  const supervisor = createSupervisor({
    kernel, rule: 'n6', environment: () => [], wall: () => 0, launcher: launching,
    report: (report) => void reports.push(report),
    failed: (where, error) => { throw new Error(where, { cause: error }); },
    forgotten: (name) => void forgotten.push(name),
    endContainer: (_service, code) => void codes.push(code),
  });
  supervisor.journal.subscribe((event) => void events.push(event));
  supervisor.add(definition({ ...more, policy: { ...PLAIN, ...policy } }));
  return {
    kernel, supervisor, reports, events, codes, forgotten,
    starts: (pid) => kernel.pending.shift()!.answer({ pid }),
    state: () => supervisor.roster.get('web')!.state.name,
  };
}

describe('a stop command', () => {
  const stop = { steps: [{ signal: 'SIGUSR1', within: undefined }], command: ['/bin/stop', 'now'], commandWithin: 1000, group: false };

  test('runs before the first signal, and knows the process', () => {
    const { kernel, supervisor, starts } = world({ stop });
    starts(7);
    supervisor.stop('web');
    const { request } = kernel.pending[0]!;
    expect(request).toMatchObject({ program: '/bin/stop', arguments: ['/bin/stop', 'now'], session: true, stdio: ['null', 'inherit', 'inherit'] });
    expect(request.environment.map(String)).toEqual(['N6_PID=7', 'MAINPID=7']);
    expect(kernel.signals).toEqual([[7, 'SIGCONT']]);
    starts(8);
    supervisor.exited(8, { code: 0 });
    expect(kernel.signals.slice(1)).toEqual([[7, 'SIGUSR1'], [7, 'SIGCONT']]);
  });

  test('has its time, then SIGKILL for all of it', () => {
    const { kernel, supervisor, starts } = world({ stop });
    starts(7);
    supervisor.stop('web');
    starts(8);
    vi.advanceTimersByTime(1000);
    expect(kernel.signals.at(-1)).toEqual([-8, 'SIGKILL']);
    supervisor.exited(8, { signal: 'SIGKILL', number: 9, dumped: false });
    expect(kernel.signals.at(-2)).toEqual([7, 'SIGUSR1']);
  });

  test('that fails or is not there is told, and the signals are sent', () => {
    for (const launching of [launcher, missing]) {
      const { kernel, supervisor, reports } = world({ stop }, {}, launching);
      kernel.pending.shift()!.answer({ pid: 7 });
      supervisor.stop('web');
      kernel.pending.shift()?.answer({ failure: { code: 'ENOENT', step: 'file', subject: '/bin/stop', hopeless: true } });
      expect(reports).toMatchObject([{ type: 'helperFailed', helper: 'stop.command' }]);
      expect(kernel.signals.at(-2)).toEqual([7, 'SIGUSR1']);
    }
  });
});

describe('a oneshot', () => {
  test('is undone by its down, which is a process of the service', () => {
    const { kernel, supervisor, starts, state } = world({ kind: 'oneshot', restart: 'never', down: ['/bin/undo'] });
    starts(7);
    supervisor.exited(7, { code: 0 });
    expect([state(), supervisor.roster.restless()]).toEqual(['done', 0]);
    supervisor.stop('web');
    expect(kernel.pending[0]!.request.program).toBe('/bin/undo');
    expect(supervisor.roster.restless()).toBe(1);
    starts(8);
    supervisor.exited(8, { code: 0 });
    expect([state(), supervisor.roster.restless()]).toEqual(['down', 0]);
  });

  test('whose directory goes is undone before it is forgotten', () => {
    const { supervisor, starts, forgotten } = world({ kind: 'oneshot', restart: 'never', down: ['/bin/undo'] });
    starts(7);
    supervisor.exited(7, { code: 0 });
    supervisor.retire('web');
    expect(forgotten).toEqual([]);
    starts(8);
    supervisor.exited(8, { code: 0 });
    expect(forgotten).toEqual(['web']);
  });
});

describe('a reload', () => {
  const plan: ReloadPlan = { signal: 'SIGUSR2', command: undefined, check: ['/bin/check'], verify: ['/bin/verify'], within: 1000 };
  const results = ({ events }: World): unknown[] =>
    events.filter(({ event }) => event === 'service-reloaded').map(({ ok, step, detail }) => [ok, step, detail]);

  function reloading(reload: Partial<ReloadPlan> = {}, launching: Launcher = launcher): World {
    const started = world({ reload: { ...plan, ...reload } }, {}, launching);
    started.starts(7);
    started.kernel.signals.splice(0);
    started.supervisor.give('web', { type: 'reloadWanted' });
    return started;
  }

  /** The oldest helper says this and ends. */
  function ends({ kernel, supervisor }: World, pid: number, code: number, output = ''): void {
    const { request, answer } = kernel.pending.shift()!;
    const write = request.stdio[1] as number;
    answer({ pid });
    expect(kernel.closed).toContain(write);
    const read = kernel.readers.get(write - 1)!;
    if (output !== '') read(Buffer.from(output));
    read(undefined);
    supervisor.exited(pid, { code });
  }

  test('checks, sends, verifies, and has worked', () => {
    const all = reloading();
    expect(all.kernel.signals).toEqual([]);
    ends(all, 8, 0);
    expect(all.kernel.signals).toEqual([[7, 'SIGUSR2']]);
    expect(results(all)).toEqual([]);
    ends(all, 9, 0);
    expect(results(all)).toEqual([[true, undefined, undefined]]);
  });

  test('whose check fails does nothing, and tells the last line', () => {
    const failed = reloading();
    ends(failed, 8, 3, 'reading\nline 7: unknown word\n\n');
    expect(failed.kernel.signals).toEqual([]);
    expect(results(failed)).toEqual([[false, 'check', 'line 7: unknown word (exit 3)']]);
  });

  test('whose command or verification fails says which', () => {
    const command = reloading({ signal: undefined, command: ['/bin/reload'], check: undefined });
    ends(command, 8, 1);
    expect(results(command)).toEqual([[false, 'reload', 'exit 1']]);
    const verify = reloading({ check: undefined });
    ends(verify, 8, 2, '\u001b[31mold\n');
    expect(results(verify)).toEqual([[false, 'verify', '[31mold (exit 2)']]);
  });

  test('that takes too long has failed', () => {
    const slow = reloading();
    slow.starts(8);
    slow.kernel.time = 1000;
    vi.advanceTimersByTime(1000);
    expect(slow.kernel.signals).toEqual([[-8, 'SIGKILL']]);
    slow.supervisor.exited(8, { signal: 'SIGKILL', number: 9, dumped: false });
    // What it has left behind holds the pipe.
    vi.advanceTimersByTime(200);
    expect(results(slow)).toEqual([[false, 'check', 'it took longer than 1.0 s']]);
  });

  test('whose commands cannot be started has failed', () => {
    expect(results(reloading({}, missing))).toEqual([[false, 'check', '/bin/nope does not exist (ENOENT)']]);
    const emfile = world({ reload: plan });
    emfile.starts(7);
    emfile.kernel.pipe = () => { throw Object.assign(new Error('no'), { code: 'EMFILE' }); };
    emfile.supervisor.give('web', { type: 'reloadWanted' });
    expect(results(emfile)).toEqual([[false, 'check', 'too many open files (EMFILE)']]);
  });

  test('verified by notify waits for READY=1, also for one that comes before its command has ended', () => {
    const told = reloading({ verify: 'notify', check: undefined });
    expect(results(told)).toEqual([]);
    told.supervisor.reloads.ready('web');
    expect(results(told)).toEqual([[true, undefined, undefined]]);
    const early = reloading({ verify: 'notify', check: undefined, signal: undefined, command: ['/bin/reload'] });
    early.supervisor.reloads.ready('web');
    ends(early, 8, 0);
    expect(results(early)).toEqual([[true, undefined, undefined]]);
    const silent = reloading({ verify: 'notify', check: undefined });
    vi.advanceTimersByTime(1000);
    expect(results(silent)).toEqual([[false, 'verify', 'it has not said READY=1 in 1.0 s']]);
    silent.supervisor.reloads.ready('web');
    expect(results(silent)).toHaveLength(1);
  });

  test('is broken off when its process ends; a signal never reaches a stranger that has its number', () => {
    const dead = reloading();
    dead.starts(8);
    dead.supervisor.exited(7, { code: 1 });
    expect(results(dead)).toEqual([[false, 'reload', 'it ended: exit 1']]);
    expect(dead.kernel.signals).toEqual([[-8, 'SIGTERM'], [-8, 'SIGCONT']]);
    dead.supervisor.exited(8, { code: 0 });
    vi.advanceTimersByTime(10_000);
    expect(dead.kernel.signals.filter(([pid]) => pid === 7)).toEqual([]);
    expect(results(dead)).toHaveLength(1);
  });
});

describe('another main process', () => {
  test('is known by its pid, and the first one is nobody any more', () => {
    const { supervisor, starts, state, kernel } = world({ restart: 'never' });
    starts(7);
    supervisor.give('web', { type: 'mainPidTold', pid: 7, mainPid: 20 });
    expect([supervisor.roster.nameOf(20), supervisor.roster.nameOf(7)]).toEqual(['web', undefined]);
    kernel.descendants = () => [{ pid: 20, command: 'web' }];
    supervisor.exited(7, { code: 0 });
    vi.runAllTimers();
    expect(state()).toBe('running');
    // Adopted, and reaped as an orphan.
    supervisor.exited(20, { code: 3 });
    expect(supervisor.roster.get('web')!.lastExit).toEqual({ code: 3 });
  });

  test('that its own parent has reaped is found out when that one ends', () => {
    const { supervisor, starts, state } = world({ restart: 'never' });
    starts(7);
    supervisor.give('web', { type: 'mainPidTold', pid: 7, mainPid: 20 });
    supervisor.exited(7, { code: 4 });
    vi.runAllTimers();
    expect(state()).toBe('failed');
  });

  test('cannot be n6, process 1, or that of another service', () => {
    const { supervisor, starts } = world({});
    starts(7);
    supervisor.add(definition({ name: 'db' }));
    starts(8);
    for (const mainPid of [0, 1, 8, -1, 1.5]) supervisor.give('web', { type: 'mainPidTold', pid: 7, mainPid });
    expect(supervisor.roster.nameOf(7)).toBe('web');
    expect(supervisor.roster.nameOf(8)).toBe('db');
  });
});

test('a critical service that has ended for good ends the container', () => {
  const { supervisor, starts, codes } = world({ critical: true, restart: 'never' });
  starts(7);
  supervisor.exited(7, { code: 9 });
  expect(codes).toEqual([9]);
});

test('a mistake in service.yaml that is corrected is started', () => {
  const { kernel, supervisor, state } = world({ faults: ['no'] });
  expect([state(), kernel.pending.length]).toEqual(['failed', 0]);
  supervisor.redefine(definition({ fingerprint: '2' }));
  expect([state(), kernel.pending.length]).toEqual(['spawning', 1]);
});
