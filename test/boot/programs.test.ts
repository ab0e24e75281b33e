/** What is started in the place of a script whose hashbang n6 understands. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createSee, seeingThrough } from '../../src/boot/programs.ts';
import type { SpawnRequest } from '../../src/kernel/kernel.ts';
import { fakeKernel } from '../help/fake-kernel.ts';
import { temporary, write } from '../help/machine.ts';

const text = (variables: readonly Buffer[]): string[] => variables.map(String);

/** What the kernel below is asked to start. */
function started(script: string, options: { keepEnvironment?: boolean; files?: Record<string, string>; mode?: number } = {}): SpawnRequest & { home: string } {
  const directory = temporary();
  write(directory, {
    'home/command/with-contenv!': '#!/bin/sh\n', 'environment/FOO': 'bar\n', 'environment/PATH': '/usr/bin:/bin\n', 'service/run': script, ...options.files,
  });
  chmodSync(path.join(directory, 'service/run'), options.mode ?? 0o755);
  const kernel = fakeKernel();
  const home = path.join(directory, 'home');
  const containerEnvironment = path.join(directory, 'environment');
  const seeing = seeingThrough(kernel, createSee({ home, containerEnvironment, keepEnvironment: options.keepEnvironment ?? false, places: [] }));
  seeing.spawn({
    directory: path.join(directory, 'service'), program: './run', arguments: ['./run', 'web'], session: true, stdio: ['null', 'inherit', 'inherit'],
    environment: ['PATH=/command:/bin', 'OLD=1', 'N6_DIR=/d'].map((variable) => Buffer.from(variable)),
  }, () => undefined);
  return { ...kernel.pending[0]!.request, home };
}

test('with-contenv X: X itself, with the container environment and what leads to this supervisor', () => {
  const request = started('#!/usr/bin/with-contenv sh\necho $FOO\n', {});
  expect(request.program).toMatch(/^\/(usr\/)?bin\/sh$/);
  expect(request.arguments).toEqual(['sh', './run', 'web']);
  expect(text(request.environment)).toEqual(['FOO=bar', 'PATH=/usr/bin:/bin', 'N6_DIR=/d']);
});

test('with S6_KEEP_ENV the environment stays as it is', () => {
  const { environment } = started('#!/command/with-contenv /bin/sh\n', { keepEnvironment: true });
  expect(text(environment)).toEqual(['PATH=/command:/bin', 'OLD=1', 'N6_DIR=/d']);
});

test('what a script of the same turn could not have changed is read once, what came later is seen', async () => {
  const directory = temporary();
  write(directory, { 'home/command/with-contenv!': '', 'environment/PATH': '/bin\n', 'environment/A': '1\n', 'run!': '#!/nowhere/with-contenv sh\n' });
  const kernel = fakeKernel();
  const containerEnvironment = path.join(directory, 'environment');
  const seeing = seeingThrough(kernel, createSee({ home: path.join(directory, 'home'), containerEnvironment, keepEnvironment: false }));
  const request: SpawnRequest = { directory, program: './run', arguments: ['./run'], environment: [], session: true, stdio: ['null', 'inherit', 'inherit'] };
  seeing.spawn(request, () => undefined);
  writeFileSync(path.join(directory, 'environment/A'), '2\n');
  await new Promise(setImmediate);
  seeing.spawn(request, () => undefined);
  expect(kernel.pending.map((asked) => text(asked.request.environment)[0])).toEqual(['A=1', 'A=2']);
});

const asItIs = (request: SpawnRequest): void => {
  expect(request.program).toBe('./run');
  expect(request.arguments).toEqual(['./run', 'web']);
  expect(text(request.environment)).toContain('OLD=1');
};

test.each([
  ['another interpreter', '#!/bin/sh\n', {}],
  ['several words, which are one argument', '#!/usr/bin/with-contenv bash -e\n', {}],
  ['no argument', '#!/usr/bin/with-contenv\n', {}],
  ['a program that is not there: with-contenv says so', '#!/usr/bin/with-contenv no-such-program\n', {}],
  ['a script that is not executable', '#!/usr/bin/with-contenv sh\n', { mode: 0o644 }],
  ['no script', 'echo\n', {}],
])('left to others: %s', (_what, script, options) => asItIs(started(script, options)));

test("left to others: an image's own with-contenv", () => {
  const own = path.join(temporary(), 'with-contenv');
  writeFileSync(own, '#!/bin/sh\n');
  chmodSync(own, 0o755);
  asItIs(started(`#!${own} sh\n`));
});

test('left to others: no environment can be read', () => {
  const request = started('#!/usr/bin/with-contenv sh\n', { files: { 'environment/PATH': '' } });
  expect(request.program).toMatch(/sh$/);
  const directory = temporary();
  mkdirSync(path.join(directory, 'home/command'), { recursive: true });
  write(directory, { 'home/command/with-contenv!': '', 'run!': '#!/nowhere/with-contenv sh\n' });
  const kernel = fakeKernel();
  seeingThrough(kernel, createSee({ home: path.join(directory, 'home'), containerEnvironment: '/no/such/directory', keepEnvironment: false }))
    .spawn({ directory, program: './run', arguments: ['./run'], environment: [], session: true, stdio: ['null', 'inherit', 'inherit'] }, () => undefined);
  expect(kernel.pending[0]!.request.program).toBe('./run');
});

const nowhere = (script: string): SpawnRequest => started(script, { files: { 'home/command/execlineb!': '' } });

test('a chain of execlineb: the program at its end, with-contenv seen through as well', () => {
  const request = nowhere('#!/nowhere/execlineb -P\n# a comment\nsh -c\n"echo  $FOO"\n');
  expect(request.program).toMatch(/\/sh$/);
  expect(request.arguments).toEqual(['sh', '-c', 'echo  $FOO']);
  const seen = nowhere('#!/nowhere/execlineb -S1\nnice -n 0 ${1}\n');
  expect(seen.program).toMatch(/\/nice$/);
  expect(seen.arguments).toEqual(['nice', '-n', '0', 'web']);
});

test('execlineb says itself what is wrong in a script', () => {
  expect(nowhere('#!/nowhere/execlineb -P\nif { true\n').program).toBe('./run');
  expect(nowhere('#!/nowhere/execlineb -Z\ntrue\n').program).toBe('./run');
});
