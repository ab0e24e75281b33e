/** A second life that cannot read what the first has left: what runs is taken over all the same, and nothing runs twice. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { alive, container, lines, until, type Machine } from '../help/machine.ts';
import { canMakeNamespaces } from '../help/privileges.ts';
import { gatedNode, superviseUpgradable } from '../help/upgrade.ts';

type Shown = Readonly<{
  name: string; state: string; wanted: string; pid: number | null; restarts: number; lastExit: { exitCode?: number } | null; uptime: number;
}>;

async function services(machine: Machine): Promise<Record<string, Shown>> {
  const { services: all } = JSON.parse((await machine.svc('status', '--json')).stdout) as { services: Shown[] };
  return Object.fromEntries(all.map((each) => [each.name, each]));
}

const SLEEPS = '#!/bin/sh\necho "$$" >>../starts-NAME\nexec sleep 1000\n';
const sleeps = (name: string): string => SLEEPS.replace('NAME', name);
const LOST = /n6: .*cannot be read.*\n.*going on with what runs/;

const BROKEN = [
  ['no JSON', () => '{"version":1,"life":{"proc'],
  ['of another version', (text: string) => text.replace(/^\{"version":1,/, '{"version":99,')],
] as const;

test.each(BROKEN)('a state that is %s: every process goes on, as it was', async (_what, spoil) => {
  const machine = await superviseUpgradable({
    'plain/run!': sleeps('plain'),
    'ready/run!': '#!/bin/sh\necho "$$" >>../starts-ready\nread -r _ <gate\necho >&3\nexec sleep 1000\n', 'ready/notification-fd': '3',
    'web/run!': sleeps('web'), 'web/service.yaml': 'needs: [ready]\nlogs: prefix\n',
    'talks/run!': '#!/bin/sh\necho "$$" >>../starts-talks\ni=0\n'
      + 'while [ ! -e ../stop ]; do i=$((i + 1)); echo "line $i"; sleep 0.01; done\necho last\nexec sleep 1000\n',
    'talks/log/run!': '#!/bin/sh\nexec cat >>../../written\n',
    'captured/run!': '#!/bin/sh\necho "$$" >>../starts-captured\nwhile [ ! -e ../say ]; do sleep 0.02; done\necho said afterwards\nexec sleep 1000\n',
    'captured/service.yaml': 'logs: prefix\n',
    'stopped/run!': sleeps('stopped'),
    'once/service.yaml': 'once: {up: [sh, -c, "echo x >>../starts-once"]}\n',
    'ends/run!': '#!/bin/sh\necho "$$" >>../starts-ends\nread -r code <gate\nexit "$code"\n',
  }, {
    prepare(directory) {
      for (const name of ['ready', 'ends']) execFileSync('mkfifo', [path.join(directory, name, 'gate')]);
    },
  });
  const at = (name: string): string => path.join(machine.services, name);
  const startsOf = (name: string): string[] => lines(at(`starts-${name}`));
  writeFileSync(at('ready/gate'), '\n');
  await until(async () => {
    const now = await services(machine);
    return now['web']?.state === 'up' && now['once']?.state === 'done' && lines(at('written')).length > 3 && startsOf('captured').length === 1
      && startsOf('ends').length === 1;
  }, () => machine.output());
  expect((await machine.svc('stop', 'stopped')).code).toBe(0);
  const before = await services(machine);
  await machine.enterGap();
  const state = at('.n6/state.json');
  writeFileSync(state, spoil(readFileSync(state, 'utf8')));
  writeFileSync(at('ends/gate'), '42\n');
  await until(() => !alive(before['ends']!.pid!));
  expect((await machine.leaveGap()).code, machine.output()).toBe(0);
  await until(async () => startsOf('ends').length === 2 && (await services(machine))['captured']?.state === 'up', () => machine.output());
  expect(machine.output()).toMatch(LOST);
  expect(existsSync(`${state}.unreadable`)).toBe(true);
  const after = await services(machine);
  for (const name of ['plain', 'ready', 'web', 'talks', 'talks/log', 'captured']) {
    expect(after[name], machine.output()).toMatchObject({ pid: before[name]!.pid, state: before[name]!.state, wanted: 'up' });
    expect(after[name]!.uptime, name).toBeGreaterThanOrEqual(before[name]!.uptime);
  }
  expect(after['stopped']).toMatchObject({ state: 'down', wanted: 'down' });
  expect(after['once']).toMatchObject({ state: 'done' });
  expect(after['ends']).toMatchObject({ lastExit: { exitCode: 42 } });
  for (const name of ['plain', 'ready', 'web', 'talks', 'captured', 'stopped', 'once']) expect(startsOf(name), name).toHaveLength(1);
  // Pipes hold, nothing is lost.
  writeFileSync(at('stop'), '');
  writeFileSync(at('say'), '');
  await until(() => lines(at('written')).includes('last') && machine.output().includes('captured: said afterwards'), () => machine.output());
  expect(lines(at('written'))).toEqual([...lines(at('written')).slice(0, -1).map((_, index) => `line ${index + 1}`), 'last']);
  // All of it can be commanded, also by s6's way, and ends.
  expect((await machine.svc('restart', 'plain', 'captured')).code, machine.output()).toBe(0);
  expect(startsOf('plain')).toHaveLength(2);
  machine.upgrade(`#!/bin/sh\nexec ${process.execPath} "$@"\n`);
  expect((await machine.svc('reexec')).code, machine.output()).toBe(0);
  expect((await services(machine))['web']).toMatchObject({ pid: before['web']!.pid });
  const pids = Object.values(await services(machine)).flatMap(({ pid }) => pid ?? []);
  await machine.svc('shutdown');
  expect(await machine.ended, machine.output()).toBe(0);
  expect(pids.filter(alive)).toEqual([]);
}, 120_000);

test('one service of the state cannot be read: that one is found, the others are as they were', async () => {
  const machine = await superviseUpgradable({ 'a/run!': sleeps('a'), 'b/run!': sleeps('b') });
  const at = (name: string): string => path.join(machine.services, name);
  await until(() => lines(at('starts-a')).length === 1 && lines(at('starts-b')).length === 1);
  const before = await services(machine);
  await machine.enterGap();
  type State = { life: { services: { service: { definition: { name: string }; wanted: string } }[] } };
  const state = JSON.parse(readFileSync(at('.n6/state.json'), 'utf8')) as State;
  state.life.services.find(({ service }) => service.definition.name === 'a')!.service.wanted = 'sideways';
  writeFileSync(at('.n6/state.json'), JSON.stringify(state));
  expect((await machine.leaveGap()).code, machine.output()).toBe(0);
  const after = await until(async () => {
    const now = await services(machine);
    return now['a'] !== undefined && now;
  }, () => machine.output());
  expect(after['a']).toMatchObject({ pid: before['a']!.pid, state: 'up' });
  expect(after['b']).toMatchObject({ pid: before['b']!.pid, state: 'up' });
  expect(machine.output()).toMatch(/a: services\[0\].*wanted/);
  expect(lines(at('starts-a'))).toHaveLength(1);
});

describe.runIf(canMakeNamespaces)('as PID 1', () => {
  test('CMD, s6-rc and scripts of the boot: nothing is run again, and the shutdown is that of before', async () => {
    const machine = await container({ 'web/run!': '#!/bin/sh\necho "$$" >>/run/starts-web\nexec sleep 1000\n' }, {
      command: ['sh', '-c', 'echo "$$" >>/run/starts-command; trap "exit 7" TERM; while :; do sleep 0.05; done'],
      rootFiles: {
        'usr/lib/n6/runtime/bin/node!': gatedNode('/run/inside', '/run/gate'),
        'etc/cont-init.d/10-init!': '#!/bin/sh\necho x >>/run/starts-init\n',
        'etc/cont-finish.d/10-finish!': '#!/bin/sh\necho the end of it\n',
        'etc/s6-overlay/s6-rc.d/long/type': 'longrun\n',
        'etc/s6-overlay/s6-rc.d/long/run': '#!/bin/sh\necho "$$" >>/run/starts-long\nexec sleep 1000\n',
        'etc/s6-overlay/s6-rc.d/one/type': 'oneshot\n',
        'etc/s6-overlay/s6-rc.d/one/up': 'sh -c "echo x >>/run/starts-one"\n',
        'etc/s6-overlay/s6-rc.d/user/contents.d/long': '',
        'etc/s6-overlay/s6-rc.d/user/contents.d/one': '',
        'etc/s6-overlay/s6-rc.d/user/type': 'bundle\n',
      },
    });
    const at = (name: string): string => `/proc/${machine.pid}/root/run/${name}`;
    const names = ['web', 'command', 'init', 'long', 'one'];
    await until(() => names.every((name) => lines(at(`starts-${name}`)).length === 1), () => machine.output());
    await until(async () => (await machine.svc('status')).code === 0);
    const before = await services(machine);
    execFileSync('mkfifo', [at('gate')]);
    const reexec = machine.svc('reexec');
    await until(() => existsSync(at('inside')), () => machine.output());
    writeFileSync(at('n6/state.json'), 'nothing that anybody could read');
    writeFileSync(at('gate'), '\n');
    expect((await reexec).code, machine.output()).toBe(0);
    await until(async () => Object.keys(await services(machine)).length === Object.keys(before).length, () => machine.output());
    const after = await services(machine);
    for (const name of ['web', 'long']) expect(after[name], machine.output()).toMatchObject({ pid: before[name]!.pid, state: 'up' });
    for (const name of names) expect(lines(at(`starts-${name}`)), name).toHaveLength(1);
    process.kill(machine.pid, 'SIGTERM');
    expect(await machine.ended, machine.output()).toBe(0);
    expect(machine.output()).toContain('the end of it');
  }, 60_000);
});
