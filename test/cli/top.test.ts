/** `svc top` in a real terminal, with real services. */
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { up } from '../control/fake-backend.ts';
import { serve } from '../control/serve.ts';
import { alive, supervise, svcProgram, until, type Machine } from '../help/machine.ts';
import { lacking } from '../help/needs.ts';
import { openWindow, stateOf, svcLine, type Window } from '../help/tmux.ts';
import { svc } from './svc.ts';

const SLEEPER = '#!/bin/sh\nexec sleep 1000\n';
/** Busy for most of the time, in a child. */
const BUSY = '#!/bin/sh\nwhile :; do i=0; while [ $i -lt 30000 ]; do i=$((i+1)); done; done &\nwait\n';

const lab = (): Promise<Machine> => supervise({
  'busy/run!': BUSY, 'db/run!': SLEEPER, 'off/run!': SLEEPER, 'off/down': '', 'web/run!': SLEEPER,
});

const open = async (machine: Pick<Machine, 'services'>, columns = 80, rows = 24, environment: Record<string, string> = {}): Promise<Window> => {
  const window = await openWindow(columns, rows, environment);
  await start(window, machine.services);
  return window;
};
const start = async (window: Window, directory: string, ...words: string[]): Promise<void> => {
  await window.line(`clear; ${svcLine(directory, 'top', ...words)}; echo "left with $?"`);
};

/** The line of the list that begins with this name. */
const row = (lines: readonly string[], name: string): string => lines.find((line) => new RegExp(`^[> ] ${name}\\s`).test(line)) ?? '';
const pidIn = async (machine: Machine, name: string): Promise<number> =>
  (JSON.parse((await machine.svc('status', '--json', name)).stdout) as { services: { pid: number }[] }).services[0]!.pid;

