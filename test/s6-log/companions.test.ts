/** The shell programs around s6-log, in a home without the real tools: theirs would win (spec/s6-compat 4.10.4). */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { root, temporary } from '../help/machine.ts';
import { plain, SHELLS } from '../companions/shells.ts';
import { archives, read } from './tools.ts';

/** A copy of the built n6, whose companions look for the real tools where there are none. */
function home(): string {
  const place = path.join(temporary(), 'home');
  cpSync(path.join(root, 'build/n6'), place, { recursive: true, filter: (name) => !name.endsWith('command/svc') });
  for (const name of ['s6-log', 'logutil-service', 'logutil-newfifo']) {
    const file = path.join(place, 'command', name);
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(`/usr/bin/${name}`, `/nowhere/${name}`));
    chmodSync(file, 0o755);
  }
  return place;
}
const environment = (place: string, more = {}): NodeJS.ProcessEnv => ({ PATH: `${place}/command:${plain.PATH}`, N6_NODE: process.execPath, ...more });

describe.each(SHELLS.filter(({ missing }) => !missing))('$shell', ({ words: [shell, ...shellWords] }) => {
  test('s6-log becomes Node, deaf to the variables of the container', async () => {
    const place = home();
    const child = spawn(shell!, [...shellWords, path.join(place, 'command/s6-log'), '1'], {
      env: environment(place, { NODE_OPTIONS: '--no-such-option' }), stdio: ['pipe', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    child.stdin.write('one\n');
    await new Promise((resolve) => child.stdout.once('data', resolve));
    expect(readFileSync(`/proc/${child.pid}/cmdline`, 'utf8').split('\0')).toContain(path.join(place, 'lib/s6-log.cjs'));
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.stdin.end();
    expect(await ended).toBe(0);
  });

  const run = (place: string, name: string, words: readonly string[], options: { input?: string; env?: NodeJS.ProcessEnv; cwd?: string } = {}) =>
    spawnSync(shell!, [...shellWords, path.join(place, 'command', name), ...words], { encoding: 'latin1', env: environment(place), ...options });

  test.runIf(process.getuid?.() === 0)('logutil-service: as nobody, with the default script', () => {
    const place = home();
    const directory = path.join(temporary(), 'log');
    mkdirSync(directory);
    for (const name of [place, directory]) chmodSync(path.dirname(name), 0o755);
    chownSync(directory, 65_534, 65_534);
    const { status, stderr } = run(place, 'logutil-service', [directory], { input: 'one\n' });
    expect([status, stderr]).toEqual([0, '']);
    expect(read(directory, 'current')).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{9} {2}one\n$/);
    expect(statSync(path.join(directory, 'current')).uid).toBe(65_534);
  });

  test.runIf(process.getuid?.() === 0)('logutil-service: words in double quotes, no eyes of the shell on them, no environment', () => {
    const place = home();
    const directory = path.join(temporary(), 'log');
    mkdirSync(directory);
    for (const name of [place, directory]) chmodSync(path.dirname(name), 0o755);
    chownSync(directory, 65_534, 65_534);
    const env = environment(place, { SECRET: 'x', S6_LOGGING_SCRIPT: 's4096 l100 p$(id)*; ?"env >environment; exec tr 0  z"' });
    const { status, stderr } = run(place, 'logutil-service', [directory], { input: `${'0'.repeat(5000)}\n`, env });
    expect([status, stderr]).toEqual([0, '']);
    expect(read(directory, archives(directory)[0]!)).toMatch(/^p?\$\(id\)\*; z+\n$/);
    expect(read(directory, 'environment')).toMatch(/^PATH=/m);
    expect(read(directory, 'environment')).not.toContain('SECRET');
  });

  test.runIf(process.getuid?.() === 0)('logutil-newfifo makes what logutil-service -f reads', () => {
    const place = home();
    const directory = temporary();
    chmodSync(directory, 0o755);
    chmodSync(path.dirname(place), 0o755);
    const fifo = path.join(directory, 'fifo');
    const log = path.join(directory, 'log');
    mkdirSync(log);
    chownSync(log, 65_534, 65_534);
    // The second time there is one already.
    expect([1, 2].map(() => run(place, 'logutil-newfifo', [fifo]).status)).toEqual([0, 0]);
    expect(statSync(fifo)).toMatchObject({ uid: 65_534 });
    expect(statSync(fifo).mode & 0o7777).toBe(0o600);
    const writer = spawn('/bin/sh', ['-c', 'echo through >"$1"', 'sh', fifo], { stdio: 'ignore' });
    onTestFinished(() => void writer.kill('SIGKILL'));
    expect(run(place, 'logutil-service', ['-f', fifo, log], { env: environment(place, { S6_LOGGING_SCRIPT: 'n1' }) })).toMatchObject({ status: 0, stderr: '' });
    expect(read(log, 'current')).toBe('through\n');
  });

  test('logutil-newfifo takes nothing away that is no FIFO', () => {
    const place = home();
    const file = path.join(temporary(), 'file');
    writeFileSync(file, 'precious');
    expect(run(place, 'logutil-newfifo', [file])).toMatchObject({ status: 111, stderr: expect.stringContaining(file) as string });
    expect(readFileSync(file, 'utf8')).toBe('precious');
  });

  test.each([
    ['logutil-service', []], ['logutil-service', ['a', 'b']], ['logutil-service', ['-x', 'a']], ['logutil-newfifo', []],
  ])('wrong usage: %s %j', (name, words) => {
    expect(run(home(), name, words)).toMatchObject({ status: 100, stderr: expect.stringContaining('usage: ') as string });
  });
});
