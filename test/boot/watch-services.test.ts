/** Real files and a real watcher; the supervisor's kernel is a fake one, so that a start lasts as long as the test wants. */
import { appendFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { watchServices, type ServiceWatches } from '../../src/boot/watch-services.ts';
import { tell, type Report } from '../../src/core/messages.ts';
import { PLAIN, type Watch } from '../../src/core/policy.ts';
import { createSupervisor, type Supervisor } from '../../src/supervisor/supervisor.ts';
import { definition } from '../help/definition.ts';
import { fakeKernel, type FakeKernel } from '../help/fake-kernel.ts';
import { temporary, until, write, type Files } from '../help/machine.ts';

const QUIET = 50;

type World = {
  directory: string; kernel: FakeKernel; supervisor: Supervisor; watches: ServiceWatches; failures: string[];
  texts(): string[];
  at(file: string): string;
  starts: () => number;
  /** Begins the watch, and waits until it sees changes. */
  watch(paths: readonly string[], change?: Partial<Watch>): Promise<void>;
};

/** `web` runs as 7. */
function world(files: Files = {}): World {
  const directory = temporary();
  write(directory, files);
  const kernel = fakeKernel();
  const reports: Report[] = [];
  const failures: string[] = [];
  let starts = 0;
  const report = (said: Report): void => void reports.push(said);
  const failed = (where: string, error: unknown): void => void failures.push(`${where}: ${String(error)}`);
  const supervisor = createSupervisor({ kernel, rule: 'n6', environment: () => [], wall: () => 0, report, failed, forgotten: () => undefined });
  supervisor.journal.subscribe(({ event }) => void (starts += event === 'service-starting' ? 1 : 0));
  const watches = watchServices({ supervisor, report, failed, restart: (name) => void supervisor.give(name, { type: 'restartWanted' }) });
  onTestFinished(() => watches.stop());
  supervisor.add(definition({ policy: PLAIN }));
  kernel.pending.shift()!.answer({ pid: 7 });
  const texts = (): string[] => reports.map((said) => tell(said).text);
  const at = (file: string): string => path.join(directory, file);
  return {
    directory, kernel, supervisor, watches, failures, texts, at,
    starts: () => starts,
    async watch(paths, change = {}) {
      const before = texts().length;
      watches.set('web', { paths: paths.map(at), then: 'restart', quiet: QUIET, ...change });
      await until(() => texts().slice(before).some((text) => text.startsWith('its files are watched')));
    },
  };
}

/** The stop signal has been sent, and the process ends. */
async function stops({ kernel, supervisor }: World, pid: number): Promise<void> {
  await until(() => kernel.signals.some(([to, signal]) => to === pid && signal === 'SIGTERM'));
  supervisor.exited(pid, { code: 0 });
}
const restarted = async (it: World, pid: number, next: number): Promise<void> => {
  await stops(it, pid);
  it.kernel.pending.shift()!.answer({ pid: next });
};
const firstChange = async (it: World): Promise<string> => until(() => it.texts().find((text) => text.includes('changed:')));

test('many changes at once are one restart', async () => {
  const it = world({ 'src/a.js': '', 'src/lib/b.js': '' });
  // Longer than it takes the watcher to look at so many, also when others keep the machine busy.
  await it.watch(['src/**'], { quiet: 1000 });
  for (let i = 0; i < 200; i++) writeFileSync(it.at(`src/lib/new-${i}.js`), String(i));
  appendFileSync(it.at('src/a.js'), 'x');
  await restarted(it, 7, 8);
  appendFileSync(it.at('src/a.js'), 'y');
  await restarted(it, 8, 9);
  expect(it.starts()).toBe(3);
  expect(it.texts().filter((text) => text.includes('changed:'))).toHaveLength(2);
  expect(it.texts()[1]).toMatch(/ and \d+ more changed: restarting it$/);
  expect(it.failures).toEqual([]);
});

test('only what matches counts; hidden files, node_modules and .git do not', async () => {
  const it = world({ 'src/a.ts': '', 'src/deep/b.ts': '', 'src/node_modules/m/c.ts': '', 'src/.git/d.ts': '', 'src/.a.ts.swp': '' });
  await it.watch(['src/**/*.ts']);
  for (const file of ['src/a.js', 'src/.a.ts.swp', 'src/node_modules/m/c.ts', 'src/.git/d.ts', 'src/.hidden.ts', 'other.ts']) writeFileSync(it.at(file), 'x');
  writeFileSync(it.at('src/deep/b.ts'), 'x');
  expect(await firstChange(it)).toBe(`${it.at('src/deep/b.ts')} changed: restarting it`);
});

test('a directory means all in it, a file itself, a new directory what comes into it', async () => {
  const it = world({ 'src/a.js': '', 'config.json': '{}' });
  await it.watch(['src', 'config.json']);
  mkdirSync(it.at('src/new'));
  writeFileSync(it.at('src/new/b.js'), '');
  await restarted(it, 7, 8);
  // As editors save: another file in its place.
  writeFileSync(it.at('config.json.new'), '{"a": 1}');
  renameSync(it.at('config.json.new'), it.at('config.json'));
  await restarted(it, 8, 9);
  rmSync(it.at('src/a.js'));
  await restarted(it, 9, 10);
  expect(it.failures).toEqual([]);
});

test('what is not there yet is seen when it comes', async () => {
  const it = world();
  await it.watch(['dist/**/*.js']);
  mkdirSync(it.at('dist'));
  writeFileSync(it.at('dist/a.js'), '');
  await restarted(it, 7, 8);
});

test('a directory that is made anew is watched as before', async () => {
  const it = world({ 'dist/a.js': '' });
  await it.watch(['dist/**/*.js'], { quiet: 300 });
  rmSync(it.at('dist'), { recursive: true });
  await restarted(it, 7, 8);
  mkdirSync(it.at('dist'));
  writeFileSync(it.at('dist/a.js'), '');
  await restarted(it, 8, 9);
  writeFileSync(it.at('dist/a.js'), 'x');
  await restarted(it, 9, 10);
  expect(it.failures).toEqual([]);
});

test('parentheses and blanks in the name of a directory are only names', async () => {
  const it = world({ 'my (old) site/a.js': '' });
  await it.watch(['my (old) site/*.js']);
  writeFileSync(it.at('my (old) site/a.js'), 'x');
  await restarted(it, 7, 8);
});

test('reload instead of restart', async () => {
  const it = world({ 'a.conf': '' });
  await it.watch(['*.conf'], { then: 'reload' });
  writeFileSync(it.at('a.conf'), 'x');
  await until(() => it.kernel.signals.some(([pid, signal]) => pid === 7 && signal === 'SIGHUP'));
  expect(it.texts().at(-1)).toBe(`${it.at('a.conf')} changed: reloading it`);
  expect(it.starts()).toBe(1);
});

test('a change while it stops is in the start that follows; one while it starts gives one more restart', async () => {
  const it = world({ 'a.js': '', 'b.js': '' });
  await it.watch(['*.js']);
  // A second watch tells when a change has been seen, whatever becomes of it.
  it.supervisor.add(definition({ name: 'probe', directory: '/services/probe' }));
  it.kernel.pending.shift()!.answer({ pid: 70 });
  it.watches.set('probe', { paths: [it.at('*.js')], then: 'reload', quiet: 4 * QUIET });
  await until(() => it.texts().filter((text) => text.startsWith('its files are watched')).length === 2);
  const seen = async (): Promise<void> => {
    const before = it.kernel.signals.filter(([pid]) => pid === 70).length;
    await until(() => it.kernel.signals.filter(([pid]) => pid === 70).length > before);
  };
  writeFileSync(it.at('a.js'), '1');
  await seen();
  writeFileSync(it.at('b.js'), '1');
  await seen();
  it.supervisor.exited(7, { code: 0 });
  // It is starting.
  writeFileSync(it.at('a.js'), '2');
  await seen();
  writeFileSync(it.at('b.js'), '2');
  await seen();
  it.kernel.pending.shift()!.answer({ pid: 8 });
  await restarted(it, 8, 9);
  writeFileSync(it.at('a.js'), '3');
  await restarted(it, 9, 10);
  expect(it.kernel.signals.filter(([pid, signal]) => pid < 70 && signal === 'SIGTERM').map(([pid]) => pid)).toEqual([7, 8, 9]);
});

test('what has failed is started again by a change, what was stopped on purpose is not', async () => {
  const it = world({ 'a.js': '' });
  await it.watch(['a.js']);
  it.supervisor.exited(7, { code: 1 });
  expect(it.supervisor.roster.get('web')!.state.name).toBe('backingOff');
  writeFileSync(it.at('a.js'), '1');
  await until(() => it.kernel.pending.length === 1);
  it.kernel.pending.shift()!.answer({ pid: 8 });
  it.supervisor.give('web', { type: 'downWanted' });
  it.supervisor.exited(8, { code: 0 });
  it.supervisor.add(definition({ name: 'probe', directory: '/services/probe' }));
  it.kernel.pending.shift()!.answer({ pid: 70 });
  it.watches.set('probe', { paths: [it.at('a.js')], then: 'reload', quiet: 4 * QUIET });
  await until(() => it.texts().filter((text) => text.startsWith('its files are watched')).length === 2);
  writeFileSync(it.at('a.js'), '2');
  await until(() => it.kernel.signals.some(([pid]) => pid === 70));
  expect(it.supervisor.roster.get('web')!.state.name).toBe('down');
});

test('after a stop, and for a service that watches no longer, nothing happens', async () => {
  const it = world({ 'a.js': '' });
  await it.watch(['a.js']);
  it.watches.set('web', undefined);
  it.supervisor.add(definition({ name: 'probe', directory: '/services/probe' }));
  it.kernel.pending.shift()!.answer({ pid: 70 });
  it.watches.set('probe', { paths: [it.at('a.js')], then: 'reload', quiet: 4 * QUIET });
  await until(() => it.texts().filter((text) => text.startsWith('its files are watched')).length === 2);
  writeFileSync(it.at('a.js'), '1');
  await until(() => it.kernel.signals.some(([pid]) => pid === 70));
  expect(it.starts()).toBe(2);
  it.watches.stop();
  expect(it.failures).toEqual([]);
});
