/** Who waits, counts, listens or watches when the supervisor replaces itself: nobody is sent away, and nothing is forgotten or done twice. */
import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { alive, container, inside, lines, supervise, svcProgram, until, type Machine } from '../help/machine.ts';
import { canMakeNamespaces } from '../help/privileges.ts';
import { superviseUpgradable } from '../help/upgrade.ts';
import { lacking } from '../help/needs.ts';

type Shown = Readonly<{ name: string; state: string; pid: number | null; restarts: number; nextRun: string | null }>;

async function service(machine: Machine, name: string): Promise<Shown> {
  return (JSON.parse((await machine.svc('status', '--json', name)).stdout) as { services: [Shown] }).services[0];
}

async function reexec(machine: Machine): Promise<void> {
  const { code, stderr } = await machine.svc('reexec');
  expect({ code, stderr }, machine.output()).toEqual({ code: 0, stderr: '' });
}

const SLEEPS = '#!/bin/sh\necho "$$" >>../starts\nexec sleep 1000\n';
const makeFifo = (file: string): void => void execFileSync('mkfifo', [file]);
const waits = (machine: Machine): Promise<unknown> => until(() => machine.output().split('goes on in place of').length > 1, () => machine.output());

test('svc restart, reload, stop and wait, all waiting: the answer comes from the next life, and each was done once', async () => {
  const machine = await supervise({
    'slow/run!': '#!/bin/sh\necho "$$" >>../starts\ntrap "echo x >>../terms; read -r _ <end; exit" TERM\n'
      + '[ -e ../first ] || { touch ../first; echo >&3; while :; do sleep 0.02; done; }\nread -r _ <gate\necho >&3\nexec sleep 1000\n',
    'slow/notification-fd': '3',
    'loads/run!': '#!/bin/sh\nexec sleep 1000\n',
    'loads/service.yaml': 'reload: {command: [sh, -c, "echo x >>../reloads; read -r _ <gate"]}\n',
    'ends/run!': '#!/bin/sh\ntrap "read -r _ <gate; exit" TERM\necho up >../ends-up\nwhile :; do sleep 0.02; done\n',
    'later/run!': '#!/bin/sh\nread -r _ <gate\necho >&3\nexec sleep 1000\n', 'later/notification-fd': '3',
  }, {
    prepare(directory) {
      for (const fifo of ['slow/gate', 'slow/end', 'loads/gate', 'ends/gate', 'later/gate']) makeFifo(path.join(directory, fifo));
    },
  });
  const at = (name: string): string => path.join(machine.services, name);
  await until(async () => (await service(machine, 'slow')).state === 'ready' && (await service(machine, 'loads')).state === 'up' && existsSync(at('ends-up')));
  const asked = {
    restart: machine.svc('restart', 'slow', '--timeout', '60s'), reload: machine.svc('reload', 'loads', '--timeout', '60s'),
    stop: machine.svc('stop', 'ends', '--timeout', '60s'), wait: machine.svc('wait', 'later', '--for', 'ready', '--timeout', '60s'),
  };
  await until(async () => lines(at('terms')).length === 1 && lines(at('reloads')).length === 1 && (await service(machine, 'ends')).state === 'stopping');
  await reexec(machine);
  await waits(machine);
  for (const fifo of ['slow/end', 'ends/gate', 'later/gate']) writeFileSync(at(fifo), '\n');
  // A reload that was cut off is begun again, once: by n6, not by who waits.
  writeFileSync(at('loads/gate'), '\n');
  await until(() => lines(at('reloads')).length === 2, () => machine.output());
  writeFileSync(at('loads/gate'), '\n');
  // Another one than that which was ready at the moment of the restart.
  await until(() => lines(at('starts')).length === 2);
  writeFileSync(at('slow/gate'), '\n');
  for (const [what, ran] of Object.entries(asked)) expect({ what, ...await ran }, machine.output()).toMatchObject({ what, code: 0, stderr: '' });
  expect(lines(at('terms'))).toHaveLength(1);
  expect(lines(at('starts'))).toHaveLength(2);
  expect(lines(at('reloads'))).toHaveLength(2);
  expect((await service(machine, 'slow')).state).toBe('ready');
  expect((await service(machine, 'ends')).state).toBe('down');
}, 90_000);

