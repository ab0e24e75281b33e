/** 2xx: stop, kill, finish, and the ordered shutdown, outside a container. */
import { execFileSync, spawn } from 'node:child_process';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { alive, lines, supervise, until } from '../help/machine.ts';

const SLEEPER = '#!/bin/sh\nexec sleep 1000\n';
const DEAF = "#!/bin/sh\ntrap '' TERM\necho up >../deaf\nwhile :; do sleep 1; done\n";

type Listed = { name: string; state: string; pid: number | null; lastExit: { exitCode?: number; signal?: string } | null };
async function status(machine: Awaited<ReturnType<typeof supervise>>, name: string): Promise<Listed> {
  const { services } = JSON.parse((await machine.svc('status', '--json')).stdout) as { services: Listed[] };
  return services.find((service) => service.name === name)!;
}

test('200 stop sends down-signal; the service stays down and says how it ended', async () => {
  const machine = await supervise({ 'a/run!': SLEEPER, 'a/down-signal': 'int\n' });
  expect((await machine.svc('stop', 'a')).code).toBe(0);
  expect(await status(machine, 'a')).toMatchObject({ state: 'down', pid: null, lastExit: { signal: 'SIGINT' } });
});

test('201 a service that ignores its stop signal is killed after timeout-kill', async () => {
  const machine = await supervise({ 'a/run!': DEAF, 'a/timeout-kill': '200\n' });
  await until(() => lines(path.join(machine.services, 'deaf')).length > 0);
  expect((await machine.svc('stop', 'a')).code).toBe(0);
  expect((await status(machine, 'a')).lastExit).toMatchObject({ signal: 'SIGKILL' });
  expect(machine.output()).toMatch(/a: did not stop in \d+ ms \(timeout-kill\); sent SIGKILL/);
});

test('202 finish gets code or 256, signal, name and process group', async () => {
  const machine = await supervise({
    'code/run!': '#!/bin/sh\nexit 42\n', 'code/finish!': '#!/bin/sh\necho "$@" >>../code.args\nexit 125\n',
    'signal/run!': '#!/bin/sh\nkill -9 $$\n', 'signal/finish!': '#!/bin/sh\necho "$@" >>../signal.args\nexit 125\n',
  });
  const code = await until(() => lines(path.join(machine.services, 'code.args'))[0]);
  const signal = await until(() => lines(path.join(machine.services, 'signal.args'))[0]);
  expect(code).toMatch(/^42 0 code \d+$/);
  expect(signal).toMatch(/^256 9 signal \d+$/);
  await until(async () => (await status(machine, 'code')).state === 'failed');
});

test('203 a finish that hangs is killed after timeout-finish', async () => {
  const machine = await supervise({
    'a/run!': '#!/bin/sh\nexec sleep 1000\n', 'a/finish!': '#!/bin/sh\nexec sleep 1000\n', 'a/timeout-finish': '200\n',
  });
  expect((await machine.svc('stop', 'a')).code).toBe(0);
  expect(machine.output()).toMatch(/finish did not end in \d+ ms/);
});

test('204 start asked while stopping: the service is there again afterwards', async () => {
  const machine = await supervise({ 'a/run!': "#!/bin/sh\ntrap 'sleep 0.3; exit 0' TERM\nwhile :; do sleep 0.05; done\n" });
  const before = (await status(machine, 'a')).pid;
  await machine.svc('stop', 'a', '--no-wait');
  expect((await machine.svc('start', 'a')).code).toBe(0);
  await until(async () => {
    const now = await status(machine, 'a');
    return now.state === 'up' && now.pid !== before;
  });
});

test('205 once: started, and not again', async () => {
  const machine = await supervise({ 'a/run!': '#!/bin/sh\necho ran >>../ran\nexit 3\n', 'a/down': '' });
  await machine.svc('once', 'a');
  expect((await machine.svc('wait', 'a', '--for', 'down', '--timeout', '9s')).code).toBe(0);
  expect(await status(machine, 'a')).toMatchObject({ state: 'down', lastExit: { exitCode: 3 } });
  expect(lines(path.join(machine.services, 'ran'))).toEqual(['ran']);
});

test('206 pause, cont, kill and reload reach the process', async () => {
  const machine = await supervise({
    'a/run!': "#!/bin/sh\ntrap 'echo hup >>../got' HUP\ntrap 'echo usr1 >>../got' USR1\necho up >>../got\nwhile :; do sleep 0.05; done\n",
  });
  const got = path.join(machine.services, 'got');
  await until(() => lines(got).includes('up'));
  await machine.svc('pause', 'a');
  await machine.svc('kill', 'a', '-s', 'usr1');
  expect(lines(got)).not.toContain('usr1');
  await machine.svc('cont', 'a');
  await until(() => lines(got).includes('usr1'));
  await machine.svc('reload', 'a');
  await until(() => lines(got).includes('hup'));
});

