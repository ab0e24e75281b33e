import { spawn as spawnByLibuv, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { nameOfSignal } from '../../src/core/signals.ts';
import { exitOf } from '../../src/kernel/wait.ts';
import * as ours from './kernel.ts';
import { happened, kernel, pipe, request, seen, spawn, start, told } from './kernel.ts';

/** What cannot end a process by default: CHLD, CONT, URG and WINCH are ignored, STOP, TSTP, TTIN and TTOU stop it. */
const HARMLESS = new Set([17, 18, 23, 28, 19, 20, 21, 22]);
/** glibc's own. */
const PRIVATE = new Set([32, 33]);
const deadly = Array.from({ length: 64 }, (_, index) => index + 1).filter((number) => !HARMLESS.has(number) && !PRIVATE.has(number));

test('every signal that ends a process is told by name and number', async () => {
  const exits = await Promise.all(deadly.map(async (number) => ours.exitOf(await start('./kernel-kills-itself', [String(number)]))));
  expect(exits).toEqual(deadly.map((number) => ({ signal: nameOfSignal(number), number, dumped: false })));
});

test('every signal that we send arrives', async () => {
  const exits = await Promise.all(deadly.map(async (number) => {
    const pid = await start('./kernel-waits');
    expect(kernel.signal(-pid, nameOfSignal(number)!)).toBe(true);
    return ours.exitOf(pid);
  }));
  expect(exits.map((exit) => ('number' in exit ? exit.number : exit))).toEqual(deadly);
});

test('a core dump is told', () => {
  expect(exitOf(1, 255)).toEqual({ code: 255 });
  expect(exitOf(2, 9)).toEqual({ signal: 'SIGKILL', number: 9, dumped: false });
  expect(exitOf(3, 6)).toEqual({ signal: 'SIGABRT', number: 6, dumped: true });
  expect(exitOf(2, 33)).toEqual({ signal: 'SIG33', number: 33, dumped: false });
});

test('children of libuv and ours, in bursts of both, lose no exit', async () => {
  const before = told.length;
  const libuvs: Promise<number | undefined>[] = [];
  const pids: Promise<number>[] = [];
  for (let count = 0; count < 100; count++) {
    pids.push(start('./kernel-exits-with', [String(count)]));
    if (count % 2 === 0) {
      const child = execa('/bin/sh', ['-c', `exit ${count}`], { reject: false, stdin: 'ignore' });
      kernel.leaveToLibuv(child.pid!);
      libuvs.push(child.then(({ exitCode }) => exitCode));
    } else {
      const child = spawnByLibuv('/bin/sh', ['-c', `exit ${count}`], { stdio: 'ignore' });
      kernel.leaveToLibuv(child.pid!);
      libuvs.push(exitCodeOf(child));
    }
  }
  const codes = Array.from({ length: 100 }, (_, count) => count);
  expect(await Promise.all(libuvs)).toEqual(codes);
  expect(await Promise.all(pids.map(async (pid) => ours.exitOf(await pid)))).toEqual(codes.map((code) => ({ code })));
  expect(told.slice(before).filter((entry) => 'orphan' in entry || 'failed' in entry)).toEqual([]);
});

test('an orphan comes to us, is reaped, and told with its exit', async () => {
  const before = told.length;
  const life = kernel.pipe();
  const { write, content } = pipe();
  const parent = await start('./kernel-leaves-an-orphan', [], { stdio: [life.read, write, 'null'] });
  kernel.close(write);
  kernel.close(life.read);
  const orphan = Number(await content);
  expect(await ours.exitOf(parent)).toEqual({ code: 0 });
  expect(kernel.descendants().map(({ pid }) => pid)).toEqual([orphan]);
  expect(kernel.childless()).toBe(false);
  kernel.close(life.write);
  await happened(() => told.slice(before).some((entry) => 'orphan' in entry && entry.orphan === orphan));
  // Its last word is a read(1p) that found the end.
  expect(told.slice(before)).toContainEqual({ orphan, exit: { code: 1 } });
  await happened(() => told.slice(before).some((entry) => 'childless' in entry));
  expect(kernel.childless()).toBe(true);
});

test('2,000 orphans leave nobody behind, and services start and end among them', async () => {
  const before = told.length;
  const bursts = await Promise.all(Array.from({ length: 10 }, () => start('./kernel-burst-of-orphans', ['200'])));
  const others = await Promise.all(Array.from({ length: 50 }, () => start('./kernel-exits-with', ['9'])));
  expect(await Promise.all(others.map(ours.exitOf))).toEqual(others.map(() => ({ code: 9 })));
  await Promise.all(bursts.map(ours.exitOf));
  const orphans = (): number => told.slice(before).filter((entry) => 'orphan' in entry).length;
  await happened(() => kernel.childless() && told.slice(before).some((entry) => 'childless' in entry));
  expect(orphans()).toBe(2000);
  expect(told.slice(before).filter((entry) => 'failed' in entry)).toEqual([]);
});

test('childless is told after the last exit, once, not while anything is being started, and for a child of libuv, too', async () => {
  const before = told.length;
  const starts = Array.from({ length: 20 }, () => start('/bin/true'));
  expect(kernel.childless()).toBe(false);
  await Promise.all(starts.map(async (pid) => ours.exitOf(await pid)));
  await happened(() => 'childless' in told.at(-1)!);
  // One more death, of which we hear twice, tells what it has to tell.
  const child = spawnByLibuv('/bin/true', { stdio: 'ignore' });
  kernel.leaveToLibuv(child.pid!);
  expect(told.slice(before).filter((entry) => 'childless' in entry)).toHaveLength(1);
  await happened(() => told.slice(before).filter((entry) => 'childless' in entry).length === 2);
});

test('a start that fails leaves no exit, no orphan, and childless is told', async () => {
  const before = told.length;
  await Promise.all(Array.from({ length: 50 }, () => spawn(request('./nobody'))));
  await happened(() => told.slice(before).some((entry) => 'childless' in entry));
  expect(told.slice(before).filter((entry) => !('childless' in entry))).toEqual([]);
});

test('whom libuv does not take is not waited for: ours are told all the same', async () => {
  const { write, content } = pipe();
  const life = kernel.pipe();
  await start('./kernel-leaves-an-orphan', [], { stdio: [life.read, write, 'null'] });
  kernel.close(write);
  kernel.close(life.read);
  const orphan = Number(await content);
  kernel.leaveToLibuv(orphan);
  const pids = await Promise.all(Array.from({ length: 5 }, () => start('./kernel-waits')));
  kernel.close(life.write);
  await seen(() => readFileSync(`/proc/${orphan}/stat`, 'utf8').includes(') Z '));
  for (const pid of pids) {
    kernel.signal(-pid, 'SIGTERM');
    expect(await ours.exitOf(pid)).toEqual({ signal: 'SIGTERM', number: 15, dumped: false });
  }
  // Nobody will ever take it, so this one stays a zombie until this process ends.
  expect(readFileSync(`/proc/${orphan}/stat`, 'utf8')).toContain(') Z ');
});

const exitCodeOf = (child: ChildProcess): Promise<number | undefined> => new Promise((resolve) => child.once('exit', (code) => resolve(code ?? undefined)));
