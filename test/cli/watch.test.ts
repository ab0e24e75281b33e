/** `--watch`: a listing again after every change, from the stream of events. */
import path from 'node:path';
import { expect, test } from 'vitest';
import { fitted, frame } from '../../src/cli/painter.ts';
import { up } from '../control/fake-backend.ts';
import { serve, until, type Served } from '../control/serve.ts';
import { documentFaults } from '../help/svc-schema.ts';
import { openWindow, stateOf, svcLine } from '../help/tmux.ts';
import { supervise } from '../help/machine.ts';
import { start, svc } from './svc.ts';

const at = ({ socket }: Served): { environment: Record<string, string> } => ({ environment: { N6_DIR: path.dirname(socket) } });

type Watched = Readonly<{ lines: () => string[]; text: () => string; ended: Promise<number | null>; kill(): void }>;
function watch(served: Served, ...words: string[]): Watched {
  const child = start(words, at(served));
  let text = '';
  child.stdout!.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { text: () => text, lines: () => text.split('\n').slice(0, -1), ended, kill: () => void child.kill('SIGINT') };
}

test('status: one document for each change, in one line; nothing for an event that changes nothing, or for time alone', async () => {
  const served = await serve(['db', 'web']);
  const watching = watch(served, 'status', '--watch', '--json');
  await until(() => served.backend.listening() === 1 && watching.lines().length === 1);
  served.backend.set('web', up(7));
  served.backend.announce('service-up', { service: 'web', pid: 7 });
  await until(() => watching.lines().length === 2);
  served.backend.set('web', { uptime: 3 });
  served.backend.announce('members-changed');
  served.backend.set('db', { state: 'failed', why: 'exit 125 after 2.0 s' });
  served.backend.announce('service-failed', { service: 'db' });
  await until(() => watching.lines().length === 3);
  for (const line of watching.lines()) expect(documentFaults('status', line)).toEqual([]);
  const states = watching.lines().map((line) => (JSON.parse(line) as { services: { state: string }[] }).services.map(({ state }) => state));
  expect(states).toEqual([['down', 'down'], ['down', 'up'], ['failed', 'up']]);
  watching.kill();
  expect(await watching.ended).toBe(null);
});

test('a hundred events at once are looked at as few', async () => {
  const served = await serve(['web']);
  const watching = watch(served, 'status', 'web', '--watch', '--json');
  await until(() => served.backend.listening() === 1 && watching.lines().length === 1);
  for (let restarts = 1; restarts <= 100; restarts++) {
    served.backend.set('web', { restarts });
    served.backend.announce('service-exited', { service: 'web' });
  }
  await until(() => watching.lines().at(-1)!.includes('"restarts":100'));
  expect(watching.lines().length).toBeLessThan(5);
});

test('members, health, tree, why: each is shown again, for people with an empty line after it', async () => {
  const served = await serve(['web']);
  served.backend.set('web', { wanted: 'up' });
  const members = watch(served, 'members', '--watch', '--json');
  const health = watch(served, 'health', '--watch');
  const tree = watch(served, 'tree', '--watch');
  const why = watch(served, 'why', 'web', '--watch');
  const all = [members, health, tree, why];
  await until(() => served.backend.listening() === 4 && all.every(({ text }) => text() !== ''));
  served.backend.set('web', up(7));
  served.backend.known.push({ name: 's1', address: '10.0.0.1', role: '', tags: {}, status: 'alive', at: '2026-11-28T10:00:00.000Z' });
  served.backend.announce('service-up', { service: 'web', pid: 7 });
  await until(() => members.lines().length === 2 && [health, tree, why].every(({ lines }) => lines().length === 4));
  expect(health.lines()).toEqual(['not ready: web is down (not started)', '', 'ready: 1 service', '']);
  expect(tree.lines()).toEqual(['web  down', '', 'web  up', '']);
  expect(why.lines()[2]).toBe('web is up: .');
  for (const line of members.lines()) expect(documentFaults('members', line)).toEqual([]);
  served.backend.announce('shutdown-started');
  await served.server.close();
  expect(await Promise.all(all.map(({ ended }) => ended))).toEqual([0, 0, 0, 0]);
});