test('207 shutdown: services stop, orphans are ended, a bystander survives, the exit code is 0', async () => {
  const bystander = spawn('sleep', ['1000'], { stdio: 'ignore' });
  onTestFinished(() => void bystander.kill('SIGKILL'));
  const machine = await supervise({
    'a/run!': '#!/bin/sh\n(setsid sleep 1000 & echo $! >../orphan)\nexec sleep 1000\n',
  });
  const orphan = Number(await until(() => lines(path.join(machine.services, 'orphan'))[0]));
  const { pid } = await status(machine, 'a');
  expect(alive(orphan)).toBe(true);
  expect((await machine.svc('shutdown')).code).toBe(0);
  expect(await machine.ended).toBe(0);
  expect([alive(pid!), alive(orphan), alive(bystander.pid!)]).toEqual([false, false, true]);
});

test('208 an orphan is adopted and reaped, and outlives its service', async () => {
  const machine = await supervise({
    'a/run!': '#!/bin/sh\n(setsid sleep 1000 & echo $! >../orphan)\nexec sleep 1000\n',
  });
  const orphan = Number(await until(() => lines(path.join(machine.services, 'orphan'))[0]));
  await machine.svc('stop', 'a');
  expect(alive(orphan)).toBe(true);
  process.kill(orphan, 'SIGKILL');
  await until(() => !alive(orphan));
  await until(async () => !(await import('node:fs')).existsSync(`/proc/${orphan}`), () => 'a zombie is left');
});

test('209 SIGTERM to the supervisor is an ordered shutdown; garbage on the control socket is not', async () => {
  const machine = await supervise({ 'a/run!': SLEEPER });
  const { connect } = await import('node:net');
  await new Promise<void>((resolve) => {
    const socket = connect(path.join(machine.services, '.n6/control.sock'));
    socket.on('error', () => resolve());
    socket.on('close', () => resolve());
    socket.on('data', () => undefined);
    socket.end(Buffer.from([0, 1, 2, 255, 254, 10, 13, 10, 71, 69, 84]));
  });
  expect((await status(machine, 'a')).state).toBe('up');
  machine.process.kill('SIGTERM');
  expect(await machine.ended).toBe(0);
});

test('210 a hook inherits what n6 was given, and hooks that wait are not started any more once the services have stopped', async () => {
  const hook = '#!/bin/sh\nulimit -Sn >>"$0.limit"\nexec sleep 1000\n';
  const machine = await supervise(
    {
      'a/run!': SLEEPER, 'a/timeout-finish': '30000\n',
      // The service has not stopped before the first hook runs.
      'a/finish!': '#!/bin/sh\nuntil [ -s ../../hooks.d/service-stopping/1.limit ]; do sleep 0.05; done\n',
      '../hooks.d/service-stopping/1!': hook, '../hooks.d/service-stopping/2!': hook,
    },
    { environment: { N6_GRACE: '600000' } },
  );
  const hooks = path.join(machine.directory, 'hooks.d/service-stopping');
  machine.process.kill('SIGTERM');
  expect(await machine.ended).toBe(0);
  const limit = execFileSync('sh', ['-c', 'ulimit -Sn']).toString().trim();
  expect([lines(path.join(hooks, '1.limit')), lines(path.join(hooks, '2.limit'))]).toEqual([expect.arrayContaining([limit]) as string[], []]);
});

// 60 images of the corpus end with halt or s6-svscanctl -t in finish, which an ordinary stop runs, too (spec/corpus 2.5).
test('211 a finish that asks for the end during the end takes nobody the time that is left', async () => {
  const machine = await supervise({
    // Later than what counts as an echo of the first request.
    'asks/run!': SLEEPER, 'asks/finish!': '#!/bin/sh\nsleep 0.3; printf t 1<>../.s6-svscan/control; echo asked >>../asked\n',
    'busy/run!': "#!/bin/sh\ntrap 'until [ -e ../asked ]; do sleep 0.05; done; sleep 0.5; echo ended >>../ended; exit 0' TERM\necho up >>../trapped\n"
      + 'while :; do sleep 0.05; done\n',
  });
  await until(() => lines(path.join(machine.services, 'trapped')).length > 0);
  machine.process.kill('SIGTERM');
  expect(await machine.ended).toBe(0);
  expect(lines(path.join(machine.services, 'ended'))).toEqual(['ended']);
  expect(machine.output()).not.toContain('SIGKILL');
});
