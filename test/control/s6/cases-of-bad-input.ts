import { closeSync, constants, existsSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { S6_LETTERS } from '../../../src/control/s6/letters.ts';
import { run, until, write } from '../../help/machine.ts';
import { SLEEPER, down, flags, pidOf, subscribe, supervised, svc, up, type Case, type World } from './clients.ts';

const subscriberName = (number: number): string => `ftrig1:@${'0'.repeat(24)}:${String(number).padStart(6, 'b')}`;

/** In one write, as s6-svc does. */
function send({ directory }: World, bytes: Buffer): void {
  const control = openSync(path.join(directory, 's/supervise/control'), constants.O_WRONLY | constants.O_NONBLOCK);
  writeSync(control, bytes);
  closeSync(control);
}

/** What an earlier supervisor, a copy, or anybody else left or wrote there. */
export const BAD_INPUT: readonly Case[] = [
  ['files of a supervisor that is no more, cut short or overwritten', {
    's/run!': SLEEPER, 's/supervise/lock': '12345\n', 's/supervise/status': 'cut', 's/supervise/status.new': '', 's/supervise/death_tally': 'thirteen bytes',
    '.s6-svscan/lock': '12345\n',
  }, async (world) => {
    await up(world);
    expect([await supervised(world), flags(world)]).toEqual([true, 4]);
    expect(await svc(world, '-wd', '-T', '20000', '-d', 's')).toBe(0);
  }],
  ['every byte that is no letter, many times', { 's/run!': SLEEPER }, async (world) => {
    await up(world);
    const pid = await pidOf(world);
    // `X` was a letter once.
    const garbage = [...Array(256).keys()].filter((byte) => !Object.hasOwn(S6_LETTERS, String.fromCharCode(byte)) && byte !== 'X'.charCodeAt(0));
    for (let times = 0; times < 50; times++) send(world, Buffer.from(garbage));
    expect(await pidOf(world)).toBe(pid);
    send(world, Buffer.from('\0\xffd\n', 'latin1'));
    await down(world);
    expect(await supervised(world)).toBe(true);
  }],
  ['subscribers that are gone, and what only looks like one', { 's/run!': SLEEPER }, async (world) => {
    await up(world);
    const event = path.join(world.directory, 's/event');
    const dead = [...Array(40).keys()].map((number) => path.join(event, subscriberName(number)));
    expect((await run('mkfifo', dead)).code).toBe(0);
    write(event, { [`${subscriberName(50)}/file`]: '', [`${subscriberName(51)}@`]: '/nonexistent', 'ftrig1:short': '' });
    const heard = await subscribe(world);
    expect(await svc(world, '-d', 's')).toBe(0);
    await until(() => heard() === 'dD');
    expect(dead.filter((fifo) => existsSync(fifo))).toEqual([]);
    expect(existsSync(path.join(event, 'ftrig1:short'))).toBe(true);
  }],
];
