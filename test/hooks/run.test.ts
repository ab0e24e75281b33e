import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { LONGEST_QUEUE } from '../../src/hooks/run.ts';
import { createWorld } from './world.ts';

test('a hook reads the event as a line of JSON, from a standard input that can be opened by name', async () => {
  const { runner, install, give, trace } = createWorld();
  install('service-exited', 'hook-records');
  give('service-exited', 'web', { pid: 12, exitCode: 3 });
  await runner.idle();
  expect(trace()).toHaveLength(1);
  const [, service, json] = /^hook-records (\S+) (.*)$/.exec(trace()[0]!)!;
  expect(service).toBe('web');
  expect(JSON.parse(json!)).toEqual({ seq: 1, at: '2026-11-22T10:00:00.000Z', event: 'service-exited', service: 'web', pid: 12, exitCode: 3 });
});

test('it has the container environment and the event in its own, and works in its directory', async () => {
  const { runner, hooks, install, give, trace } = createWorld();
  install('service-up', 'hook-records-environment');
  give('service-up', 'web', { pid: 12 });
  await runner.idle();
  const [where, ...environment] = trace();
  expect(where).toBe(path.join(hooks, 'service-up'));
  const names = environment.map((line) => line.slice(0, line.indexOf('=')));
  expect(environment).toEqual(expect.arrayContaining(['N6_EVENT=service-up', 'N6_SERVICE=web', 'N6_PID=12', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin']));
  // PWD and its like are the shell's own; of n6's own environment there is nothing.
  expect(names.filter((name) => !['PWD', 'OLDPWD', 'SHLVL', '_'].includes(name)).sort())
    .toEqual(['GATES', 'N6_AT', 'N6_EVENT', 'N6_PID', 'N6_SEQ', 'N6_SERVICE', 'PATH', 'TRACE']);
});

test('hooks of one event run in lexical order, one directory after the other, event after event', async () => {
  const { runner, directory, install, give, trace } = createWorld();
  install('service-up', 'hook-records', '20-second');
  install('service-up', 'hook-records', '10-first');
  mkdirSync(path.join(directory, 'more-hooks.d/service-up'), { recursive: true });
  symlinkSync(path.join(import.meta.dirname, '../programs/hook-records'), path.join(directory, 'more-hooks.d/service-up/00-third'));
  give('service-up', 'a');
  give('service-up', 'a');
  give('service-down', 'a');
  await runner.idle();
  expect(trace().map((line) => line.split(' ')[0])).toEqual(['10-first', '20-second', '00-third', '10-first', '20-second', '00-third']);
});

test('one at a time for a service; another service does not wait for it', async () => {
  const { runner, install, give, trace, open, until } = createWorld({ gates: ['slow', 'quick'] });
  install('service-up', 'hook-waits-at-the-gate');
  give('service-up', 'slow');
  give('service-up', 'slow');
  give('service-up', 'quick');
  await open('quick');
  await until(() => trace().includes('quick goes'));
  await open('slow');
  // The gate is open until the first one has gone through: whoever opened it again now would open it for nobody.
  await until(() => trace().filter((line) => line === 'slow waits').length === 2);
  await open('slow');
  await runner.idle();
  expect(trace().filter((line) => line.startsWith('slow'))).toEqual(['slow waits', 'slow goes', 'slow waits', 'slow goes']);
  expect(trace().indexOf('quick goes')).toBeLessThan(trace().lastIndexOf('slow waits'));
});

test('events that are about no service have a queue of their own', async () => {
  const { runner, install, give, trace, open, until } = createWorld({ gates: ['web'] });
  install('service-up', 'hook-waits-at-the-gate');
  install('members-changed', 'hook-records');
  give('service-up', 'web');
  give('members-changed');
  give('members-changed');
  await until(() => trace().filter((line) => line.startsWith('hook-records none')).length === 2);
  expect(trace()).not.toContain('web goes');
  await open('web');
  await runner.idle();
});

test('a hook that fails is told and announced; those after it are run all the same', async () => {
  const { runner, reports, failures, install, give, trace } = createWorld();
  const failing = install('service-up', 'hook-exits-3', '10-fails');
  install('service-up', 'hook-records', '20-records');
  give('service-up', 'web');
  await runner.idle();
  expect(reports).toEqual([`hook ${failing} failed on service-up: exit 3`]);
  expect(failures).toEqual([{ hook: failing, cause: 'service-up', reason: 'exit 3', service: 'web' }]);
  expect(trace()).toHaveLength(1);
});

test('a hook of hook-failed is run; one that fails itself does not run itself for ever', async () => {
  const { runner, reports, failures, install, give, trace } = createWorld();
  install('service-up', 'hook-exits-3', '10-fails');
  const failing = install('hook-failed', 'hook-exits-3', '10-fails');
  install('hook-failed', 'hook-records', '20-records');
  give('service-up', 'web');
  await runner.idle();
  expect(failures).toHaveLength(1);
  expect(reports[1]).toBe(`hook ${failing} failed on hook-failed: exit 3`);
  expect(trace()).toHaveLength(1);
  expect(trace()[0]).toContain('"cause":"service-up"');
});

test('a hook whose interpreter is not there is told', async () => {
  const { runner, reports, install, give } = createWorld();
  install('service-up', 'hook-without-interpreter');
  give('service-up');
  await runner.idle();
  expect(reports).toEqual([expect.stringMatching(/no such file or directory \(ENOENT\); check the interpreter in its first line$/)]);
});

test('what is not executable is told once, not at every event', async () => {
  const { runner, hooks, reports, install, give, trace } = createWorld();
  install('service-up', 'hook-records');
  writeFileSync(path.join(hooks, 'service-up/README'), 'hello');
  for (let i = 0; i < 3; i++) give('service-up', 'web');
  await runner.idle();
  expect(reports).toEqual([expect.stringMatching(/README is not run on service-up: it is not executable; make it so: chmod \+x/)]);
  expect(trace()).toHaveLength(3);
});

test('an event that is longer than a pipe holds arrives whole, and harms nobody who does not read it', async () => {
  const { runner, reports, install, give, trace } = createWorld();
  install('member-join', 'hook-reads-nothing');
  install('member-join', 'hook-records');
  const member = { name: 'b', address: '10.0.0.2', role: '', tags: { long: 'x'.repeat(300_000) } };
  give('member-join', undefined, { member });
  await runner.idle();
  expect(reports).toEqual([]);
  expect(JSON.parse(trace()[0]!.replace('hook-records none ', ''))).toMatchObject({ member });
});

test('no hooks for an event: nothing is started, nothing waits', async () => {
  const { runner, hooks, reports, give } = createWorld();
  rmSync(hooks, { recursive: true });
  give('service-up', 'web');
  give('service-down', 'web');
  await runner.idle();
  expect(reports).toEqual([]);
});

test('many services at once are served, and Node warns of nothing', async () => {
  const { runner, reports, install, give, trace } = createWorld();
  const warnings: Error[] = [];
  const listen = (warning: Error): void => void warnings.push(warning);
  process.on('warning', listen);
  install('service-up', 'hook-records');
  const names = Array.from({ length: 40 }, (_, index) => `service-${index}`);
  for (const name of names) give('service-up', name);
  await runner.idle();
  process.off('warning', listen);
  expect(trace().map((line) => line.split(' ')[1]).sort()).toEqual([...names].sort());
  expect([reports, warnings]).toEqual([[], []]);
});

test('a queue has an end: what is lost is told', async () => {
  const { runner, reports, install, give, trace, open, until } = createWorld({ gates: ['web'] });
  const hook = install('service-up', 'hook-waits-at-the-gate');
  give('service-up', 'web');
  for (let i = 0; i < LONGEST_QUEUE + 5; i++) give('service-up', 'web');
  // Once the first one runs, the others shall find none, which is quicker than a thousand times one.
  await until(() => trace().includes('web waits'));
  rmSync(hook);
  await open('web');
  await runner.idle();
  expect(reports).toEqual([
    expect.stringContaining(`hooks fall behind: ${LONGEST_QUEUE} events wait`),
    '5 events came to no hook, because too many were waiting',
  ]);
});
