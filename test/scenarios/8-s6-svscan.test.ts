/** 83x: s6-svscan as a program, as images have it in CMD. */
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, existsSync, mkdirSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { SLEEPER } from '../control/s6/clients.ts';
import { alive, container, inside, lines, root, run, svcProgram, temporary, until, write, type Files, type Machine } from '../help/machine.ts';
import { canMakeNamespaces } from '../help/privileges.ts';

const PROGRAM = path.join(root, 'build/n6/command/s6-svscan');
const OWN = { ...process.env, N6_COMPANIONS: 'own' };
/** This machine has s6, an image that n6 is for has not. */
const WITHOUT = ['/usr/bin/s6-*'];
const NOBODY = '65534:65534';

type Scanner = Readonly<{ directory: string; pid: number; ended: Promise<number | null>; told: Promise<string> }>;

/** `DIR` is the working directory; descriptor 7 is a pipe. */
function scan(files: Files, options: readonly string[]): Scanner {
  const directory = path.join(temporary(), 'scan');
  mkdirSync(directory);
  write(directory, files);
  const fifo = path.join(directory, '../told');
  execFileSync('mkfifo', [fifo]);
  const reader = new Socket({ fd: openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK), readable: true, writable: false });
  onTestFinished(() => void reader.destroy());
  let text = '';
  reader.on('data', (chunk) => (text += chunk.toString()));
  const writer = openSync(fifo, constants.O_WRONLY);
  const stdio = ['ignore', 'ignore', 'ignore', 'ignore', 'ignore', 'ignore', 'ignore', writer] as const;
  const child = spawn(PROGRAM, options, { cwd: directory, stdio: [...stdio], env: OWN });
  closeSync(writer);
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await ended;
  });
  return { directory, pid: child.pid!, ended, told: new Promise((resolve) => reader.once('end', () => resolve(text))) };
}

const running = (directory: string): number | undefined => Number(lines(path.join(directory, 's/got'))[0]);
const NOTES_PID = '#!/bin/sh\necho $$ >>got\nexec sleep 1000\n';

test('830 A68: -d tells one newline and closes; A67: a second one ends with 100, and the first goes on', async () => {
  const scanner = scan({ 's/run!': NOTES_PID }, ['-Ss', '-c500', '-C', '9', '-L', '251', '-X', '5', '-d', '7']);
  expect(await scanner.told).toBe('\n');
  const pid = await until(() => running(scanner.directory));
  const second = await run(PROGRAM, [scanner.directory], { env: OWN });
  expect([second.code, second.stderr.includes('another supervisor')]).toEqual([100, true]);
  expect(alive(pid)).toBe(true);
  expect((await run(svcProgram, ['--dir', scanner.directory, 'stop', 's'])).code).toBe(0);
  await until(() => !alive(pid));
});

test('831 -t: what has come is seen without being told, and finish is the end', async () => {
  const scanner = scan({ '.s6-svscan/finish!': '#!/bin/sh\nexit 42\n' }, ['-t', '50', '.']);
  await until(() => existsSync(path.join(scanner.directory, '.n6/lock')));
  write(scanner.directory, { 's/run!': NOTES_PID });
  const pid = await until(() => running(scanner.directory));
  process.kill(scanner.pid, 'SIGTERM');
  expect([await scanner.ended, alive(pid)]).toEqual([42, false]);
});

test.each([[['-d', '2']], [['-d', '9']], [['-d', 'x']], [['-t', '-1']], [['-q']], [['-c']]])('832 wrong usage ends with 100: %j', async (options) => {
  const ran = await run(PROGRAM, [...options, '/nonexistent'], { env: OWN });
  expect([ran.code, ran.stderr.split('\n').length]).toEqual([100, 2]);
});

test('833 a directory that is not there', async () => {
  const ran = await run(PROGRAM, ['/nonexistent'], { env: OWN });
  expect([ran.code, ran.stderr.includes('/nonexistent')]).toEqual([111, true]);
});

/** As an image prepares /etc/s6 for a user without rights. */
const image = (services: Files): Files => Object.fromEntries(Object.entries(services).map(([name, content]) => [`etc/s6/${name}`, content]));

describe.runIf(canMakeNamespaces)('as PID 1', () => {
  const boot = (services: Files, user: string, prepare: string, command: readonly string[] = ['/etc/s6']): Promise<Machine & { pid: number }> =>
    container({}, {
      ready: false, without: WITHOUT, user, program: '/bin/sh', rootFiles: image(services),
      command: ['-c', `${prepare}\nexec /command/s6-svscan "$@"`, 'sh', ...command],
    });
  const s6 = (machine: { pid: number }, tool: string, ...words: string[]): ReturnType<typeof inside> => inside(machine, `/command/${tool}`, ...words);
  /** The end of PID 1 ends everybody in its namespace (pid_namespaces(7)), the client too where it has not ended yet: -1. */
  const askToEnd = async (machine: { pid: number }, directory: string): Promise<void> => {
    const { code, stderr } = await s6(machine, 's6-svscanctl', '-t', directory);
    expect([0, -1], stderr).toContain(code);
  };

  test('834 root, a directory in place, svscanctl -t, the exit code of finish', async () => {
    const machine = await boot({ 's/run!': SLEEPER, '.s6-svscan/finish!': '#!/bin/sh\necho "finish is $$"\nexit 7\n' }, '0:0', ':');
    await until(async () => (await s6(machine, 's6-svstat', '/etc/s6/s')).stdout.startsWith('up'), () => machine.output());
    // Found without being told where, as in every container.
    await until(async () => (await machine.svc('status')).stdout.includes('up'), () => machine.output());
    await askToEnd(machine, '/etc/s6');
    expect(await machine.ended).toBe(7);
    expect(machine.output()).toContain('finish is 1\n');
  });

  test('835 uid 65534: service directories of a copy, with control FIFOs in them', async () => {
    const machine = await boot({ 's/run!': SLEEPER, 's/supervise/x': '', 's/event/x': '' }, NOBODY,
      'mkfifo /run/f; cp -r /etc/s6 /run/services; cp -r /run/f /run/services/s/supervise/control; chmod 700 /run/services/s/supervise', ['/run/services']);
    await until(async () => (await s6(machine, 's6-svstat', '/run/services/s')).stdout.startsWith('up'), () => machine.output());
    expect((await s6(machine, 's6-svc', '-wd', '-T', '20000', '-d', '/run/services/s')).code).toBe(0);
    await askToEnd(machine, '/run/services');
    expect(await machine.ended).toBe(0);
    expect(machine.output()).not.toContain('internal error');
  });

  test('836 uid 65534 and a directory that is root\'s: its services run all the same', async () => {
    const machine = await boot({ 's/run!': '#!/bin/sh\necho "I run as $(id -u)"\nexec sleep 1000\n' }, NOBODY, ':');
    await until(() => machine.output().includes('I run as 65534\n'), () => machine.output());
    process.kill(machine.pid, 'SIGTERM');
    expect(await machine.ended).toBe(0);
  });

  test('837 a directory that is closed, with what s6-svscan needs in it: in place', async () => {
    const machine = await boot({ 's/run!': SLEEPER }, NOBODY,
      'cp -r /etc/s6 /run/services; mkdir /run/services/.s6-svscan; chmod 555 /run/services', ['/run/services']);
    await until(async () => (await s6(machine, 's6-svstat', '/run/services/s')).stdout.startsWith('up'), () => machine.output());
    await askToEnd(machine, '/run/services');
    expect(await machine.ended).toBe(0);
  });
});
