import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Definition } from '../../src/core/definition.ts';
import { ALONE, type Node } from '../../src/core/graph.ts';
import { problemText, type Report } from '../../src/core/messages.ts';
import { PLAIN, type Policy } from '../../src/core/policy.ts';
import type { Exit } from '../../src/core/exit.ts';
import { createChanges, type Changes } from '../../src/supervisor/changes.ts';
import { createSupervisor, type Supervisor } from '../../src/supervisor/supervisor.ts';
import { definition } from '../help/definition.ts';
import { fakeKernel, type FakeKernel } from '../help/fake-kernel.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

type World = {
  kernel: FakeKernel; supervisor: Supervisor; changes: Changes; reports: Report[]; failures: string[];
  /** The oldest start that waits for an answer gets one; gives its name. */
  answer(): string;
  /** Names whose start waits for an answer. */
  starting(): string[];
  /** Names that have been sent TERM, since the last call. */
  stopped(): string[];
  exits(name: string, code?: number): void;
  says(name: string): void;
  oneshots: Map<string, (exit: Exit) => void>;
};

function world(services: Record<string, Partial<Policy> & { says?: boolean }>, sources: Node[] = []): World {
  const kernel = fakeKernel();
  kernel.now = () => performance.now();
  const reports: Report[] = [];
  const failures: string[] = [];
  const oneshots = new Map<string, (exit: Exit) => void>();
  let pids = 10;
  const supervisor = createSupervisor({
    kernel, rule: 'n6', environment: () => [], wall: () => 0, report: () => undefined, failed: (where) => void failures.push(where),
    forgotten: () => undefined, want: (name) => changes.want(name),
  });
  const changes: Changes = createChanges(supervisor, (where, error) => void failures.push(`${where}: ${String(error)}`));
  changes.define({
    nodes: sources, say: () => undefined,
    oneshot(name, direction, done) {
      oneshots.set(`${name} ${direction}`, done);
      return { abort: () => done({ signal: 'SIGTERM', number: 15, dumped: false }) };
    },
  });
  const readers = new Map<string, number>();
  for (const [name, { says = false, ...policy }] of Object.entries(services)) {
    const fields: Partial<Definition> = { name, directory: `/services/${name}`, policy: { ...PLAIN, ...policy } };
    supervisor.add(definition({ ...fields, ...(says ? { notificationDescriptor: 3 } : {}), startsDown: sources.some((source) => source.name === name) }));
  }
  changes.looked((report) => void reports.push(report));
  const nameOf = (index: number): string => kernel.pending[index]!.request.arguments[1]!;
  return {
    kernel, supervisor, changes, reports, failures, oneshots,
    answer() {
      const name = nameOf(0);
      const known = new Set(kernel.readers.keys());
      kernel.pending.shift()!.answer({ pid: pids++ });
      for (const reader of kernel.readers.keys()) if (!known.has(reader)) readers.set(name, reader);
      return name;
    },
    starting: () => kernel.pending.map((_, index) => nameOf(index)),
    stopped: () => kernel.signals.splice(0).filter(([, signal]) => signal === 'SIGTERM').map(([pid]) => supervisor.roster.nameOf(pid)!),
    exits(name, code = 0) {
      const { state } = supervisor.roster.get(name)!;
      supervisor.exited((state as { pid: number }).pid, { code });
    },
    says: (name) => kernel.readers.get(readers.get(name)!)!(Buffer.from('\n')),
  };
}

const needs = (...names: string[]): Partial<Policy> => ({ needs: names.map((name) => ({ name, restart: false })) });
const bound = (name: string): Partial<Policy> => ({ needs: [{ name, restart: true }] });