test('a time limit goes on, too', async () => {
  const machine = await supervise({ 'later/run!': '#!/bin/sh\nexec sleep 1000\n', 'later/notification-fd': '3' });
  const wait = machine.svc('wait', 'later', '--for', 'ready', '--timeout', '4s');
  await until(async () => (await service(machine, 'later')).state === 'starting');
  await reexec(machine);
  expect(await wait).toMatchObject({ code: 1, stderr: expect.stringContaining('later') as string });
});

test('the TCP listener: a client that connects in the gap is answered by the next life', async () => {
  const token = 'a-token-of-sufficient-length-0123456789';
  const machine = await superviseUpgradable({ 'web/run!': SLEEPS }, { environment: { N6_LISTEN: '0', N6_TOKEN: token } });
  const [, url] = await until(() => /(http:\/\/127\.0\.0\.1:\d+)/.exec(machine.output()), () => machine.output());
  const ask = async (): Promise<number> => (await fetch(`${url}/v1/services`, { headers: { authorization: `Bearer ${token}`, connection: 'close' } })).status;
  expect(await ask()).toBe(200);
  await machine.enterGap();
  const asked = ask();
  expect((await machine.leaveGap()).code, machine.output()).toBe(0);
  expect(await asked).toBe(200);
  expect(await ask()).toBe(200);
});

test('counters and members: they go on, and are whole', async () => {
  const machine = await supervise({
    'web/run!': '#!/bin/sh\necho "$$" >>../starts\necho >&3\nexec sleep 1000\n', 'web/notification-fd': '3',
    'ends/run!': '#!/bin/sh\nread -r code <gate\nexit "$code"\n',
  }, { prepare: (directory) => makeFifo(path.join(directory, 'ends/gate')) });
  await until(async () => (await service(machine, 'web')).state === 'ready');
  writeFileSync(path.join(machine.services, 'ends/gate'), '7\n');
  await until(async () => (await service(machine, 'ends')).restarts === 1);
  await machine.svc('reload', 'web');
  const told = spawn(svcProgram, ['--dir', machine.services, 'event', 'serf'], {
    env: { ...process.env, SERF_EVENT: 'member-join' }, stdio: ['pipe', 'ignore', 'ignore'],
  });
  told.stdin.end('a\t10.0.0.1\tweb\trole=web\nb\t10.0.0.2\tlb\t\n');
  const members = async (): Promise<unknown[]> => (JSON.parse((await machine.svc('members', '--json')).stdout) as { members: unknown[] }).members;
  await until(async () => (await members()).length === 2);
  // More than the events that are kept.
  for (let burst = 0; burst < 12; burst++) {
    await Promise.all(Array.from({ length: 5 }, () => machine.svc('restart', 'web', '--no-wait')));
    await until(async () => (await service(machine, 'web')).state === 'ready');
  }
  const socket = path.join(machine.services, '.n6/control.sock');
  const metrics = (): string[] => execFileSync('curl', ['-sS', '--unix-socket', socket, 'http://n6/metrics'], { encoding: 'utf8' })
    .split('\n').filter((line) => /^n6_service_(exits|reloads|start_seconds|restarts)/.test(line));
  const before = { metrics: metrics(), members: await members() };
  expect(before.metrics.join('\n')).toContain('n6_service_exits_total{service="ends",code="7"} 1');
  for (let life = 0; life < 2; life++) await reexec(machine);
  expect(metrics()).toEqual(before.metrics);
  expect(await members()).toEqual(before.members);
}, 90_000);

