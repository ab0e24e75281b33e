/** 1xx: from a directory to running services, outside a container. */
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { alive, lines, run, supervise, svcProgram, temporary, until, write } from '../help/machine.ts';

const SLEEPER = '#!/bin/sh\nexec sleep 1000\n';
type Listed = { name: string; state: string; pid: number; restarts: number; stale: boolean; why: string };

async function statuses(machine: Awaited<ReturnType<typeof supervise>>): Promise<Record<string, Listed>> {
  const { services } = JSON.parse((await machine.svc('status', '--json')).stdout) as { services: Listed[] };
  return Object.fromEntries(services.map((service) => [service.name, service]));
}

test('100 every directory with a run is started; files, dot names and down files are not', async () => {
  const machine = await supervise({
    'a/run!': SLEEPER, 'b/run!': SLEEPER, 'c/run!': SLEEPER, 'c/down': '', '.hidden/run!': SLEEPER, README: 'text',
  });
  const seen = await statuses(machine);
  expect(Object.keys(seen)).toEqual(['a', 'b', 'c']);
  expect([seen.a!.state, seen.b!.state, seen.c!.state]).toEqual(['up', 'up', 'down']);
  expect(alive(seen.a!.pid)).toBe(true);
});

test('101 a service that is killed comes back with another pid', async () => {
  const machine = await supervise({ 'a/run!': SLEEPER });
  const before = (await statuses(machine)).a!.pid;
  process.kill(before, 'SIGKILL');
  const after = await until(async () => (await statuses(machine)).a!, () => machine.output());
  await until(async () => (await statuses(machine)).a!.pid !== before && (await statuses(machine)).a!.pid !== null);
  expect((await statuses(machine)).a!.restarts).toBe(1);
  expect(after.name).toBe('a');
});

