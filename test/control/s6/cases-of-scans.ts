import { existsSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { alive, lines, until, write } from '../../help/machine.ts';
import { SLEEPER, client, got, pidOf, subscribe, supervised, svc, up, type Case, type World } from './clients.ts';

const control = async (world: World, ...letters: string[]): Promise<number> => (await client(world, 's6-svscanctl', ...letters, '.')).code;
const move = ({ directory }: World, from: string, to: string): void => renameSync(path.join(directory, from), path.join(directory, to));
const noted = ({ directory }: World): string[] => lines(path.join(directory, 'noted'));

/** What s6 does with its scan directory (spec/s6-compat 3). Numbers such as A51: spec/s6-compat, "checks". */
export const SCANS: readonly Case[] = [
  ['A51: -x ends the supervision with the life, until the scanner takes it on again', { 's/run!': SLEEPER }, async (world) => {
    await up(world);
    const pid = await pidOf(world);
    const heard = await subscribe(world);
    expect(await svc(world, '-x', 's')).toBe(0);
    expect(await svc(world, '-t', 's')).toBe(0);
    await until(async () => !(await supervised(world)));
    expect(alive(pid)).toBe(false);
    expect(heard()).toBe('dDx');
    await until(() => supervised(world));
    await up(world);
    // The event comes after the status file says so.
    await until(() => heard().length >= 'dDxsu'.length);
    expect(heard()).toBe('dDxsu');
  }],
  ['A51: -x of what is down', { 's/run!': SLEEPER, 's/down': '' }, async (world) => {
    expect(await svc(world, '-x', 's')).toBe(0);
    await until(async () => !(await supervised(world)));
    await until(() => supervised(world));
  }],
  ['A55, A56: what is a service', { 's/run!': SLEEPER, '.t/run!': SLEEPER, 'u': 'a file\n', 'v@': '.t' }, async (world) => {
    await up(world);
    await up(world, 'v');
    expect([await supervised(world), existsSync(path.join(world.directory, 's/supervise')), await supervised(world, '.t')]).toEqual([true, true, true]);
  }],
  ['A58, A59: what has gone goes on after -a, and is stopped by -n', { 's/run!': SLEEPER, 't/run!': SLEEPER }, async (world) => {
    await up(world, 't');
    move(world, 't', '.t');
    write(world.directory, { 'u/run!': SLEEPER });
    expect(await control(world, '-a')).toBe(0);
    await until(() => supervised(world, 'u'));
    await up(world, '.t');
    expect(await control(world, '-n')).toBe(0);
    await until(async () => !(await supervised(world, '.t')));
    expect(await supervised(world)).toBe(true);
  }],
  ['A60: SIGHUP: what has gone is stopped', { 's/run!': SLEEPER, 't/run!': SLEEPER }, async (world) => {
    await up(world, 't');
    move(world, 't', '.t');
    world.signal('SIGHUP');
    await until(async () => !(await supervised(world, '.t')));
    await up(world);
  }],
  ['A61: finish is executed in the same process, without arguments, and its exit code is the last word', {
    's/run!': SLEEPER, '.s6-svscan/finish!': '#!/bin/sh\necho "$$ $# $PWD" >noted\nexit 42\n',
  }, async (world) => {
    await up(world);
    const pid = await pidOf(world);
    expect(await control(world, '-t')).toBe(0);
    expect([await world.ended, alive(pid)]).toEqual([42, false]);
    expect(noted(world)).toEqual([`${world.pid} 0 ${world.directory}`]);
  }],
  ['A61: -b: finish is executed at once, and what runs runs on', { 's/run!': SLEEPER, '.s6-svscan/finish!': '#!/bin/sh\nexit 43\n' }, async (world) => {
    await up(world);
    const pid = await pidOf(world);
    const parent = Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))![1]);
    expect(await control(world, '-b')).toBe(0);
    await until(() => !alive(world.pid));
    expect(alive(pid)).toBe(true);
    if (parent !== world.pid) process.kill(parent, 'SIGKILL');
    process.kill(pid, 'SIGKILL');
    // The end of its output is the end of whoever shares it.
    expect(await world.ended).toBe(43);
  }],
  ['A62: without finish, SIGTERM, -i and -q: exit code 0', { 's/run!': SLEEPER }, async (world) => {
    await up(world);
    world.signal('SIGTERM');
    expect(await world.ended).toBe(0);
  }],
  ['A64, A65: programs for signals', {
    's/run!': SLEEPER, '.s6-svscan/SIGUSR1!': '#!/bin/sh\necho "USR1 $# $PWD" >>noted\n', '.s6-svscan/SIGTERM!': '#!/bin/sh\necho TERM >>noted\n',
  }, async (world) => {
    await up(world);
    const pid = await pidOf(world);
    world.signal('SIGUSR1');
    await until(() => noted(world).length === 1);
    world.signal('SIGTERM');
    await until(() => noted(world).length === 2);
    expect(noted(world)).toEqual([`USR1 0 ${world.directory}`, 'TERM']);
    expect([alive(pid), await pidOf(world) === pid]).toEqual([true, true]);
    expect(await control(world, '-t')).toBe(0);
    expect(await world.ended).toBe(0);
  }],
  ['a program for a signal that is not executable is none', { 's/run!': SLEEPER, '.s6-svscan/SIGTERM': '#!/bin/sh\necho TERM >>noted\n' }, async (world) => {
    await up(world);
    world.signal('SIGTERM');
    expect(await world.ended).toBe(0);
    expect(noted(world)).toEqual([]);
  }],
  ['A66: an orphan leaves no zombie', { 's/run!': '#!/bin/sh\n( (exec sleep 0.2) & echo $! >>got )\nexec sleep 1000\n' }, async (world) => {
    await up(world);
    const orphan = Number(await until(() => got(world)[0]));
    await until(() => !existsSync(`/proc/${orphan}`));
  }],
  ['s6-svlink, s6-svunlink', { 's/run!': SLEEPER, '.away/t/run!': SLEEPER }, async (world) => {
    await up(world);
    expect((await client(world, 's6-svlink', '-t', '20000', '.', '.away/t')).code).toBe(0);
    await up(world, 't');
    expect((await client(world, 's6-svunlink', '-t', '20000', '.', 't')).code).toBe(0);
    expect([existsSync(path.join(world.directory, 't')), await supervised(world, '.away/t'), await supervised(world)]).toEqual([false, false, true]);
  }],
  ['A69: what a service is given', { 's/run!': SLEEPER }, async (world) => {
    await up(world);
    const pid = await pidOf(world);
    // A shell that starts programs blocks signals now and then.
    await until(() => readFileSync(`/proc/${pid}/comm`, 'latin1') === 'sleep\n');
    const seen = readFileSync(`/proc/${pid}/status`, 'latin1');
    const mask = (name: string): bigint => BigInt(`0x${new RegExp(`^${name}:\\s+(\\w+)$`, 'm').exec(seen)![1]}`);
    expect([mask('SigBlk'), mask('SigIgn') & (1n << 12n)]).toEqual([0n, 0n]);
    const [, , , group, session] = readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/^.*\) /, ') ').split(' ');
    expect([Number(group), Number(session)]).toEqual([pid, pid]);
  }],
];
