import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { temporary, write } from '../help/machine.ts';
import { svc } from './svc.ts';

const ECOSYSTEM = JSON.stringify({ apps: [{ name: 'web', script: 'web.js', env: { A: '1' }, env_production: { A: '2' }, merge_logs: true }] });

test('import prints a script for sh, with how it was made', async () => {
  const directory = temporary();
  write(directory, { 'e.json': ECOSYSTEM });
  const { code, stdout, stderr } = await svc(['import', 'pm2', 'e.json', '--env', 'production'], { cwd: directory });
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout.split('\n').slice(0, 2)).toEqual(['#!/bin/sh', '# Made by: svc import pm2 e.json --env production']);
  const services = path.join(directory, 'services');
  mkdirSync(services);
  expect(spawnSync('sh', [], { input: stdout, cwd: services }).status).toBe(0);
  const yaml = readFileSync(path.join(services, 'web/service.yaml'), 'utf8');
  expect(yaml).toMatch(/^# not imported: merge_logs: true: n6 makes no log files\n/);
  expect(yaml).toContain(`command: [ node, ${directory}/web.js ]\n`);
  expect(yaml).toContain('env:\n  A: "2"\n');
});

test('--output makes the tree and tells each file; what is there stays as it is', async () => {
  const directory = temporary();
  write(directory, { 'e.json': ECOSYSTEM, 's/web/run': '#!/usr/bin/with-contenv sh\nexec x\n' });
  mkdirSync(path.join(directory, 's/db'));
  const made = await svc(['import', 'pm2', 'e.json', '-o', 'out/services.d'], { cwd: directory });
  expect(made).toEqual({ code: 0, stdout: 'wrote out/services.d/web/service.yaml\n', stderr: '' });
  const again = await svc(['import', 's6', 's', '--output=out/services.d'], { cwd: directory });
  expect(again.code).toBe(1);
  expect(again.stderr.split('\n')).toEqual([
    expect.stringContaining('db/run: expected an executable file; there is none'),
    'svc: out/services.d/web is there already, nothing was made; remove it, or name another directory: -o DIR', '',
  ]);
  expect(again.stdout).toBe('');
  const closed = await svc(['import', 'pm2', 'e.json', '-o', 'e.json/x'], { cwd: directory });
  expect([closed.code, closed.stderr]).toEqual([1, expect.stringMatching(/^svc: cannot write .*e\.json\/x: .*; name another directory/)]);
});

test('what is wrong is told, and what can be imported is', async () => {
  const directory = temporary();
  write(directory, { 's.conf': '[program:a]\ncommand=a\n[program:b]\n[program:c]\ncommand="\nautostart=maybe\n' });
  const { code, stdout, stderr } = await svc(['import', 'supervisord', 's.conf'], { cwd: directory });
  expect([code, stderr.trim().split('\n').map((line) => line.split(';')[0]!.replace(/^svc: .*\//, ''))]).toEqual([1, [
    's.conf:3: expected a command in [program:b]', 's.conf:5: expected a closing ", got "\\""', 's.conf:6: expected true or false, got "maybe"',
  ]]);
  expect(stdout).toContain('\nfor name in a; do\n');
  const nothing = await svc(['import', 'supervisord', '/nonexistent'], { cwd: directory });
  expect(nothing).toEqual({
    code: 1, stdout: '',
    stderr: 'svc: /nonexistent: expected a file of supervisord that can be read, got "no such file or directory (ENOENT)"; look at it: ls -ld /nonexistent\n',
  });
  mkdirSync(path.join(directory, 'none'));
  expect(await svc(['import', 's6', 'none'], { cwd: directory })).toEqual({
    code: 1, stdout: '', stderr: 'svc: nothing to import: no service of s6 in none; see what it takes: svc import --help\n',
  });
});

test.each([
  [['import'], 'import needs a format and a path: svc import FORMAT PATH'],
  [['import', 'pm2'], 'import needs a format and a path: svc import FORMAT PATH'],
  [['import', 'pm3', 'x'], 'import: expected s6, supervisord, pm2, got "pm3"; did you mean pm2?'],
  [['import', 's6', 'x', 'y'], 'import does not take "y": svc import FORMAT PATH'],
  [['import', 's6', 'x', '--env', 'y'], 'import takes --env for pm2 only'],
])('svc %j is wrong usage', async (words, sentence) => {
  const { code, stderr } = await svc(words);
  expect([code, stderr]).toEqual([2, expect.stringContaining(sentence)]);
});