describe('services that say what they need', () => {
  test('start as soon as that is ready, independent ones at once; what one waits for can be asked', () => {
    const { changes, starting, answer, says } = world({ db: { says: true }, log: {}, web: needs('db') });
    expect(starting()).toEqual(['db', 'log']);
    expect(changes.waitsFor('web')).toEqual({ type: 'needs', names: ['db'] });
    answer();
    answer();
    expect(starting()).toEqual([]);
    says('db');
    expect(starting()).toEqual(['web']);
    expect(changes.waitsFor('web')).toBeUndefined();
  });

  test('svc start brings what is needed; svc stop stops who needs it first; a restart is of one alone', () => {
    const { changes, supervisor, starting, answer, stopped, exits } = world({ db: {}, web: needs('db') });
    answer();
    answer();
    changes.command('db', 'restart');
    expect(stopped()).toEqual(['db']);
    exits('db');
    expect(answer()).toBe('db');
    changes.command('db', 'stop');
    expect(stopped()).toEqual(['web']);
    exits('web');
    expect(stopped()).toEqual(['db']);
    exits('db');
    expect(supervisor.roster.restless()).toBe(0);
    changes.command('web', 'start');
    expect(starting()).toEqual(['db']);
    answer();
    expect(starting()).toEqual(['web']);
  });

  test('a stop while it waits is a stop, a restart while it waits goes on waiting', () => {
    const { changes, answer, starting, says } = world({ db: { says: true }, web: needs('db'), api: needs('db') });
    answer();
    changes.command('web', 'restart');
    changes.command('api', 'stop');
    expect(changes.waitsFor('web')).toEqual({ type: 'needs', names: ['db'] });
    expect(changes.waitsFor('api')).toBeUndefined();
    says('db');
    expect(starting()).toEqual(['web']);
  });

  test('what needs a service and is bound to it is restarted when it is ready again, the others are left alone', () => {
    const { answer, starting, stopped, exits, says, changes } = world({ db: { says: true }, free: needs('db'), web: bound('db') });
    answer();
    says('db');
    answer();
    answer();
    exits('db', 1);
    expect(stopped()).toEqual(['web']);
    exits('web');
    expect(changes.waitsFor('web')).toEqual({ type: 'needs', names: ['db'] });
    vi.advanceTimersByTime(1001);
    expect(starting()).toEqual(['db']);
    answer();
    expect(starting()).toEqual([]);
    says('db');
    expect(starting()).toEqual(['web']);
  });

  test('a service that cannot be started does not keep who only wants it; who needs it starts when it comes after all', () => {
    const { kernel, answer, starting, changes } = world({ cache: {}, web: { wants: ['cache'] }, worker: needs('cache') });
    expect(starting()).toEqual(['cache']);
    kernel.pending.shift()!.answer({ failure: { code: 'ENOENT', step: 'file', subject: '/services/cache/run', hopeless: true } });
    expect(answer()).toBe('web');
    expect(changes.waitsFor('worker')).toEqual({ type: 'needs', names: ['cache'] });
    vi.advanceTimersByTime(10_001);
    expect(answer()).toBe('cache');
    expect(starting()).toEqual(['worker']);
  });

  test('a circle and a name that is not there are told, and nobody else is disturbed', () => {
    const { reports, starting, changes, supervisor } = world({ a: needs('b'), b: needs('a'), web: needs('databse'), database: {} });
    expect(starting()).toEqual(['database']);
    expect(reports.map((report) => (report.type === 'problem' ? problemText(report.problem) : ''))).toEqual([
      expect.stringContaining('/services/web/service.yaml: expected a name that is defined, got "databse"; web needs databse, which does not exist; '
        + 'did you mean "database"?'),
      expect.stringContaining('a needs b needs a: none of them can come first'),
    ]);
    expect(changes.waitsFor('a')).toEqual({ type: 'fault', text: 'a needs b needs a: none of them can come first' });
    supervisor.add(definition({ name: 'databse', directory: '/services/databse' }));
    changes.looked((report) => void reports.push(report));
    expect(reports).toHaveLength(2);
    expect(starting()).toEqual(['database', 'databse']);
  });

  test('everything goes down in reverse order, what is still waiting included', async () => {
    const { changes, answer, stopped, exits, starting } = world({ db: {}, web: needs('db'), slow: { says: true }, late: needs('slow') });
    answer();
    answer();
    answer();
    const down = changes.takeDown('all');
    expect(stopped()).toEqual(['web', 'slow'].sort().reverse());
    exits('slow');
    exits('web');
    expect(stopped()).toEqual(['db']);
    exits('db');
    expect(await down).toMatchObject({ ok: true });
    changes.command('late', 'start');
    expect(starting()).toEqual([]);
  });

  test('s6-svc goes behind its back, and who is bound sees it', () => {
    const { supervisor, answer, stopped, exits, starting } = world({ db: {}, web: bound('db') });
    answer();
    answer();
    supervisor.give('db', { type: 'downWanted' });
    expect(stopped().sort()).toEqual(['db', 'web']);
    exits('db');
    exits('web');
    expect(starting()).toEqual([]);
    supervisor.give('db', { type: 'upWanted' });
    answer();
    expect(starting()).toEqual(['web']);
  });
});

describe("together with s6-rc's sources", () => {
  const sources: Node[] = [
    { ...ALONE, name: 'prepare', kind: 'oneshot' }, { ...ALONE, name: 'db', kind: 'longrun', needs: ['prepare'], timeoutUp: 700 },
    { ...ALONE, name: 'stage', kind: 'oneshot', needs: ['db'] },
  ];

  test('a service may need a longrun of theirs; svc stop leaves their stages as they are, the end does not', async () => {
    const { changes, oneshots, starting, answer, stopped, exits } = world({ web: needs('db'), db: {} }, sources);
    const boot = changes.change({ direction: 'up', names: ['stage'] });
    await Promise.resolve();
    oneshots.get('prepare up')!({ code: 0 });
    expect(answer()).toBe('db');
    expect(starting()).toEqual(['web']);
    answer();
    oneshots.get('stage up')!({ code: 0 });
    expect(await boot).toMatchObject({ ok: true });
    changes.command('db', 'stop');
    exits(stopped()[0]!);
    exits(stopped()[0]!);
    expect(oneshots.has('stage down')).toBe(false);
    expect(changes.isUp('db')).toBe(true);
    const down = changes.takeDown('sources');
    oneshots.get('stage down')!({ code: 0 });
    oneshots.get('prepare down')!({ code: 1 });
    expect([...(await down).failed.keys()]).toEqual(['prepare']);
  });

  test('what s6-rc asks for has its time; what is over is stopped, and the rest is skipped', async () => {
    const { changes, oneshots, answer, stopped, supervisor } = world({ db: { says: true } }, sources);
    const boot = changes.change({ direction: 'up', names: ['stage'] });
    await Promise.resolve();
    oneshots.get('prepare up')!({ code: 0 });
    answer();
    vi.advanceTimersByTime(701);
    expect(await boot).toMatchObject({ ok: false, timedOut: false, failed: new Map([['db', { type: 'timedOut' }]]), skipped: ['stage'] });
    expect(stopped()).toEqual(['db']);
    expect(supervisor.roster.get('db')!.state.name).toBe('stopping');
  });

  test('a stop of a oneshot that runs ends it, and undoes it only if it was done', () => {
    const { changes, oneshots } = world({}, sources);
    changes.bring('up', ['prepare'], undefined);
    const up = oneshots.get('prepare up')!;
    void changes.takeDown('sources');
    expect(oneshots.has('prepare down')).toBe(false);
    up({ code: 0 });
    expect(oneshots.has('prepare down')).toBe(false);
  });
});