test('102 all problems are told at once, with file, value and remedy, and the others run', async () => {
  const machine = await supervise({
    'good/run!': SLEEPER,
    'no-run/README': '',
    'not-executable/run': SLEEPER,
    'no-hashbang/run!': 'exec sleep 1000\n',
    'bad-values/run!': SLEEPER, 'bad-values/timeout-kill': '3s\n', 'bad-values/down-signal': 'SIGTREM\n',
  });
  await until(() => machine.output().includes('n6 '), () => machine.output());
  const seen = await statuses(machine);
  expect(seen.good!.state).toBe('up');
  expect(seen['bad-values']!.state).toBe('up');
  const said = machine.output();
  expect(said).toMatch(/no-run\/run.*expected/);
  expect(said).toMatch(/not-executable\/run.*chmod \+x/);
  expect(said).toMatch(/no-hashbang\/run.*#!/);
  expect(said).toMatch(/timeout-kill.*"3s"/);
  expect(said).toMatch(/down-signal.*"SIGTREM"/);
  expect(seen['no-run']!.why).toMatch(/cannot start: .*run does not exist \(ENOENT\)/);
  expect(seen['not-executable']!.why).toMatch(/is not executable \(EACCES\)/);
  expect(seen['no-hashbang']!.why).toMatch(/no hashbang/);
});

test('103 mending a broken directory starts it at once', async () => {
  const machine = await supervise({ 'a/run': SLEEPER });
  expect((await statuses(machine)).a!.state).toBe('backing-off');
  chmodSync(path.join(machine.services, 'a/run'), 0o755);
  await machine.svc('rescan');
  expect((await machine.svc('wait', 'a', '--for', 'up', '--timeout', '9s')).code).toBe(0);
});

test('104 rescan: added directories start, removed ones stop and are forgotten, changed ones are stale until restarted', async () => {
  const machine = await supervise({ 'a/run!': SLEEPER, 'b/run!': SLEEPER }, { arguments: ['--no-watch'] });
  const { a } = await statuses(machine);
  rmSync(path.join(machine.services, 'a'), { recursive: true });
  write(machine.services, { 'c/run!': SLEEPER, 'b/run!': '#!/bin/sh\n# changed\nexec sleep 2000\n' });
  expect((await machine.svc('rescan')).code).toBe(0);
  await until(async () => !('a' in (await statuses(machine))));
  await until(() => !alive(a!.pid));
  const seen = await statuses(machine);
  expect(seen.c!.state).toMatch(/starting|up/);
  expect(seen.b!.stale).toBe(true);
  await machine.svc('restart', 'b');
  const { b } = await statuses(machine);
  expect(b!.stale).toBe(false);
  expect(readFileSync(`/proc/${b!.pid}/cmdline`, 'latin1')).toContain('2000');
});

test('105 with watching on, a new directory starts by itself and a removed one goes', async () => {
  const machine = await supervise({ 'a/run!': SLEEPER }, { arguments: ['--watch'] });
  write(machine.services, { 'late/run!': SLEEPER });
  await until(async () => (await statuses(machine)).late?.state === 'up', () => machine.output());
  rmSync(path.join(machine.services, 'a'), { recursive: true });
  await until(async () => !('a' in (await statuses(machine))), () => machine.output());
  await until(() => /a: its directory .*\/a has gone; it is stopped and forgotten/.test(machine.output()), () => machine.output());
});

test('106 a directory that disappears while its service runs: the service goes on; its next start says what is missing', async () => {
  const machine = await supervise({ 'a/run!': SLEEPER, 'b/run!': SLEEPER }, { arguments: ['--no-watch'] });
  const { a } = await statuses(machine);
  rmSync(path.join(machine.services, 'a'), { recursive: true });
  expect(alive(a!.pid)).toBe(true);
  process.kill(a!.pid, 'SIGKILL');
  await until(async () => /cannot be entered/.test((await statuses(machine)).a!.why), () => machine.output());
  expect((await statuses(machine)).b!.state).toBe('up');
});

test('107 a second supervisor on the same directory is refused, and the first goes on', async () => {
  const machine = await supervise({ 'a/run!': SLEEPER });
  const second = await run(svcProgram, ['supervise', machine.services]);
  expect(second.code).toBe(100);
  expect(second.stderr).toMatch(/another supervisor runs here.*lock/s);
  expect((await statuses(machine)).a!.state).toBe('up');
});

test('108 a directory that is not there, or is a file: one sentence, exit 111', async () => {
  const directory = temporary();
  write(directory, { file: '' });
  const missing = await run(svcProgram, ['supervise', path.join(directory, 'nope')]);
  expect([missing.code, missing.stderr]).toEqual([111, expect.stringMatching(/nope.*ENOENT/) as string]);
  const file = await run(svcProgram, ['supervise', path.join(directory, 'file')]);
  expect([file.code, file.stderr]).toEqual([111, expect.stringMatching(/ENOTDIR/) as string]);
});

test('109 environment, descriptors, umask and signals: a service inherits what n6 was given', async () => {
  const directory = temporary();
  const services = path.join(directory, 'services.d');
  write(services, {
    'probe/run!': `#!/bin/sh
{
  ulimit -Sn; umask; grep -E 'SigBlk|SigIgn' /proc/self/status; grep flags /proc/$$/fdinfo/1
  echo x >/dev/stderr && echo opened
} >"$OUT.new"
mv "$OUT.new" "$OUT"
exec sleep 1000
`,
  });
  const out = path.join(directory, 'out');
  const script = `ulimit -Sn 1000; umask 027; export OUT=${out}; exec ${svcProgram} supervise ${services} 2>&1 | cat`;
  const shell = run('sh', ['-c', script]);
  const seen = await until(() => lines(out).length > 5 && lines(out));
  // Services are started before the control socket is there.
  await until(() => existsSync(path.join(services, '.n6/control.sock')));
  await run(svcProgram, ['--dir', services, 'shutdown']);
  await shell;
  expect(seen[0]).toBe('1000');
  expect(seen[1]).toBe('0027');
  expect(seen[2]).toMatch(/SigBlk:\s+0+$/);
  expect(seen[3]).toMatch(/SigIgn:\s+0+$/);
  expect(Number.parseInt(seen[4]!.split(/\s+/)[1]!, 8) & 0o4000).toBe(0);
  expect(seen.slice(-1)).toEqual(['opened']);
});

test('110 an unwritable directory is supervised from a copy, and it says where', async () => {
  if (process.getuid?.() !== 0) return;
  const directory = temporary();
  const services = path.join(directory, 'services.d');
  write(services, { 'a/run!': SLEEPER });
  chmodSync(directory, 0o755);
  chmodSync(services, 0o555);
  const runtime = path.join(directory, 'state');
  write(runtime, {});
  // Root may write anywhere: another user must try it.
  const nobody = ['--reuid', '65534', '--regid', '65534', '--clear-groups', 'env', 'XDG_RUNTIME_DIR=/nonexistent'];
  const child = run('setpriv', [...nobody, svcProgram, 'supervise', services]);
  const base = '/tmp/n6-65534';
  const socket = await until(async () => {
    const { stdout } = await run('find', [base, '-name', 'control.sock']);
    return stdout.trim();
  });
  const status = await run(svcProgram, ['--dir', path.dirname(socket), 'status']);
  expect(status.stdout).toMatch(/a\s+up/);
  await run(svcProgram, ['--dir', path.dirname(socket), 'shutdown']);
  const ended = await child;
  rmSync(base, { recursive: true, force: true });
  expect(ended.code).toBe(0);
  expect(ended.stderr).toMatch(/cannot write to .*services\.d.*svc --dir/);
  expect(existsSync(path.join(services, '.n6'))).toBe(false);
});

test('111 settings that cannot be understood are told, and the defaults apply', async () => {
  const machine = await supervise({ 'a/run!': SLEEPER }, { environment: { N6_GRACE: 'soon', N6_RESTART_RULE: 'never' } });
  await until(() => machine.output().includes('N6_RESTART_RULE'), () => machine.output());
  expect(machine.output()).toMatch(/N6_GRACE: expected a number of milliseconds, got "soon"/);
  expect((await statuses(machine)).a!.state).toBe('up');
});

test('112 readiness by descriptor: starting until the newline, ready after it', async () => {
  const machine = await supervise({
    'a/run!': '#!/bin/sh\nwhile ! [ -e ../go ]; do sleep 0.05; done\necho >&3\nexec sleep 1000\n', 'a/notification-fd': '3\n',
  });
  expect((await statuses(machine)).a!.state).toBe('starting');
  const waiting = machine.svc('wait', 'a', '--for', 'ready', '--timeout', '20s');
  writeFileSync(path.join(machine.services, 'go'), '');
  expect((await waiting).code).toBe(0);
  expect((await statuses(machine)).a!.state).toBe('ready');
});
