/** Lines over re-executions of the supervisor: none is lost, none comes twice, and whoever follows goes on following. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { supervise, svcProgram, until } from '../help/machine.ts';

const COUNT = 6000;
/** Writes a line every few milliseconds, half of it first. */
const WRITER = `#!${process.execPath}
const fs = require('node:fs');
let i = 0;
const next = () => {
  fs.writeSync(1, 'line ');
  setTimeout(() => {
    for (let n = 0; n < 20; n++) fs.writeSync(1, (n === 0 ? '' : 'line ') + i++ + '\\n');
    if (i < ${COUNT}) next();
    else { fs.writeSync(1, 'end without a newline'); setInterval(() => {}, 1e6); }
  }, 2);
};
next();
`;

test('2121 container, files, memory and svc logs -f, over five re-executions', async () => {
  const machine = await supervise({
    'web/run!': WRITER, 'web/service.yaml': 'logs: { format: prefix, directory: ../../logs, size: 20k, count: 1000, compress: gzip, memory: 1m }\n',
  });
  const child = spawn(svcProgram, ['--dir', machine.services, 'logs', '-f', 'web', '-n', 'all'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let followed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (followed += chunk.toString()));
  onTestFinished(() => void child.kill('SIGKILL'));
  await until(() => followed.includes('line 100\n'), () => machine.output());
  const pid = machine.process.pid!;
  for (let round = 0; round < 5; round++) {
    expect(await machine.svc('reexec'), machine.output()).toMatchObject({ code: 0 });
    expect(machine.process.exitCode).toBeNull();
  }
  const all = Array.from({ length: COUNT }, (_, i) => `line ${i}\n`).join('');
  await until(() => followed.includes(`line ${COUNT - 1}\n`), () => `${followed.slice(-500)}\n${machine.output().slice(-500)}`);
  expect(followed).toBe(all);
  const printed = machine.output().split('\n').filter((line) => line.startsWith('web: line')).map((line) => `${line.slice(5)}\n`).join('');
  expect(printed).toBe(all);
  const { stdout } = await machine.svc('logs', 'web', '-n', '10000');
  expect(all.endsWith(stdout)).toBe(true);
  expect(stdout.length).toBeGreaterThan(20_000);
  const directory = path.join(machine.directory, 'logs');
  await until(() => readdirSync(directory).every((name) => name === 'current' || name.endsWith('.gz')));
  const names = readdirSync(directory).filter((name) => name !== 'current').sort();
  const archives = names.map((name) => gunzipSync(readFileSync(path.join(directory, name))).toString());
  expect(archives.join('') + readFileSync(path.join(directory, 'current'), 'utf8')).toBe(all.replaceAll(/^/gm, 'web: ').replace(/web: $/, ''));
  expect(machine.process.pid).toBe(pid);
  // The beginning of a line went from life to life.
  expect((await machine.svc('stop', 'web')).code).toBe(0);
  await until(() => machine.output().includes('web: end without a newline\n'));
});

test('2122 the counting of lines goes on, and what was kept is kept', async () => {
  const machine = await supervise({
    'web/run!': '#!/bin/sh\necho before\nexec sleep 1000\n', 'web/service.yaml': 'logs: raw\n',
    'late/run!': '#!/bin/sh\nwhile [ ! -e go ]; do sleep 0.01; done\necho after\nexec sleep 1000\n', 'late/service.yaml': 'logs: raw\n',
  });
  await until(async () => (await machine.svc('logs')).stdout.includes('before'));
  expect(await machine.svc('reexec')).toMatchObject({ code: 0 });
  writeFileSync(path.join(machine.services, 'late/go'), '');
  await until(async () => {
    const { stdout } = await machine.svc('logs', '--json');
    const seqs = stdout.split('\n').slice(0, -1).map((line) => (JSON.parse(line) as { seq: number }).seq);
    return seqs.join() === '1,2' && stdout.includes('before') && stdout.includes('after');
  }, () => machine.output());
});
