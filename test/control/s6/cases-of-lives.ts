import { closeSync, constants, existsSync, lstatSync, openSync, readdirSync, renameSync, writeSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { alive, run, until, write } from '../../help/machine.ts';
import {
  CLOSES, READY, SLEEPER, client, field, flags, got, mode, pidOf, stat, status, subscribe, supervised, svc, tally, up, type Case,
} from './clients.ts';

/** What s6 tells of lives and deaths, as its clients see it. Numbers such as A01: spec/s6-compat, "checks". */
export const LIVES: readonly Case[] = [
  ['A26, A27: what finish is told', {
    's/run!': SLEEPER, 's/finish!': '#!/bin/sh\necho "$1 $2 $3" >>got\n',
    'e/run!': '#!/bin/sh\nexit 42\n', 'e/finish!': '#!/bin/sh\necho "$1 $2 $3" >>got\n',
  }, async (world) => {
    await up(world);
    await svc(world, '-Ok', 's');
    await until(() => got(world).length > 0 && got(world, 'e').length > 0);
    expect([got(world)[0], got(world, 'e')[0]]).toEqual(['256 9 s', '42 0 e']);
  }],
  ['A28, A29: permanent failure', { 's/run!': SLEEPER, 's/finish!': '#!/bin/sh\nexit 125\n', 's/notification-fd': '3' }, async (world) => {
    await up(world);
    const heard = await subscribe(world);
    const waiting = client(world, 's6-svwait', '-t', '20000', '-U', 's');
    await until(() => readdirSync(path.join(world.directory, 's/event')).filter((name) => name.startsWith('ftrig1:')).length === 2);
    await svc(world, '-t', 's');
    await until(() => heard() === 'dOD');
    expect([flags(world), (await waiting).code]).toEqual([8, 1]);
    expect(await svc(world, '-wu', '-T', '20000', '-u', 's')).toBe(0);
  }],
  ['A31, A32: finish', { 's/run!': SLEEPER, 's/finish!': '#!/bin/sh\nexec sleep 1000\n', 's/timeout-finish': '700' }, async (world) => {
    await up(world);
    await svc(world, '-t', 's');
    await until(() => flags(world) === 6);
    expect(alive(Number(status(world).readBigUInt64BE(24)))).toBe(true);
    expect(await stat(world)).toMatch(/^down/);
    expect(await svc(world, '-wD', '-T', '20000', '-d', 's')).toBe(0);
  }],
  ['A37: readiness', { 's/run!': READY, 's/notification-fd': '3' }, async (world) => {
    // s6-supervise writes the status after it has started the process.
    await until(() => got(world).includes('started') && flags(world) === 4);
    expect(await svc(world, '-wU', '-T', '50', '-u', 's')).toBe(99);
    const heard = await subscribe(world);
    write(world.directory, { 's/go': '' });
    await until(() => heard() === 'U');
    expect(flags(world)).toBe(12);
    expect(await stat(world)).toMatch(/ready \d+ seconds$/);
    expect((await client(world, 's6-svwait', '-t', '20000', '-U', 's')).code).toBe(0);
  }],
  ['A38: what is written after the newline finds nobody', {
    's/run!': '#!/bin/sh\ntrap "" PIPE\necho >&3\nuntil test -e go; do sleep 0.02; done\necho >&3 2>/dev/null || echo refused >>got\nexec sleep 1000\n',
    's/notification-fd': '3',
  }, async (world) => {
    await until(() => flags(world) === 12 && status(world).readBigUInt64BE(24) !== 0n);
    write(world.directory, { 's/go': '' });
    await until(() => got(world).includes('refused'));
    await up(world);
  }],
  ['A39: the descriptor closed without a newline', { 's/run!': CLOSES, 's/notification-fd': '3' }, async (world) => {
    await until(() => got(world).includes('started'));
    await up(world);
    expect(flags(world)).toBe(4);
  }],
  ['A40, svwait: no notification-fd', { 's/run!': SLEEPER, 't/run!': SLEEPER }, async (world) => {
    await up(world);
    const ran = await client(world, 's6-svc', '-wU', '-T', '20000', '-u', 's');
    expect([ran.code, ran.stderr === '']).toEqual([0, false]);
    expect((await client(world, 's6-svwait', '-t', '20000', '-u', 's', 't')).code).toBe(0);
    expect((await client(world, 's6-svwait', '-t', '50', '-d', 's', 't')).code).toBe(99);
    const either = client(world, 's6-svwait', '-o', '-t', '20000', '-D', 's', 't');
    await svc(world, '-d', 't');
    expect((await either).code).toBe(0);
  }],
  ['A42: -wD waits for finish', { 's/run!': SLEEPER, 's/finish!': '#!/bin/sh\nsleep 0.2\necho over >>got\n' }, async (world) => {
    await up(world);
    expect(await svc(world, '-wD', '-T', '20000', '-d', 's')).toBe(0);
    expect(got(world)).toEqual(['over']);
  }],
  ['A44, A45: subscribers', { 's/run!': SLEEPER }, async (world) => {
    await up(world);
    const event = path.join(world.directory, 's/event');
    const stale = [`ftrig1:@${'1'.repeat(24)}:abcdef`, `.ftrig1:@${'1'.repeat(24)}:abcdef`, 'other'];
    for (const name of stale) expect((await run('mkfifo', [path.join(event, name)])).code).toBe(0);
    const heard = await subscribe(world);
    await svc(world, '-k', 's');
    await until(() => heard() === 'dDu');
    expect(stale.map((name) => lstatSync(path.join(event, name), { throwIfNoEntry: false }) !== undefined)).toEqual([false, true, true]);
  }],
  ['A46: a full subscriber', { 's/run!': SLEEPER }, async (world) => {
    await up(world);
    const fifo = path.join(world.directory, 's/event', `ftrig1:@${'2'.repeat(24)}:abcdef`);
    // Under another name until somebody reads it: an event of the start could still come, and take it away.
    const hidden = fifo.replace('/ftrig1', '/.ftrig1');
    expect((await run('mkfifo', [hidden])).code).toBe(0);
    const full = openSync(hidden, constants.O_RDWR | constants.O_NONBLOCK);
    renameSync(hidden, fifo);
    onTestFinished(() => closeSync(full));
    // 16 pages: what a pipe holds (pipe(7)).
    expect(writeSync(full, Buffer.alloc(65536))).toBe(65536);
    expect(await svc(world, '-wD', '-T', '20000', '-d', 's')).toBe(0);
    expect(existsSync(fifo)).toBe(true);
  }],
  ['A47: an event directory is taken as it is', { 's/run!': SLEEPER, 's/event/other': '' }, async (world) => {
    await up(world);
    // What mkdir(2) gave it under this umask.
    expect(mode(world, 's/event')).toBe(mode(world, '.'));
    expect(await svc(world, '-wD', '-T', '20000', '-d', 's')).toBe(0);
  }],
  ['A48, A49: the death tally', { 's/run!': '#!/bin/sh\nexit 3\n', 't/run!': '#!/bin/sh\nexit 3\n', 't/max-death-tally': '3' }, async (world) => {
    const size = (name: string): number => tally(world, name);
    // `u` in the throttle starts at once (A36), so that five deaths do not take five seconds.
    for (const name of ['s', 't']) {
      for (let deaths = 1; deaths < 5; deaths++) {
        await until(() => size(name) >= 14 * Math.min(deaths, name === 't' ? 3 : 5));
        await svc(world, '-u', name);
      }
      // Not `d`, whose TERM could be a death of its own.
      await svc(world, '-O', name);
      await until(() => status(world, name)[34] === 8);
    }
    expect(size('t')).toBe(42);
    const told = (await client(world, 's6-svdt', 's')).stdout.split('\n').slice(0, -1);
    expect(told.length).toBe(size('s') / 14);
    expect(told).toEqual([...told].sort());
    expect(told.every((line) => /^@[0-9a-f]{24} exitcode 3$/.test(line))).toBe(true);
    expect((await client(world, 's6-svdt-clear', 't')).code).toBe(0);
    expect(size('t')).toBe(0);
  }],
  ['A50: no run', { 's/data/x': '', 't/run!': SLEEPER }, async (world) => {
    await up(world, 't');
    expect(await field(world, 'up,wantedup')).toBe('false true');
    expect(tally(world, 's')).toBe(0);
    write(world.directory, { 's/run!': SLEEPER });
    expect(await svc(world, '-wu', '-T', '20000', '-u', 's')).toBe(0);
  }],
  ['A57, A60: svscanctl -a, -h', { 's/run!': SLEEPER }, async (world) => {
    await up(world);
    write(world.directory, { 't/run!': SLEEPER });
    expect((await client(world, 's6-svscanctl', '-a', '.')).code).toBe(0);
    await until(() => supervised(world, 't'));
    await up(world, 't');
    const away = path.join(world.directory, '.t');
    renameSync(path.join(world.directory, 't'), away);
    expect((await client(world, 's6-svscanctl', '-h', '.')).code).toBe(0);
    await until(async () => !(await supervised(world, '.t')));
  }],
  ['A62, A67: svscanctl -t, and one supervisor at a time', { 's/run!': SLEEPER }, async (world) => {
    await up(world);
    const pid = await pidOf(world);
    const heard = await subscribe(world);
    expect((await client(world, 's6-svscan', '.')).code).toBe(100);
    expect((await client(world, 's6-supervise', 's')).code).toBe(100);
    expect((await client(world, 's6-svscanctl', '-t', '.')).code).toBe(0);
    expect(await world.ended).toBe(0);
    expect([alive(pid), await supervised(world), heard()]).toEqual([false, false, 'dDx']);
  }],
];
