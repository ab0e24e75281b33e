/** 13xx: what service.yaml says about coming back, stopping, reloading and running once, by real processes of a real supervisor. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { container, supervise, until, write, type Machine } from '../help/machine.ts';
import { canMakeNamespaces } from '../help/privileges.ts';

type Told = { name: string; state: string; pid: number | null; why: string; restarts: number; tries: unknown; nextTry: string | null; reload: unknown };

async function status(machine: Machine, name: string): Promise<Told> {
  const { services } = JSON.parse((await machine.svc('status', '--json', name)).stdout) as { services: Told[] };
  return services[0]!;
}
const reaches = (machine: Machine, name: string, state: string): Promise<Told> => until(async () => {
  const told = await status(machine, name);
  return told.state === state ? told : undefined;
}, () => machine.output());
const has = (machine: Machine, file: string, text: RegExp): Promise<boolean> =>
  until(() => text.test(readFileSync(path.join(machine.services, file), 'utf8')), () => machine.output());

const SLEEPER = '#!/bin/sh\nexec sleep 1000\n';
const ends = (code: number): string => `#!/bin/sh\necho life >> lives\nexit ${code}\n`;

describe('1301 restart and success-codes', () => {
  const rows = [
    ['on-failure-0', 'restart: on-failure', 'exit 0', 'down'],
    ['on-failure-143', 'restart: on-failure\nsuccess-codes: [0, 143]', 'exit 143', 'down'],
    ['on-failure-signal', 'restart: on-failure\nsuccess-codes: [TERM]', 'kill -TERM $$', 'down'],
    ['never-0', 'restart: never', 'exit 0', 'down'],
    ['never-3', 'restart: never', 'exit 3', 'failed'],
    ['gives-up', 'restart: on-failure\nbackoff: { initial: 10ms, factor: 1, max: 10ms }\ngive-up: { after: 3 }', 'exit 5', 'failed'],
    ['no-program', 'command: [/no/such/program]\ngive-up: { after: 1, then: fail }', '', 'failed'],
  ] as const;

  test('each ends as it says', async () => {
    const machine = await supervise(Object.fromEntries(rows.flatMap(([name, yaml, last]) => [
      [`${name}/service.yaml`, `${yaml}\n`], ...(last === '' ? [] : [[`${name}/run!`, `#!/bin/sh\necho life >> lives\n${last}\n`]]),
    ] as [string, string][])));
    for (const [name, , last, state] of rows) {
      await reaches(machine, name, state);
      const lives = last === '' ? 0 : readFileSync(path.join(machine.services, name, 'lives'), 'utf8').split('\n').length - 1;
      expect(lives, name).toBe(last === '' ? 0 : name === 'gives-up' ? 3 : 1);
    }
    expect((await status(machine, 'gives-up')).why).toMatch(/^exit 5 after .*, gave up after 3 failures$/);
    expect((await status(machine, 'never-3')).why).toMatch(/^exit 3 after .*, and its restart is never$/);
    expect((await status(machine, 'no-program')).why).toContain('gave up after 1 failure');
  });
});

test('1302 a back-off waits longer and longer, shows it, and a start by hand begins anew', async () => {
  const machine = await supervise({
    'web/run!': ends(1), 'web/service.yaml': 'backoff: { initial: 1h, factor: 2, max: 1h, jitter: 0 }\ngive-up: { after: 10 }\n',
  });
  const waiting = await until(async () => {
    const told = await status(machine, 'web');
    return told.restarts === 1 && told.state === 'backing-off' ? told : undefined;
  }, () => machine.output());
  expect(waiting.why).toMatch(/^exit 1 after .*, next try in (59m5\ds|1h00m) \(2\/10\)$/);
  expect(waiting.tries).toEqual({ count: 2, limit: 10 });
  expect(Date.parse(waiting.nextTry!)).toBeGreaterThan(Date.now() + 3_000_000);
  await machine.svc('start', 'web', '--no-wait');
  await has(machine, 'web/lives', /^(life\n){4}$/);
  expect((await reaches(machine, 'web', 'backing-off')).tries).toEqual({ count: 2, limit: 10 });
});

describe('1303 stop', () => {
  test('steps with their times, the whole group, and the command before them', async () => {
    const heard = '#!/bin/sh\ntrap "echo usr1 >> heard" USR1\ntrap "echo term >> heard" TERM\ntrap "echo int >> heard; exit 0" INT\necho on > up\n'
      + 'while :; do sleep 0.05; done\n';
    const machine = await supervise({
      'steps/run!': heard, 'steps/service.yaml': 'stop: { signals: [USR1 200ms, TERM 200ms, INT 20s] }\n',
      'command/run!': heard.replace('echo usr1 >> heard', 'exit 0'), 'command/stop!': '#!/bin/sh\necho "$N6_PID $MAINPID" > asked\nkill -USR1 "$N6_PID"\n',
      'command/service.yaml': 'stop: { command: [./stop], timeout: 20s, signals: [TERM 20s] }\n',
      'group/run!': '#!/bin/sh\ntrap "" TERM\n(trap "echo child >> heard; exit 0" TERM; echo on > up; while :; do sleep 0.05; done) &\nwait $!\nexit 0\n',
      'group/service.yaml': 'stop: { signals: [TERM 20s], group: true }\n',
    });
    for (const name of ['steps', 'command', 'group']) await until(() => existsSync(path.join(machine.services, name, 'up')), () => machine.output());
    const { pid } = await status(machine, 'command');
    expect((await machine.svc('stop', 'steps', 'command', 'group')).code).toBe(0);
    expect(readFileSync(path.join(machine.services, 'steps/heard'), 'utf8')).toBe('usr1\nterm\nint\n');
    expect(readFileSync(path.join(machine.services, 'command/asked'), 'utf8')).toBe(`${pid} ${pid}\n`);
    expect(existsSync(path.join(machine.services, 'command/heard'))).toBe(false);
    expect(readFileSync(path.join(machine.services, 'group/heard'), 'utf8')).toBe('child\n');
  });

  test('KILL at the end of them', async () => {
    const machine = await supervise({
      'deaf/run!': '#!/bin/sh\ntrap "" TERM\necho on > up\nwhile :; do sleep 0.05; done\n', 'deaf/service.yaml': 'stop: { signals: [TERM 100ms, KILL] }\n',
    });
    await until(() => existsSync(path.join(machine.services, 'deaf/up')), () => machine.output());
    expect((await machine.svc('stop', 'deaf')).code).toBe(0);
    expect((await status(machine, 'deaf')).why).toMatch(/^killed by SIGKILL/);
  });
});

test('1304 reload: check, act, verify; the result is told truthfully', async () => {
  const machine = await supervise({
    'web/run!': '#!/bin/sh\ntrap "cat new > loaded" USR2\necho one > loaded\nwhile :; do sleep 0.05; done\n', 'web/new': 'two\n',
    'web/check!': '#!/bin/sh\ngrep -q bad new && { echo "new: line 1 is bad" >&2; exit 3; }\nexit 0\n',
    'web/verify!': '#!/bin/sh\nn=0\nwhile ! cmp -s new loaded; do n=$((n + 1)); [ $n -lt 80 ] || { echo "old one"; exit 1; }; sleep 0.1; done\n',
    'web/service.yaml': 'reload: { signal: USR2, check: [./check], verify: [./verify], timeout: 10s }\n',
    'plain/run!': '#!/bin/sh\ntrap "echo heard > heard" USR1\necho on > up\nwhile :; do sleep 0.05; done\n', 'plain/service.yaml': 'reload: USR1\n',
  });
  await until(() => existsSync(path.join(machine.services, 'web/loaded')) && existsSync(path.join(machine.services, 'plain/up')), () => machine.output());
  const reloaded = (name: string, ok: boolean, before: unknown): Promise<Told> => until(async () => {
    await machine.svc('reload', name);
    const told = await status(machine, name);
    return (told.reload as { ok: boolean } | null)?.ok === ok && told.reload !== before ? told : undefined;
  }, () => machine.output());
  const good = await reloaded('web', true, null);
  expect(readFileSync(path.join(machine.services, 'web/loaded'), 'utf8')).toBe('two\n');
  write(machine.services, { 'web/new': 'bad\n' });
  const bad = await reloaded('web', false, good.reload);
  expect(bad.why).toBe('last reload failed: check: new: line 1 is bad (exit 3)');
  expect(readFileSync(path.join(machine.services, 'web/loaded'), 'utf8')).toBe('two\n');
  await machine.svc('reload', 'plain');
  await until(() => existsSync(path.join(machine.services, 'plain/heard')), () => machine.output());
});

describe('1305 oneshots', () => {
  const did = (word: string): string => `[/bin/sh, -c, "echo ${word} >> did"]`;

  test('done, undone, done again', async () => {
    const machine = await supervise({
      'both/service.yaml': `once: { up: ${did('up')}, down: ${did('down')} }\n`, 'run/service.yaml': 'once: true\n', 'run/run!': '#!/bin/sh\necho run >> did\n',
      'fails/service.yaml': 'once: true\n', 'fails/run!': '#!/bin/sh\nexit 4\n',
      'again/service.yaml': 'once: true\nrestart: on-failure\nbackoff: { initial: 10ms, factor: 1, max: 10ms }\n',
      'again/run!': '#!/bin/sh\necho try >> did\n[ "$(wc -l < did)" -ge 3 ]\n',
    });
    const lines = (name: string): string => readFileSync(path.join(machine.services, name, 'did'), 'utf8').replaceAll('\n', ' ').trim();
    for (const name of ['both', 'run', 'again']) await reaches(machine, name, 'done');
    expect([lines('both'), lines('run'), lines('again')]).toEqual(['up', 'run', 'try try try']);
    expect((await reaches(machine, 'fails', 'failed')).why).toMatch(/^exit 4 /);
    expect((await machine.svc('start', 'run')).code).toBe(0);
    expect((await machine.svc('restart', 'run', 'both')).code).toBe(0);
    expect([lines('both'), lines('run')]).toEqual(['up down up', 'run run']);
    expect((await machine.svc('stop', 'both')).code).toBe(0);
    expect(lines('both')).toBe('up down up down');
    expect((await machine.svc('start', 'fails')).code).toBe(1);
  });

  test('what is done is undone when everything ends', async () => {
    const machine = await supervise({ 'both/service.yaml': `once: { up: ${did('up')}, down: ${did('down')} }\n` });
    await reaches(machine, 'both', 'done');
    machine.process.kill('SIGTERM');
    expect(await machine.ended).toBe(0);
    expect(readFileSync(path.join(machine.services, 'both/did'), 'utf8')).toBe('up\ndown\n');
  });
});

test('1306 a mistake in an edited service.yaml ends nothing, and is told; corrected, a service that it had kept back starts', async () => {
  const machine = await supervise({
    'web/run!': SLEEPER, 'web/service.yaml': 'restart: always\n', 'bad/run!': SLEEPER, 'bad/service.yaml': 'restart: sometimes\n',
  });
  const { pid } = await reaches(machine, 'web', 'up');
  expect((await reaches(machine, 'bad', 'failed')).why).toContain('restart');
  write(machine.services, { 'web/service.yaml': 'restart: sometimes\n', 'bad/service.yaml': 'restart: always\n' });
  await machine.svc('rescan');
  await reaches(machine, 'bad', 'up');
  expect(await status(machine, 'web')).toMatchObject({ state: 'up', pid });
  expect((await status(machine, 'web')).why).toMatch(/^edited, and not taken: /);
});

describe('1307 the container ends', () => {
  const rows: readonly (readonly [what: string, files: Record<string, string>, code: number])[] = [
    ['with the code of a critical service', { 'web/run!': '#!/bin/sh\nexit 7\n', 'web/service.yaml': 'critical: true\n' }, 7],
    ['with 128 and the signal', { 'web/run!': '#!/bin/sh\nkill -KILL $$\n', 'web/service.yaml': 'critical: true\n' }, 137],
    ['with 127 for what is not there', { 'web/service.yaml': 'critical: true\ncommand: [/no/such/program]\n' }, 127],
    ['with that of what gives up', {
      'web/run!': '#!/bin/sh\nexit 9\n', 'web/service.yaml': 'backoff: { initial: 10ms, factor: 1, max: 10ms }\ngive-up: { after: 2, then: shutdown }\n',
    }, 9],
    ['with that of the first, whatever others do then', {
      'web/run!': '#!/bin/sh\nsleep 0.3\nexit 7\n', 'web/service.yaml': 'critical: true\n',
      'db/run!': '#!/bin/sh\ntrap "exit 9" TERM\nwhile :; do sleep 0.05; done\n', 'db/service.yaml': 'critical: true\n',
    }, 7],
  ];
  for (const [what, files, code] of rows) {
    test.runIf(canMakeNamespaces)(what, async () => {
      const machine = await container(files, { ready: false });
      expect(await machine.ended, machine.output()).toBe(code);
    });
  }

  test('not by a restart or a stop that somebody asks for', async () => {
    const machine = await supervise({
      'web/run!': '#!/bin/sh\ntrap "exit 9" TERM\necho on > up\nwhile :; do sleep 0.05; done\n', 'web/service.yaml': 'critical: true\n',
    });
    await until(() => existsSync(path.join(machine.services, 'web/up')), () => machine.output());
    expect((await machine.svc('restart', 'web')).code).toBe(0);
    expect((await machine.svc('stop', 'web')).code).toBe(0);
    expect((await status(machine, 'web')).state).toBe('down');
    machine.process.kill('SIGTERM');
    expect(await machine.ended).toBe(0);
  });
});
