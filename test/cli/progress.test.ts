/** While an action waits: on a terminal what for, elsewhere nothing. */
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { progressLine } from '../../src/cli/progress.ts';
import { waitingFor } from '../../src/cli/sentences.ts';
import { up } from '../control/fake-backend.ts';
import { serve, until, type Served } from '../control/serve.ts';
import { openWindow, stateOf, svcLine } from '../help/tmux.ts';
import { start } from './svc.ts';

const line = ({ socket }: Served, ...words: string[]): string => svcLine(path.dirname(socket), ...words);
const SPINS = /^[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] \d+ s, waiting for /;

test('a line with what is waited for and what was heard of it, which goes away', async () => {
  const served = await serve(['db', 'web']);
  const window = await openWindow(80, 20);
  const before = await stateOf(window);
  await window.line(`clear; ${line(served, 'start', 'web', 'db')}`);
  const first = await window.sees(/web \(down\)/);
  expect(first.some((each) => SPINS.test(each))).toBe(true);
  // The line is there before the stream of events is: what comes between them is not heard.
  const again = setInterval(() => served.backend.announce('service-starting', { service: 'db' }), 50);
  onTestFinished(() => clearInterval(again));
  await window.sees(/db \(starting\)/);
  clearInterval(again);
  served.backend.set('db', up(7));
  const second = await window.seesNot(/db \(/);
  expect(second.find((each) => SPINS.test(each))).toMatch(/waiting for web \(down\)$/);
  served.backend.set('web', up(8));
  const last = await window.sees(/^web is up, pid 8$/);
  expect(last.some((each) => SPINS.test(each))).toBe(false);
  expect(last.filter((each) => each !== '' && !each.startsWith('$'))).toEqual(['db is up, pid 7', 'web is up, pid 8']);
  expect(await stateOf(window)).toBe(before);
});

test('with what is waited for until Ctrl-C, in the width of the terminal, and in ASCII where it has no more', async () => {
  const names = Array.from({ length: 9 }, (_, index) => `a-service-with-a-long-name-${index}`);
  const served = await serve(names);
  const window = await openWindow(60, 20, { LANG: 'C' });
  await window.line(`clear; ${line(served, 'wait', '*')}`);
  const seen = await window.sees(/^[|/\\-] \d+ s, waiting for a-service-with-a-long-name-0 \(down\)/);
  expect(seen.find((each) => / s, waiting/.test(each))).toMatch(/~$/);
  expect(seen.filter((each) => /long-name/.test(each) && !each.startsWith('$'))).toHaveLength(1);
  await window.press('C-c');
  await window.line('echo ended');
  await window.sees(/^ended$/);
});

test('a terminal that cannot take a line back is told once; NO_COLOR is minded, nothing is coloured', async () => {
  const served = await serve(['web']);
  const window = await openWindow(80, 20);
  await window.line(`clear; TERM=dumb ${line(served, 'wait', 'web', '--timeout', '1s')}`);
  await window.sees(/web is still down/);
  expect((await window.screen()).filter((each) => each.includes('waiting for'))).toEqual(['svc: waiting for web (down)']);
  await window.line(`clear; NO_COLOR=1 ${line(served, 'wait', 'web')}`);
  await window.sees(SPINS);
  const colours = await window.screen(true);
  expect(colours.find((each) => / s, waiting/.test(each))).not.toContain('\x1b');
  served.backend.set('web', { ...up(7), state: 'ready' });
  await window.seesNot(SPINS);
});

test('nothing into a pipe, and nothing with --json', async () => {
  const served = await serve(['web']);
  const child = start(['wait', 'web'], { environment: { N6_DIR: path.dirname(served.socket) } });
  let text = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const ended = new Promise((resolve) => child.once('close', resolve));
  await until(() => served.backend.waiting() === 1);
  const window = await openWindow(80, 20);
  await window.line(`clear; ${line(served, 'wait', 'web', '--json')} >/dev/null`);
  await until(() => served.backend.waiting() === 2);
  // By now a spinner would have been there for long.
  const other = start(['wait', 'web', '--timeout', '2s'], { environment: { N6_DIR: path.dirname(served.socket) } });
  await new Promise((resolve) => other.once('close', resolve));
  expect((await window.screen()).some((each) => each.includes('waiting'))).toBe(false);
  served.backend.set('web', { ...up(7), state: 'ready' });
  expect(await ended).toBe(0);
  expect(text).toBe('');
  await window.sees(/^\$$/);
});

test('the line: cut to the width, three names, and a count', () => {
  expect(progressLine('waiting', 1, false, 80)).toBe('\r\x1b[K/ waiting');
  expect(progressLine('waiting for ever', 0, true, 10)).toBe('\r\x1b[K⠋ waitin…');
  const waiting = new Map([['a', 'up'], ['b', ''], ['c\x1b', 'down'], ['d', 'up'], ['e', 'up']]);
  expect(waitingFor(waiting)).toBe(String.raw`waiting for a (up), b, c\u001b (down), 2 more`);
});