test('what is named and not there is told at once; a reader that goes is the end', async () => {
  const served = await serve(['web']);
  expect(await svc(['status', 'wbe', '--watch'], at(served))).toMatchObject({ code: 4, stderr: 'svc: no service named "wbe"; did you mean "web"?\n' });
  const child = start(['status', '--watch', '--json'], at(served));
  await until(() => served.backend.listening() === 1);
  child.stdout!.destroy();
  const ended = new Promise((resolve) => child.once('exit', resolve));
  served.backend.set('web', up(7));
  served.backend.announce('service-up', { service: 'web', pid: 7 });
  expect(await ended).toBe(0);
  const following = start(['events', '-f'], at(served));
  await until(() => served.backend.listening() === 1);
  following.stdout!.destroy();
  const over = new Promise((resolve) => following.once('exit', resolve));
  served.backend.announce('members-changed');
  expect(await over).toBe(0);
});

test('a supervisor that replaces itself is followed', async () => {
  const machine = await supervise({ 'web/run!': '#!/bin/sh\nexec sleep 1000\n' });
  const child = start(['--dir', machine.services, 'status', '--watch', '--json'], {}, 'pipe');
  let text = '';
  child.stdout!.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const last = (): string => text.split('\n').slice(0, -1).at(-1) ?? '';
  await until(() => last().includes('"state":"up"'));
  expect((await machine.svc('reexec')).code).toBe(0);
  expect((await machine.svc('stop', 'web')).code).toBe(0);
  await until(() => last().includes('"state":"down"'));
  const ended = new Promise((resolve) => child.once('close', resolve));
  await machine.svc('shutdown');
  expect(await ended).toBe(0);
});

test('on a terminal it is drawn in place, fits, and Ctrl-C leaves the terminal as it was', async () => {
  const sleeps = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`s${String(index + 10)}/run!`, '#!/bin/sh\nexec sleep 1000\n']));
  const machine = await supervise({ ...sleeps, 'a/run!': '#!/bin/sh\nexec sleep 1000\n', 'a/down': '' });
  await machine.svc('wait', 's*', '--for', 'up');
  const window = await openWindow(80, 20);
  const before = await stateOf(window);
  await window.line(`clear; ${svcLine(machine.services, 'status', '--watch')}`);
  const first = await window.sees(/^a +down/);
  expect(first.filter((line) => line.startsWith('NAME'))).toHaveLength(1);
  expect(first.find((line) => line.includes('more'))).toBe('… 14 more; name some of them, or scroll: svc top');
  await machine.svc('start', 'a');
  const second = await window.sees(/^a +up/);
  expect(second.filter((line) => line.startsWith('NAME'))).toHaveLength(1);
  await window.resize(60, 12);
  const third = await window.sees(/^… 22 more/);
  expect(third.filter((line) => line.startsWith('NAME'))).toHaveLength(1);
  await window.press('C-c');
  await window.resize(80, 20);
  expect(await stateOf(window)).toBe(before);
});

test('frames: back to the first line, each erased before it is written; all of it where the size has changed', () => {
  expect(frame(['a', 'b'], 0, false)).toBe('\x1b[?7l\r\x1b[Ka\n\x1b[Kb\n\x1b[J\x1b[?7h');
  expect(frame(['a'], 2, false)).toBe('\x1b[?7l\r\x1b[2A\x1b[Ka\n\x1b[J\x1b[?7h');
  expect(frame([], 2, true)).toBe('\x1b[?7l\x1b[H\x1b[2J\x1b[J\x1b[?7h');
  const ten = Array.from({ length: 10 }, (_, index) => String(index));
  expect(fitted(ten, 11)).toEqual(ten);
  expect(fitted(ten, 10)).toHaveLength(9);
  expect(fitted(ten, 1)).toHaveLength(1);
});
