import { expect } from 'vitest';
import { until, write } from '../../help/machine.ts';
import { SLEEPER, flags, got, pidOf, status, subscribe, svc, tally, teller, up, type Case, type World } from './clients.ts';

/** Milliseconds of a TAI64N label of the status: 0 is that of the last start or death, 12 that of readiness or of the end of finish. */
const stampAt = (bytes: Buffer, offset: 0 | 12): number => Number(bytes.readBigUInt64BE(offset) - 2n ** 62n) * 1000 + bytes.readUInt32BE(offset + 8) / 1e6;
const FINISH_HANGS = { 's/run!': SLEEPER, 's/finish!': '#!/bin/sh\nexec sleep 1000\n' };

/** From the death of run to the end of finish, as the status tells it. */
async function lengthOfFinish(world: World): Promise<number> {
  await up(world);
  await svc(world, '-Ok', 's');
  await until(() => flags(world) === 8);
  const bytes = status(world);
  return stampAt(bytes, 12) - stampAt(bytes, 0);
}

/** Statements of spec/s6-compat that are times: never earlier than s6, and later by what a loaded machine adds. */
export const TIMES: readonly Case[] = [
  ['A25: -r arms no kill', { 's/run!': teller('TERM'), 's/timeout-kill': '150' }, async (world) => {
    await until(() => got(world).includes('started'));
    await up(world);
    const pid = await pidOf(world);
    await svc(world, '-r', 's');
    await until(() => got(world).includes('TERM'));
    // Ten times the limit that would have killed it.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect([await pidOf(world), tally(world, 's')]).toEqual([pid, 0]);
    await svc(world, '-dk', 's');
  }],
  ['A30: finish is killed after 5 s', FINISH_HANGS, async (world) => {
    expect(await lengthOfFinish(world)).toBeGreaterThanOrEqual(4990);
  }],
  ['A31: timeout-finish', { ...FINISH_HANGS, 's/timeout-finish': '700' }, async (world) => {
    const length = await lengthOfFinish(world);
    expect(length).toBeGreaterThanOrEqual(690);
    expect(length).toBeLessThan(5000);
  }],
  ['A33: never ready: the next start a second after the end', { 's/run!': SLEEPER }, async (world) => {
    await up(world);
    const heard = await subscribe(world);
    await svc(world, '-k', 's');
    await until(() => flags(world) === 12);
    const ended = stampAt(status(world), 12);
    await until(() => heard() === 'dDu');
    expect(stampAt(status(world), 0) - ended).toBeGreaterThanOrEqual(990);
  }],
  ['A34: dead soon after it was ready: the next start a second after the readiness', {
    's/run!': '#!/bin/sh\necho >&3\nexec 3>&-\nuntil test -e dead; do sleep 0.02; done\n', 's/notification-fd': '3',
  }, async (world) => {
    await until(() => flags(world) === 12 && status(world)[33] === 0 && status(world).readBigUInt64BE(24) !== 0n);
    const ready = stampAt(status(world), 12);
    const heard = await subscribe(world);
    await new Promise((resolve) => setTimeout(resolve, 300));
    write(world.directory, { 's/dead': '' });
    await until(() => heard().startsWith('dDu'));
    const started = stampAt(status(world), 0);
    expect(started - ready).toBeGreaterThanOrEqual(990);
  }],
  ['A35: dead long after it was ready: the next start at once', {
    's/run!': '#!/bin/sh\necho >&3\nexec 3>&-\nuntil test -e dead; do sleep 0.02; done\nrm dead\n', 's/notification-fd': '3',
  }, async (world) => {
    await until(() => flags(world) === 12 && status(world).readBigUInt64BE(24) !== 0n);
    const heard = await subscribe(world);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    write(world.directory, { 's/dead': '' });
    await until(() => heard().startsWith('dD'));
    const deathKnown = Date.now();
    await until(() => heard().startsWith('dDu'));
    // A second would be the throttle.
    expect(Date.now() - deathKnown).toBeLessThan(900);
  }],
];
