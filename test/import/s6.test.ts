/* eslint-disable max-len -- a case is read in one line */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { importS6 } from '../../src/import/s6/index.ts';
import type { Imported } from '../../src/import/model.ts';
import { commandOf } from '../../src/import/s6/run-script.ts';
import { temporary, write, type Files } from '../help/machine.ts';
import { pathsOf, remarksOf, said, yamlsOf } from './help.ts';

function importing(files: Files): Imported & { directory: string } {
  const directory = temporary();
  write(directory, files);
  return { ...importS6(directory), directory };
}
const RUN = '#!/bin/sh\nexec "$APP"\n';

test.each<[string, readonly string[] | undefined]>([
  ['#!/bin/sh\nexec ./app --port=80 "a b" \'$c\' d"e f"\n', ['./app', '--port=80', 'a b', '$c', 'de f']],
  ['#!/bin/bash -e\n# comment\n\n  set -eu\n  exec  app \\\n   x\n', ['app', 'x']],
  ['#! /usr/bin/env bash\nexec app', ['app']],
  ['#!/bin/sh\nexec s6-setuidgid www app\n', ['s6-setuidgid', 'www', 'app']],
  ['#!/usr/bin/with-contenv sh\nexec app\n', undefined],
  ['#!/command/execlineb -P\napp\n', undefined],
  ['#!/bin/sh\napp\n', undefined],
  ['#!/bin/sh\nexec\n', undefined],
  ['#!/bin/sh\nexec 2>&1\nexec app\n', undefined],
  ['#!/bin/sh\nA=1\nexec app\n', undefined],
  ['#!/bin/sh\nexec app $X\n', undefined],
  ['#!/bin/sh\nexec app "$X"\n', undefined],
  ['#!/bin/sh\nexec app "a\\b"\n', undefined],
  ['#!/bin/sh\nexec app *.c\n', undefined],
  ['#!/bin/sh\nexec app ~/x\n', undefined],
  ['#!/bin/sh\nexec app 2>&1\n', undefined],
  ['#!/bin/sh\nexec app # comment\n', undefined],
  ['#!/bin/sh\nexec app; x\n', undefined],
  ['#!/bin/sh\nexec -a x app\n', undefined],
  ['#!/bin/sh\nexec app\nexec other\n', undefined],
  ['#!/usr/bin/python3\nexec app\n', undefined],
  ['exec app\n', undefined],
])('a run that is a command: %j', (script, expected) => {
  expect(commandOf(script)).toEqual(expected);
});

test('value files become keys, all else stays', () => {
  const imported = importing({
    'a/run': '#!/bin/sh\nexec sleep 9\n', 'a/finish': '#!/bin/sh\n', 'a/notification-fd': '3\n', 'a/timeout-kill': '1500\n', 'a/down-signal': 'quit\n', 'a/reload-signal': '10\n',
    'a/timeout-finish': '1\n', 'a/env/A': '1', 'a/log/run': RUN, 'a/log/notification-fd': '3\n', 'a/mine@': '../b/run', 'a/own@': 'run',
    'b/run': RUN, 'b/timeout-kill': '2000\n', 'b/down-signal': 'INT', 'b/flag-timeout-killpg': '', 'b/down': '',
    'c/run': RUN, 'c/down-signal': 'INT', 'd/run': RUN, 'd/service.yaml': 'command: [x]\n', 'd/down-signal': 'INT',
    'e/run': '#!/bin/sh\nexec s6-setuidgid www-data app\n', 'file': '', 'a/supervise/x': '',
  });
  expect(said(imported)).toEqual([]);
  expect(yamlsOf(imported)).toEqual({
    a: { command: ['sleep', '9'], ready: { fd: 3 }, stop: ['QUIT 1500ms', 'KILL'], reload: 'USR1' },
    b: {}, c: { stop: 'INT' }, d: {}, e: { command: ['s6-setuidgid', 'www-data', 'app'] },
  });
  expect(pathsOf(imported).filter((place) => place.includes('/')).sort()).toEqual([
    'a/env', 'a/env/A', 'a/finish', 'a/log', 'a/log/notification-fd', 'a/log/run', 'a/mine', 'a/own', 'a/service.yaml', 'a/timeout-finish',
    'b/down', 'b/down-signal', 'b/flag-timeout-killpg', 'b/run', 'b/timeout-kill', 'c/run', 'c/service.yaml', 'd/down-signal', 'd/run', 'd/service.yaml', 'e/service.yaml',
  ]);
  const a = imported.services[0]!.files;
  expect(a.find(({ path: place }) => place === 'finish')).toMatchObject({ mode: 0o755 });
  expect(a.filter(({ kind }) => kind === 'link')).toMatchObject([{ path: 'mine', target: path.join(imported.directory, 'b/run') }, { path: 'own', target: 'run' }]);
});