describe.runIf(lacking('tmux').length === 0)('in a terminal', () => {
  test('80 columns, 24 rows: states, CPU, memory, uptime; the last line has the keys', async () => {
    const window = await open(await lab());
    await window.sees(/^> busy +up +(?!0\.0|-)[\d.]+ +[\d.]+M/);
    const lines = await window.screen();
    expect(lines).toHaveLength(24);
    expect(lines[0]).toMatch(/^4 services: 3 up +CPU [\d.]+% {2}[\d.]+M {2}/);
    expect(lines[1]).toBe('  NAME      STATE          CPU%   MEMORY   UPTIME  RESTARTS  WHY');
    expect(lines.slice(2, 6).map((line) => line.slice(0, 20).trim())).toEqual(['> busy      up', 'db        up', 'off       down', 'web       up']);
    expect(row(lines, 'off')).toMatch(/down +- +- +- +0 {2}has a down file$/);
    expect(Number(/CPU ([\d.]+)/.exec(lines[0]!)![1])).toBeGreaterThan(5);
    expect(lines[23]).toBe('r restart  s stop/start  f follow  w why  / filter  o order  ? help  q quit');
  });

  test('keys restart, stop and start; what others do is seen, too', async () => {
    const machine = await lab();
    const window = await open(machine);
    await window.sees(/^> busy/);
    await window.press('Down');
    await window.sees(/^> db/);
    const before = await pidIn(machine, 'db');
    await window.press('r');
    await window.sees(/^db is up, pid \d+$/);
    expect(alive(before)).toBe(false);
    const after = await pidIn(machine, 'db');
    expect(after).not.toBe(before);
    await window.press('s');
    await window.sees(/^> db +down/);
    await until(() => !alive(after));
    await window.press('s');
    await window.sees(/^> db +up/);
    await machine.svc('stop', 'web');
    await window.sees(/^ {2}web +down/);
  });

  test('filter, order, why, help, the whole log', async () => {
    const window = await open(await lab());
    await window.sees(/^> busy/);
    await window.press('/');
    await window.type('we');
    const filtered = await window.sees(/^\/we_$/);
    expect(filtered.filter((line) => /^[> ] \w/.test(line) && !line.includes('NAME'))).toEqual([expect.stringMatching(/^> web/)]);
    await window.press('Enter', 'w');
    await window.sees(/ why web /);
    await window.sees(/^web has been running for /);
    await window.press('Escape', 'Escape');
    await window.sees(/^ {2}busy/);
    await window.press('o', 'o');
    await window.sees(/by cpu/);
    await until(async () => /^[> ] busy/.test((await window.screen())[2]!));
    await window.press('?');
    await window.sees(/^ {2}Ctrl-Z +to the shell, until fg$/);
    await window.press('?', 'f');
    await window.sees(/^log of web, up/);
    await window.press('f');
    await window.sees(/NAME +STATE/);
  });

  test('the log of the selected service, live; what is not captured is told; escape sequences and carriage returns do no harm', async () => {
    const machine = await supervise({
      'a/run!': '#!/bin/sh\nprintf "\\033[2J\\033[31mred\\033[0m first\\n10%%\\r100%%\\n"\nwhile read -r line; do echo "$line"; done <../../input\n',
      'a/service.yaml': 'logs: prefix\n',
      'b/run!': SLEEPER,
    }, { prepare: (services) => void execFileSync('mkfifo', [path.join(services, '../input')]) });
    const window = await open(machine);
    await window.sees(/^red first$/);
    await window.sees(/^100%$/);
    const input = openSync(path.join(machine.directory, 'input'), 'w');
    onTestFinished(() => closeSync(input));
    writeSync(input, 'a line that comes later\n');
    await window.sees(/^a line that comes later$/);
    await window.press('j');
    await window.sees(/^what b writes goes straight to the output of n6/);
    await window.press('k', 'f');
    await window.sees(/^a line that comes later$/);
    writeSync(input, Array.from({ length: 500 }, (_, index) => `number ${index}\n`).join(''));
    await window.sees(/^number 499$/);
    await window.press('g');
    await window.sees(/^red first$/);
    await window.press('G');
    await window.sees(/^number 499$/);
  });

  test('the screen is filled again when its size changes, however small it gets', async () => {
    const window = await open(await lab(), 120, 30);
    await window.sees(/^> busy/);
    for (const [columns, rows] of [[60, 12], [20, 5], [6, 2], [1, 1], [200, 50]] as const) {
      await window.resize(columns, rows);
      await until(async () => (await window.tell('#{pane_width} #{pane_height}')) === `${columns} ${rows}`);
    }
    // Drawn last, and too long for every size before.
    const lines = await window.sees(/^r restart {2}s stop\/start {2}f follow {2}w why {2}\/ filter {2}o order {2}\? help {2}q quit$/);
    expect([lines.length, lines[49]?.slice(0, 9)]).toEqual([50, 'r restart']);
  });

  test('colours, unless NO_COLOR; without UTF-8 plain characters', async () => {
    const machine = await lab();
    const coloured = await open(machine);
    await coloured.sees(/^> busy/);
    expect((await coloured.screen(true)).find((line) => line.includes('web'))).toContain('\x1b[32mup');
    const plain = await open(machine, 80, 24, { NO_COLOR: '1', LANG: 'C' });
    await plain.sees(/^-- log of busy -+$/);
    expect((await plain.screen(true)).join('')).not.toMatch(/\x1b\[[\d;]*(?:3[0-7]|9[0-7])m/);
  });
});

describe.runIf(lacking('tmux').length === 0)('the terminal is given back as it was', () => {
  /** Starts, ends by `how`, and compares. Gives the screen afterwards. */
  async function afterwards(directory: string, how: (window: Window, pid: number) => Promise<void>): Promise<string[]> {
    const window = await openWindow(80, 24);
    const before = await stateOf(window);
    expect(before).toContain('alternate=0 cursor=1 wrap=1');
    await start(window, directory);
    await window.sees(/NAME +STATE/);
    expect(await window.tell('alternate=#{alternate_on} cursor=#{cursor_flag} wrap=#{wrap_flag}')).toBe('alternate=1 cursor=0 wrap=0');
    await how(window, await pidOfTop(window));
    const lines = await window.sees(/^left with \d+$/);
    expect(await stateOf(window)).toBe(before);
    return lines.filter((line) => line !== '' && !line.startsWith('$'));
  }

  /** The process in the foreground of the window. */
  const pidOfTop = async (window: Window): Promise<number> => {
    const shell = await window.tell('#{pane_pid}');
    return until((): number => Number(readFileSync(`/proc/${shell}/stat`, 'utf8').split(') ')[1]!.split(' ')[5]));
  };

  test.each([
    ['q', 0, (window: Window): Promise<void> => window.press('q')],
    ['Ctrl-C', 0, (window: Window): Promise<void> => window.press('C-c')],
    ['TERM', 143, (_: Window, pid: number): void => void process.kill(pid, 'SIGTERM')],
    ['HUP', 129, (_: Window, pid: number): void => void process.kill(pid, 'SIGHUP')],
    ['INT from elsewhere', 130, (_: Window, pid: number): void => void process.kill(pid, 'SIGINT')],
    ['QUIT', 131, (_: Window, pid: number): void => void process.kill(pid, 'SIGQUIT')],
  ] as const)('after %s', async (_, code, how) => {
    const machine = await supervise({ 'web/run!': SLEEPER });
    expect(await afterwards(machine.services, async (window, pid) => void await how(window, pid))).toEqual([`left with ${code}`]);
    expect((await machine.svc('status', 'web')).code).toBe(0);
  });

  test('after a bug of ours', async () => {
    const { backend, socket } = await serve(['web']);
    const lines = await afterwards(path.dirname(socket), () => {
      // Nothing that a supervisor of this version says: drawing it fails.
      backend.set('web', { why: null as unknown as string });
      backend.announce('service-up', { service: 'web' });
      return Promise.resolve();
    });
    expect(lines.join('')).toMatch(/svc: internal error: TypeError: .*left with 1$/);
  });

  test('after an ordered shutdown', async () => {
    const machine = await supervise({ 'web/run!': SLEEPER });
    expect(await afterwards(machine.services, async () => void await machine.svc('shutdown'))).toEqual(['the supervisor has ended', 'left with 0']);
  });

  test('when the supervisor is lost, and after five seconds in which none came', async () => {
    const machine = await supervise({ 'web/run!': '#!/bin/sh\nexec sleep 5\n' });
    const lines = await afterwards(machine.services, async (window) => {
      machine.process.kill('SIGKILL');
      await window.sees(/^no answer from the supervisor, trying again/);
    });
    expect(lines.join(' ')).toMatch(/^svc: no supervisor there: .* left with 5$/);
  });

  test('before a terminal that has gone: the program ends', async () => {
    const machine = await supervise({ 'web/run!': SLEEPER });
    const window = await open(machine);
    await window.sees(/NAME +STATE/);
    const pid = await pidOfTop(window);
    await window.close();
    await until(() => !alive(pid));
  });

  test('while it is stopped with Ctrl-Z or TSTP, and taken again by fg', async () => {
    const machine = await supervise({ 'web/run!': SLEEPER });
    const window = await openWindow(80, 24);
    const before = await stateOf(window);
    await start(window, machine.services);
    await window.sees(/NAME +STATE/);
    const pid = await pidOfTop(window);
    for (const stop of [() => window.press('C-z'), () => Promise.resolve(void process.kill(pid, 'SIGTSTP'))]) {
      await stop();
      await window.sees(/Stopped/);
      expect(await stateOf(window)).toBe(before);
      await window.line('fg');
      await window.sees(/NAME +STATE/);
      expect(await window.tell('#{alternate_on} #{cursor_flag}')).toBe('1 0');
    }
    await window.press('q');
    await until(() => !alive(pid));
    expect(await stateOf(window)).toBe(before);
  });
});

describe.runIf(lacking('tmux').length === 0)('a supervisor that comes back', () => {
  test('is taken up again', async () => {
    const machine = await supervise({ 'web/run!': '#!/bin/sh\nexec sleep 1000\n' });
    const window = await open(machine);
    await window.sees(/^> web +up/);
    const first = await pidIn(machine, 'web');
    machine.process.kill('SIGKILL');
    await window.sees(/^no answer from the supervisor/);
    process.kill(first, 'SIGKILL');
    const next = spawn(svcProgram, ['supervise', machine.services], { stdio: 'ignore', cwd: machine.directory });
    onTestFinished(async () => {
      next.kill('SIGTERM');
      await new Promise((resolve) => next.once('exit', resolve));
    });
    await window.sees(/^1 service: 1 up/);
    await window.press('r');
    await window.sees(/^web is up, pid \d+$/);
  });
});

test.runIf(lacking('tmux').length === 0)('a thousand services: the keys go through all of them', async () => {
  const names = Array.from({ length: 1000 }, (_, index) => `worker-${String(index).padStart(4, '0')}`);
  const { backend, socket } = await serve(names);
  for (const [index, name] of names.entries()) backend.set(name, up(1000 + index));
  const window = await open({ services: path.dirname(socket) });
  await window.sees(/^1000 services: 1000 up/);
  await window.press('G');
  await window.sees(/^> worker-0999/);
  await window.press('g');
  await window.sees(/^> worker-0000/);
});

test('wrong usage: no terminal, a terminal that can do nothing, an interval that is too short, a name that nobody has', async () => {
  const { socket } = await serve(['web']);
  const environment = { N6_DIR: path.dirname(socket) };
  const message = 'svc: top needs a terminal that can move its cursor; programs use svc status --json; see: svc top --help\n';
  expect(await svc(['top'], { environment })).toEqual({ code: 2, stdout: '', stderr: message });
  expect((await svc(['top', '--interval', '50ms'], { environment })).stderr).toContain('--interval: expected at least 200ms, got "50ms"');
  expect((await svc(['top', '--interval', '5'], { environment })).code).toBe(2);
});

test.runIf(lacking('tmux').length === 0)('a name that nobody has is told before the screen is taken; names choose', async () => {
  const { backend, socket } = await serve(['db', 'web-1', 'web-2']);
  for (const name of ['db', 'web-1', 'web-2']) backend.set(name, up(7));
  const window = await openWindow(80, 24);
  await start(window, path.dirname(socket), 'wbe');
  await window.sees(/^left with 4$/);
  await window.sees(/^svc: no service named "wbe"/);
  await start(window, path.dirname(socket), 'web-*');
  await window.sees(/^2 services: 2 up/);
  await window.line('q');
  await window.sees(/^left with 0$/);
});