test('watched files: a change whose quiet time is not over, and one in the gap itself', async () => {
  const machine = await superviseUpgradable({
    'quiet/run!': '#!/bin/sh\necho x >>../starts-quiet\nexec sleep 1000\n', 'quiet/service.yaml': 'watch: {paths: [src], quiet: 1h}\n', 'quiet/src/a': '1',
    'gap/run!': '#!/bin/sh\necho x >>../starts-gap\nexec sleep 1000\n', 'gap/service.yaml': 'watch: [src/**]\n', 'gap/src/a': '1',
    'calm/run!': '#!/bin/sh\necho x >>../starts-calm\nexec sleep 1000\n', 'calm/service.yaml': 'watch: [src/**]\n', 'calm/src/a': '1',
  }, { environment: { N6_LOG_LEVEL: 'debug' } });
  const at = (name: string): string => path.join(machine.services, name);
  const starts = (): number[] => ['quiet', 'gap', 'calm'].map((name) => lines(at(`starts-${name}`)).length);
  await until(() => starts().every((count) => count === 1) && machine.output().split('its files are watched').length === 4, () => machine.output());
  appendFileSync(at('quiet/src/a'), '2');
  // inotify has no answer: what the watcher has seen of one directory it has seen of the one before.
  appendFileSync(at('gap/src/a'), '2');
  await until(() => starts()[1] === 2, () => machine.output());
  await machine.enterGap();
  appendFileSync(at('gap/src/a'), '3');
  expect((await machine.leaveGap()).code, machine.output()).toBe(0);
  await until(() => starts()[0] === 2 && starts()[1] === 3, () => machine.output());
  await until(() => machine.output().split('its files are watched').length === 7, () => machine.output());
  expect(starts(), machine.output()).toEqual([2, 3, 1]);
});

test('as a subreaper, HUP in the gap is a look for new services, and ends nothing', async () => {
  const machine = await superviseUpgradable({ 'web/run!': SLEEPS });
  await until(() => lines(path.join(machine.services, 'starts')).length === 1);
  const { pid } = await service(machine, 'web');
  await machine.enterGap();
  execFileSync('mkdir', [path.join(machine.services, 'new')]);
  writeFileSync(path.join(machine.services, 'new/run'), '#!/bin/sh\nexec sleep 1000\n', { mode: 0o755 });
  process.kill(machine.process.pid!, 'SIGHUP');
  await until(() => existsSync(path.join(machine.services, '.n6/state.json.signals')));
  expect((await machine.leaveGap()).code, machine.output()).toBe(0);
  await until(async () => (await service(machine, 'new')).state === 'up', () => machine.output());
  expect((await service(machine, 'web')).pid).toBe(pid);
});

test('as a subreaper, USR1 in the gap is an ordered shutdown', async () => {
  const machine = await superviseUpgradable({ 'web/run!': SLEEPS, 'web/finish!': '#!/bin/sh\necho x >../finished\n' });
  await until(() => lines(path.join(machine.services, 'starts')).length === 1);
  const { pid } = await service(machine, 'web');
  await machine.enterGap();
  process.kill(machine.process.pid!, 'SIGUSR1');
  await until(() => existsSync(path.join(machine.services, '.n6/state.json.signals')));
  void machine.leaveGap();
  expect(await machine.ended, machine.output()).toBe(0);
  expect(alive(pid!)).toBe(false);
  expect(existsSync(path.join(machine.services, 'finished'))).toBe(true);
});

test.skipIf(lacking('systemd-notify').length > 0)('sd_notify(3): the socket stays, and a main process that was named is still the one', async () => {
  const machine = await supervise({
    'web/run!': '#!/bin/sh\nsleep 1000 &\nsystemd-notify --ready MAINPID=$! --status=first\necho "$!" >../main\n'
      + 'while [ ! -e ../go ]; do sleep 0.02; done\nsystemd-notify --status=second\nwait\n',
    'web/service.yaml': 'ready: {notify: true}\n',
  });
  const main = Number(await until(() => lines(path.join(machine.services, 'main'))[0]));
  await until(async () => (await service(machine, 'web')).pid === main && (await service(machine, 'web')).state === 'ready', () => machine.output());
  await reexec(machine);
  expect(await service(machine, 'web')).toMatchObject({ pid: main, state: 'ready', restarts: 0 });
  writeFileSync(path.join(machine.services, 'go'), '');
  await until(async () => (await machine.svc('why', 'web')).stdout.includes('second'), () => machine.output());
  process.kill(main);
  await until(async () => (await service(machine, 'web')).restarts === 1, () => machine.output());
});

