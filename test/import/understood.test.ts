/* eslint-disable max-len -- a case is read in one line */
/** What is made is what `service.yaml`'s own reader understands, without a fault, for everything that the tables can say. */
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Imported } from '../../src/import/model.ts';
import { importPm2 } from '../../src/import/pm2/index.ts';
import { APP_KEYS } from '../../src/import/pm2/keys.ts';
import { importS6 } from '../../src/import/s6/index.ts';
import { importSupervisord } from '../../src/import/supervisord/index.ts';
import { PROGRAM_KEYS } from '../../src/import/supervisord/keys.ts';
import { treeOf } from '../../src/import/tree.ts';
import { writeTree } from '../../src/import/write.ts';
import type { Policy } from '../../src/core/policy.ts';
import { scanServices } from '../../src/servicedir/scan.ts';
import { createYamlReader } from '../../src/servicedir/yaml/reader.ts';
import { temporary, write } from '../help/machine.ts';

function policiesOf(imported: Imported): Record<string, Policy> {
  const directory = path.join(temporary(), 'services.d');
  writeTree(directory, treeOf(imported), () => undefined);
  const { definitions, problems, deferred } = scanServices(directory, { yaml: { read: createYamlReader() } });
  expect([imported.problems, problems, deferred]).toEqual([[], [], []]);
  return Object.fromEntries(definitions.map(({ name, policy }) => [name, policy]));
}

test('of supervisord, each key by itself and all of them together', () => {
  const directory = temporary();
  const keys = Object.entries(PROGRAM_KEYS).filter(([key]) => key !== 'process_name');
  const sections = [...keys.map(([key, { example }]) => [key, `${key}=${example}`]), ['all', keys.map(([key, { example }]) => `${key}=${example}`).join('\n')]];
  write(directory, { 's.conf': sections.map(([name, lines]) => `[program:${name}]\nprocess_name=${name}%(process_num)s\ncommand=/bin/x\n${lines}\n`).join('') });
  const policies = policiesOf(importSupervisord(path.join(directory, 's.conf'), {}));
  expect(policies['stopsignal0']!.stop).toEqual({ steps: [{ signal: 'SIGQUIT', within: 10_000 }, { signal: 'SIGKILL', within: undefined }], command: undefined, commandWithin: 10_000, group: false });
  expect(policies['startretries0']).toMatchObject({ restart: 'on-failure', giveUp: { after: 8, then: 'fail' }, backoff: { initial: 1000, max: 7000, jitter: 0, resetAfter: 1000 } });
  expect(policies['exitcodes0']!.successes).toEqual([0, 2]);
  expect(policies['user0']!.launch.user).toBe('nobody');
});

test('of pm2, each key by itself and all of them together', () => {
  const directory = temporary();
  const keys = Object.entries(APP_KEYS).filter(([key]) => key !== 'name').map(([key, { example }]) => [key, example] as const);
  const apps = [...keys.map(([key, example]) => ({ name: key, script: 'x.js', [key]: example })), { name: 'all', script: 'x.js', ...Object.fromEntries(keys) }];
  write(directory, { 'e.json': JSON.stringify({ apps }) });
  const policies = policiesOf(importPm2(path.join(directory, 'e.json'), undefined));
  expect(policies['min_uptime']!.backoff).toMatchObject({ initial: 1000, factor: 1, max: 1000, resetAfter: 5000 });
  expect(policies['kill_timeout']!.stop).toMatchObject({ steps: [{ signal: 'SIGINT', within: 5000 }, { signal: 'SIGKILL' }], group: true });
  expect(policies['uid']!.launch.user).toBe('nobody');
});

test('of s6', () => {
  const directory = temporary();
  write(directory, {
    'a/run!': '#!/bin/sh\nexec sleep 9\n', 'a/timeout-kill': '1500\n', 'a/down-signal': 'INT\n', 'a/reload-signal': 'USR1\n', 'a/notification-fd': '3\n',
    'b/run!': '#!/bin/sh\nexec "$X"\n', 'b/down-signal': 'INT', 'b/flag-timeout-killpg': '', 'b/log/run!': '#!/bin/sh\nexec cat\n',
  });
  const policies = policiesOf(importS6(directory));
  expect(policies['a']).toMatchObject({ stop: { steps: [{ signal: 'SIGINT', within: 1500 }, { signal: 'SIGKILL' }] }, reload: { signal: 'SIGUSR1' }, launch: { command: ['sleep', '9'] } });
  expect(Object.keys(policies)).toEqual(['a', 'b', 'b/log']);
});