test('sources of s6-rc: needs, oneshots, bundles, loggers, what user starts', () => {
  const run = '#!/bin/sh\nexec sleep 9\n';
  const imported = importing({
    'db/type': 'longrun', 'db/run': run, 'db/down': '', 'db/log/run': RUN, 'app/type': 'longrun\n', 'app/run': run, 'app/dependencies.d/all': '', 'app/dependencies.d/base': '',
    'app/producer-for': 'app-log', 'app-log/type': 'longrun', 'app-log/run': RUN, 'app-log/consumer-for': 'app', 'app-log/notification-fd': '3\n', 'app-log/pipeline-name': 'p',
    'migrate/type': 'oneshot', 'migrate/up': '# a comment\n/etc/x "a b"\n', 'migrate/down': 'if { test -e /x } true\n', 'migrate/dependencies': 'db\n', 'migrate/timeout-up': '3000\n',
    'all/type': 'bundle', 'all/contents.d/db': '', 'all/contents.d/migrate': '', 'extra/type': 'oneshot', 'extra/up': '# nothing\n', 'user/contents.d/app': '',
  });
  expect(said(imported)).toEqual([]);
  expect(yamlsOf(imported)).toEqual({
    app: { command: ['sleep', '9'], needs: ['db', 'migrate'] },
    db: { command: ['sleep', '9'] },
    extra: { once: { up: ['true'] } },
    migrate: { once: { up: ['/etc/x', 'a b'], down: ['execlineb', '-P', '-c', 'if { test -e /x } true'] }, needs: ['db'] },
  });
  expect(pathsOf(imported).filter((place) => place.includes('/') && !place.endsWith('service.yaml'))).toEqual(['app/log', 'app/log/notification-fd', 'app/log/run', 'extra/down']);
  expect(remarksOf(imported).sort()).toEqual([
    'its logger was the longrun app-log, and is app/log now', expect.stringContaining('not imported: the bundle all: '), expect.stringContaining('not imported: timeout-up 3000: '),
  ]);
});

test('a pipe that a directory log cannot express is told', () => {
  const longrun = (name: string, files: Files): Files => ({ [`${name}/type`]: 'longrun', [`${name}/run`]: RUN, ...Object.fromEntries(Object.entries(files).map(([file, text]) => [`${name}/${file}`, text])) });
  const imported = importing({ ...longrun('a', { 'producer-for': 'log' }), ...longrun('b', { 'producer-for': 'log' }), ...longrun('log', { 'consumer-for': 'a\nb\n' }) });
  expect(Object.keys(yamlsOf(imported))).toEqual(['a', 'b', 'log']);
  expect(remarksOf(imported)).toEqual([expect.stringContaining('not imported: the pipe from a to log: '), expect.stringContaining('not imported: the pipe from b to log: ')]);
});

test('what is wrong is told, and the rest is imported', () => {
  const imported = importing({ 'a/run!': RUN, 'a/timeout-kill': 'soon', 'b/finish!': RUN, 'c@': 'nowhere' });
  expect(said(imported).map((text) => text.replaceAll(`${imported.directory}/`, '').split(';')[0])).toEqual([
    'a/timeout-kill: expected a number of milliseconds, got "soon"', 'b/run: expected an executable file', 'c: expected a service directory, got "a link that leads nowhere"',
  ]);
  expect(Object.keys(yamlsOf(imported))).toEqual(['a', 'b']);
  const sources = importing({ 'x/type': 'oneshto', 'y/type': 'longrun', 'y/run': RUN });
  expect([said(sources).length, Object.keys(yamlsOf(sources))]).toEqual([1, ['y']]);
  expect(said(importS6('/nonexistent'))).toEqual([expect.stringContaining('/nonexistent: expected a directory that can be read')]);
  const empty = temporary();
  mkdirSync(path.join(empty, '.hidden'));
  expect(importS6(empty)).toEqual({ services: [], remarks: [], problems: [] });
});