test('a schedule of cron: the same next run, of the next life, too', async () => {
  const machine = await supervise({
    'job/run!': '#!/bin/sh\necho x >>../runs\n', 'job/service.yaml': 'once: true\nschedule: {cron: "0 4 1 1 *", zone: Asia/Tokyo}\n',
  });
  const before = await until(async () => (await service(machine, 'job')).nextRun);
  for (let life = 0; life < 2; life++) {
    await reexec(machine);
    expect(await until(async () => (await service(machine, 'job')).nextRun)).toBe(before);
  }
  expect((await machine.svc('start', 'job')).code).toBe(0);
  expect(lines(path.join(machine.services, 'runs'))).toHaveLength(1);
});

test('svc logs -f and n6/client go on over two re-executions: every line and every event once', async () => {
  const machine = await supervise({
    'talks/run!': '#!/bin/sh\ni=0\nwhile [ ! -e ../stop ]; do i=$((i + 1)); echo "line $i"; sleep 0.01; done\nexec sleep 1000\n',
    'talks/service.yaml': 'logs: prefix\n',
  });
  let text = '';
  const follow = spawn(svcProgram, ['--dir', machine.services, 'logs', '-f', 'talks'], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void follow.kill('SIGKILL'));
  follow.stdout.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  const numbers = (): number[] => [...text.matchAll(/line (\d+)\n/g)].map(([, number]) => Number(number));
  const { connect } = await import('../../src/client/connect.ts');
  const over = new AbortController();
  const seen: number[] = [];
  const names: string[] = [];
  const events = (async () => {
    for await (const item of connect({ directory: machine.services }).events({ since: 0, signal: over.signal })) {
      if (!('seq' in item)) continue;
      seen.push(item.seq);
      names.push(item.event);
    }
  })();
  for (let life = 0; life < 2; life++) {
    const before = numbers().length;
    await until(() => numbers().length > before + 20, () => machine.output());
    await reexec(machine);
  }
  const before = numbers().length;
  await until(() => numbers().length > before + 20, () => machine.output());
  writeFileSync(path.join(machine.services, 'stop'), '');
  await until(() => names.filter((name) => name === 'supervisor-reexecuted').length === 2);
  over.abort();
  await events;
  expect(seen).toEqual(seen.map((_, index) => index + 1));
  const all = numbers();
  expect(all).toEqual(all.map((_, index) => all[0]! + index));
});

describe.runIf(canMakeNamespaces)('as PID 1', () => {
  test('s6-svscan as the command: the same scan directory, the same processes, s6-svscanctl goes on', async () => {
    const machine = await container({}, {
      ready: false, program: '/bin/sh', without: ['/usr/bin/s6-*'],
      rootFiles: { 'etc/s6/s/run!': '#!/bin/sh\nexec sleep 1000\n', 'etc/s6/.s6-svscan/finish!': '#!/bin/sh\nexit 7\n' },
      command: ['-c', 'exec /command/s6-svscan "$@"', 'sh', '/etc/s6'],
    });
    const stat = async (name: string): Promise<string> => (await inside(machine, '/command/s6-svstat', '-u', '-p', `/etc/s6/${name}`)).stdout;
    const before = await until(async () => /^true \d+/.exec(await stat('s'))?.[0], () => machine.output());
    await until(async () => (await machine.svc('status')).code === 0, () => machine.output());
    await until(async () => (await machine.svc('reexec')).code === 0, () => machine.output());
    await until(() => machine.output().includes('goes on in place of'), () => machine.output());
    expect(await stat('s')).toContain(before);
    const root = `/proc/${machine.pid}/root/etc/s6`;
    execFileSync('mkdir', [`${root}/t`]);
    writeFileSync(`${root}/t/run`, '#!/bin/sh\nexec sleep 1000\n', { mode: 0o755 });
    expect((await inside(machine, '/command/s6-svscanctl', '-a', '/etc/s6')).code).toBe(0);
    await until(async () => (await stat('t')).startsWith('true'), () => machine.output());
    expect(readFileSync(`/proc/${machine.pid}/cmdline`, 'latin1')).toContain('s6-supervise t');
    await inside(machine, '/command/s6-svscanctl', '-t', '/etc/s6');
    expect(await machine.ended, machine.output()).toBe(7);
  });
});
