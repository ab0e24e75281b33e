/** `svc exec`: a command as the service would be, in the place of svc. */
import { spawn } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { lacking } from '../help/needs.ts';
import { container, inside, run, supervise, svcProgram, until, write } from '../help/machine.ts';

const SLEEPER = '#!/bin/sh\nexec sleep 100000\n';
const YAML = 'user: nobody\numask: "027"\nlimits:\n  nofile: 77\nenv:\n  COLOUR: blue\n  LINES: "a\\nb"\ncwd: /tmp\n';
const isRoot = process.getuid?.() === 0;

test.runIf(isRoot)('environment, user, groups, umask, limits and directory are the service\'s; so is its PATH', async () => {
  // Closed to nobody as mkdtemp(3) makes it.
  const prepare = (services: string): void => chmodSync(path.dirname(services), 0o755);
  const machine = await supervise({ 'db/run!': SLEEPER, 'db/service.yaml': YAML }, { prepare });
  const ran = await machine.svc('exec', 'db', '--', 'sh', '-c', 'id -u; id -g; id -G; umask; ulimit -n; pwd; echo "$COLOUR $HOME"; printf %s "$LINES"');
  expect(ran).toEqual({ code: 0, stdout: '65534\n65534\n65534\n0027\n77\n/tmp\nblue /nonexistent\na\nb', stderr: '' });
  // The shell of run has its own idea of these.
  const plain = (environ: string): string[] => environ.split('\0').filter((entry) => !/^(PWD|OLDPWD|SHLVL|_)=/.test(entry)).sort();
  expect(await machine.svc('wait', 'db', '--for', 'up')).toMatchObject({ code: 0 });
  const { services } = JSON.parse((await machine.svc('status', 'db', '--json')).stdout) as { services: { pid: number }[] };
  // The tools before it have become sleep by then.
  const { pid } = services[0]!;
  await until(() => readFileSync(`/proc/${pid}/comm`, 'utf8') === 'sleep\n');
  const shown = await machine.svc('exec', 'db', '--', 'cat', '/proc/self/environ');
  expect(plain(shown.stdout)).toEqual(plain(readFileSync(`/proc/${pid}/environ`, 'utf8')));
});

test('nothing but the command is left: pid, exit codes, signals, words as they are, standard input', async () => {
  const machine = await supervise({ 'web/run!': SLEEPER });
  const script = 'trap "echo term; exit 5" TERM; echo $$; cat; while :; do sleep 0.1; done';
  const child = spawn(svcProgram, ['--dir', machine.services, 'exec', 'web', '--', 'sh', '-c', script]);
  onTestFinished(() => void child.kill('SIGKILL'));
  let stdout = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.stdin.end('given\n');
  await until(() => stdout.includes('given'));
  expect(stdout).toBe(`${child.pid}\ngiven\n`);
  child.kill('SIGTERM');
  expect(await ended).toBe(5);
  const words = await machine.svc('exec', 'web', '--', 'printf', '%s|', '--json', '-h', '--', '', 'a b');
  expect(words).toEqual({ code: 0, stdout: '--json|-h|--||a b|', stderr: '' });
  expect((await machine.svc('exec', 'web', '--', 'sh', '-c', 'exit 42')).code).toBe(42);
  expect(await machine.svc('exec', 'web', '--', 'nosuch')).toMatchObject({ code: 127, stderr: expect.stringContaining('cannot run nosuch') as string });
  expect(await machine.svc('exec', 'web', '--', '/etc/passwd')).toMatchObject({ code: 126 });
  write(machine.directory, { 'bare!': 'echo bare "$1"\n' });
  expect(await machine.svc('exec', 'web', '--', path.join(machine.directory, 'bare'), 'x')).toMatchObject({ code: 0, stdout: 'bare x\n' });
  const signals = await machine.svc('exec', 'web', '--', 'grep', '-E', '^Sig(Blk|Ign)', '/proc/self/status');
  expect(signals.stdout).toBe('SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n');
  // The descriptors, and the limit that Node raises, are those that svc was given.
  const look = "sh -c 'ulimit -Sn; ls /proc/self/fd'";
  const [without, through] = await Promise.all([look, `exec '${svcProgram}' --dir '${machine.services}' exec web -- ${look}`]
    .map((command) => run('sh', ['-c', `ulimit -Sn 99; ${command}`])));
  expect(through).toEqual({ ...without!, code: 0, stderr: '' });
  expect(through!.stdout).toMatch(/^99\n/);
});

test('what is wrong is said, and nothing is run', async () => {
  const machine = await supervise({ 'web/run!': SLEEPER, 'odd/run!': SLEEPER, 'odd/service.yaml': 'user: nobody-like-this\nstart: false\n' });
  expect(await machine.svc('exec', 'web', 'ls')).toMatchObject({ code: 2, stderr: expect.stringContaining('svc exec NAME -- CMD…') as string });
  expect(await machine.svc('exec', 'web', '--')).toMatchObject({ code: 2 });
  expect(await machine.svc('exec', 'wbe', '--', 'ls')).toMatchObject({ code: 4, stdout: '' });
  expect((await run(svcProgram, ['--dir', machine.directory, 'exec', '--help'])).stdout).toContain('svc exec NAME -- CMD…');
});

test.runIf(lacking('script').length === 0)('it has the terminal: Ctrl-C is the command\'s', async () => {
  const machine = await supervise({ 'web/run!': SLEEPER });
  const script = 'trap "echo got; exit 9" INT; tty; echo ready; while :; do sleep 0.1; done';
  const command = `exec '${svcProgram}' --dir '${machine.services}' exec web -- sh -c '${script}'`;
  const child = spawn('script', ['-qec', command, '/dev/null'], { env: { ...process.env, SHELL: '/bin/sh' } });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stdout = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await until(() => stdout.includes('ready'));
  expect(stdout).toMatch(/^\/dev\/pts\/\d+/);
  child.stdin.write('\x03');
  expect(await ended).toBe(9);
  expect(stdout).toContain('got');
});

test.runIf(isRoot)('in a container: with-contenv\'s environment where run has it, bytes as they are', async () => {
  const files = { 'web/run!': '#!/command/with-contenv sh\nexec sleep 100000\n' };
  const machine = await container(files, { shellEnvironment: String.raw`ODD="$(printf 'a\377b')" a.b=dots PATH="$PATH"` });
  const ran = await inside(machine, 'sh', '-c', "/usr/bin/svc exec web -- env -0 | tr '\\0' '\\n' | od -An -c | tr -d ' \\n'");
  expect(ran.stdout).toContain(String.raw`ODD=a377b\n`);
  expect(ran.stdout).toContain(String.raw`a.b=dots\n`);
  expect((await inside(machine, '/usr/bin/svc', 'env', 'web')).stdout).toContain('a.b=dots');
});
