import { closeSync, constants, existsSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { until } from '../../help/machine.ts';
import {
  SLEEPER, client, down, field, flags, got, mode, pidOf, stat, status, supervised, svc, teller, up, type Case,
} from './clients.ts';

/** What s6 does with the letters of s6-svc(8), as its clients see it. Numbers such as A01: spec/s6-compat, "checks". */
export const COMMANDS: readonly Case[] = [
  ['A01 to A06: lock, modes, status', { 's/run!': SLEEPER }, async (world) => {
    await up(world);
    expect(await supervised(world)).toBe(true);
    const { ino } = statSync(path.join(world.directory, 's/supervise/lock'));
    expect(readFileSync('/proc/locks', 'latin1')).toMatch(new RegExp(`POSIX +ADVISORY +WRITE \\d+ \\S+:${ino} 0 EOF`));
    expect(['s/supervise', 's/supervise/control', 's/supervise/lock', 's/supervise/status', 's/event'].map((file) => mode(world, file)))
      .toEqual(['700', '600', '644', '644', '3730']);
    const bytes = status(world);
    expect(bytes.length).toBe(35);
    const seconds = Number(bytes.readBigUInt64BE(0) - 2n ** 62n) - 37;
    expect(Math.abs(seconds - statSync(path.join(world.directory, 's/supervise/status')).mtimeMs / 1000)).toBeLessThan(2);
    expect([Number(bytes.readBigUInt64BE(24)), bytes[34]]).toEqual([await pidOf(world), 4]);
    expect(await stat(world)).toMatch(/^up \(pid \d+\) \d+ seconds$/);
  }],
  ['A07, A08: a down file', { 's/run!': SLEEPER, 's/down': '' }, async (world) => {
    await down(world);
    expect([8, 9]).toContain(flags(world));
    expect(await stat(world)).not.toContain('normally up');
    expect(await svc(world, '-u', 's')).toBe(0);
    await up(world);
    expect(await stat(world)).toContain(', normally down');
  }],
  ['A09, svstat -o: down by its signal', { 's/run!': SLEEPER }, async (world) => {
    await up(world);
    expect(await svc(world, '-wD', '-T', '20000', '-d', 's')).toBe(0);
    expect([status(world).readUInt16BE(32), flags(world)]).toEqual([15, 8]);
    expect(await stat(world)).toMatch(/^down \(signal SIGTERM\) \d+ seconds, normally up, ready \d+ seconds$/);
    expect(await field(world, 'up,wantedup,normallyup,ready,paused,pid,exitcode,signal,signum')).toBe('false false true false false -1 -1 SIGTERM 15');
    const [since, ready, ...spans] = (await field(world, 'updownsince,readysince,updownfor,readyfor')).split(' ');
    expect([since, ready].join(' ')).toMatch(/^@4[0-9a-f]{23} @4[0-9a-f]{23}$/);
    expect(spans.every((span) => Number(span) < 60)).toBe(true);
  }],
  ['A09: the stop signal, then CONT', { 's/run!': teller('TERM CONT'), 's/timeout-kill': '700' }, async (world) => {
    await until(() => got(world).includes('started'));
    await svc(world, '-d', 's');
    await until(() => got(world).length === 3);
    expect(got(world)).toEqual(['started', 'TERM', 'CONT']);
  }],
  ['A10: a stopped process', { 's/run!': SLEEPER }, async (world) => {
    await up(world);
    process.kill(await pidOf(world), 'SIGSTOP');
    expect(await svc(world, '-wd', '-T', '20000', '-d', 's')).toBe(0);
  }],
  ['A11: down-signal', Object.fromEntries([['a', 'SIGINT\n'], ['b', 'usr1'], ['c', '10'], ['d', 'BOGUS']].flatMap(([name, content]) =>
    [[`${name}/run!`, teller('INT USR1 TERM')], [`${name}/down-signal`, content!], [`${name}/timeout-kill`, '900']])), async (world) => {
    for (const [name, expected] of [['a', 'INT'], ['b', 'USR1'], ['c', 'USR1'], ['d', 'TERM']] as const) {
      await until(() => got(world, name).includes('started'));
      await svc(world, '-d', name);
      await until(() => got(world, name).length === 2);
      expect(got(world, name)[1]).toBe(expected);
    }
  }],
  ['A12, A13, A43: -r', { 's/run!': SLEEPER }, async (world) => {
    await up(world);
    const before = await pidOf(world);
    expect(await svc(world, '-wr', '-T', '20000', '-r', 's')).toBe(0);
    expect(await pidOf(world)).not.toBe(before);
    expect(await field(world, 'up,wantedup')).toBe('true true');
    expect(await svc(world, '-wD', '-d', 's')).toBe(0);
    expect([await svc(world, '-r', 's'), await svc(world, '-t', 's'), await field(world, 'up,wantedup')]).toEqual([0, 0, 'false false']);
  }],
  ['-wR: down, then up and ready', { 's/run!': '#!/bin/sh\necho >&3\nexec sleep 1000\n', 's/notification-fd': '3' }, async (world) => {
    await until(() => flags(world) === 12);
    expect(await svc(world, '-wR', '-T', '20000', '-r', 's')).toBe(0);
    expect(await field(world, 'up,ready')).toBe('true true');
  }],
  ['A14: -p, -c', { 's/run!': SLEEPER }, async (world) => {
    await up(world);
    const pid = await pidOf(world);
    const state = (): string => readFileSync(`/proc/${pid}/stat`, 'latin1').split(' ')[2]!;
    await svc(world, '-p', 's');
    await until(() => state() === 'T' && flags(world) === 5);
    expect(await stat(world)).toContain(', paused');
    await svc(world, '-c', 's');
    await until(() => state() === 'S' && flags(world) === 4);
  }],
  ['A15: the signals', { 's/run!': teller('ALRM ABRT HUP QUIT INT USR1 USR2 WINCH TERM') }, async (world) => {
    await until(() => got(world).includes('started'));
    const sent = { a: 'ALRM', b: 'ABRT', h: 'HUP', q: 'QUIT', i: 'INT', 1: 'USR1', 2: 'USR2', y: 'WINCH', t: 'TERM' };
    for (const [letter, name] of Object.entries(sent)) {
      await svc(world, `-${letter}`, 's');
      await until(() => got(world).at(-1) === name);
    }
    await svc(world, '-dk', 's');
    await down(world);
    expect(await stat(world)).toContain('signal SIGKILL');
  }],
  ['A16, A17: -O, -o', { 's/run!': SLEEPER }, async (world) => {
    for (const letter of ['-O', '-o']) {
      await svc(world, '-u', 's');
      await until(async () => (await field(world, 'up,wantedup')) === 'true true');
      const pid = await pidOf(world);
      await svc(world, letter, 's');
      await until(() => flags(world) === 0);
      expect(await pidOf(world)).toBe(pid);
      expect(await svc(world, '-wD', '-T', '20000', '-t', 's')).toBe(0);
      expect(flags(world)).toBe(8);
    }
    expect(await svc(world, '-wu', '-T', '20000', '-o', 's')).toBe(0);
    expect(await svc(world, '-wD', '-T', '20000', '-t', 's')).toBe(0);
    expect(flags(world)).toBe(8);
  }],
  ['letters after a start in one write', { 's/run!': SLEEPER, 's/down': '' }, async (world) => {
    await down(world);
    expect(await svc(world, '-ok', 's')).toBe(0);
    await until(async () => (await field(world, 'up,wantedup,exitcode,signal')) === 'false false -1 SIGKILL');
    await svc(world, '-up', 's');
    await until(() => flags(world) === 5);
    expect(readFileSync(`/proc/${await pidOf(world)}/stat`, 'latin1').split(' ')[2]).toBe('T');
    // Stopping, it is not started again for `o`.
    expect(await svc(world, '-wD', '-T', '20000', '-do', 's')).toBe(0);
    expect(flags(world)).toBe(8);
  }],
  ['A18 to A20: -D, -U, -Q', { 's/run!': SLEEPER }, async (world) => {
    const file = path.join(world.directory, 's/down');
    await up(world);
    expect(await svc(world, '-wD', '-T', '20000', '-D', 's')).toBe(0);
    expect([existsSync(file), flags(world)]).toEqual([true, 8]);
    expect(await svc(world, '-wu', '-T', '20000', '-U', 's')).toBe(0);
    expect(existsSync(file)).toBe(false);
    const pid = await pidOf(world);
    await svc(world, '-Q', 's');
    await until(() => existsSync(file) && flags(world) === 0);
    expect(await pidOf(world)).toBe(pid);
  }],
  ['A21, A22: unknown bytes; three clients at once', { 's/run!': SLEEPER }, async (world) => {
    await up(world);
    const control = openSync(path.join(world.directory, 's/supervise/control'), constants.O_WRONLY | constants.O_NONBLOCK);
    writeSync(control, 'ZZ?d');
    closeSync(control);
    await until(() => flags(world) === 8);
    expect(await supervised(world)).toBe(true);
    await Promise.all([svc(world, '-u', 's'), svc(world, '-u', 's'), svc(world, '-u', 's')]);
    await up(world);
  }],
  ['A23, A24: timeout-kill', { 's/run!': teller('TERM'), 's/timeout-kill': '150' }, async (world) => {
    await until(() => got(world).includes('started'));
    await svc(world, '-d', 's');
    await svc(world, '-u', 's');
    await until(() => got(world).filter((word) => word === 'started').length === 2);
    expect((await client(world, 's6-svdt', 's')).stdout).toMatch(/^@[0-9a-f]{24} signal SIGKILL\n$/);
  }],
];
