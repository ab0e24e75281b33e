/** 131x: docs/reference/s6-differences.md: what can be seen of it with a client is so, in either world. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { field, flags, got, pidOf, subscribe, svc, up, type World } from '../control/s6/clients.ts';
import { realWorld, worldOf } from '../control/s6/worlds.ts';
import { root, supervise, until, type Files } from '../help/machine.ts';
import { lacking } from '../help/needs.ts';

const STUBBORN = '#!/bin/sh\ntrap "" TERM\necho started >>got\nuntil test -e go; do sleep 0.02; done\necho >&3\nexec sleep 1000\n';
const isStopped = (pid: number): boolean => readFileSync(`/proc/${pid}/stat`, 'latin1').split(' ')[2] === 'T';

type Difference = readonly [number: number, name: string, files: Files, s6: string, n6: string, see: (world: World) => Promise<string>];
const DIFFERENCES: readonly Difference[] = [
  [3, 'death_tally', { 's/run!': STUBBORN }, 'true', 'false', async (world) => {
    await up(world);
    const exists = existsSync(path.join(world.directory, 's/supervise/death_tally'));
    await svc(world, '-dk', 's');
    return String(exists);
  }],
  [4, 'paused while it is to stop', { 's/run!': STUBBORN, 's/notification-fd': '3' }, 'true', 'false', async (world) => {
    const pid = await toldToStop(world);
    // In one write: what has answered to the second has heard the first.
    await svc(world, '-pu', 's');
    await until(async () => (await field(world, 'wantedup')) === 'true');
    const paused = isStopped(pid);
    await svc(world, '-dk', 's');
    return String(paused);
  }],
  [5, 'ready while it is to stop', { 's/run!': STUBBORN, 's/notification-fd': '3' }, 'U', '', async (world) => {
    const hear = await subscribe(world);
    const pid = await toldToStop(world);
    const before = hear().length;
    writeFileSync(path.join(world.directory, 's/go'), '');
    await until(() => readFileSync(`/proc/${pid}/comm`, 'latin1') === 'sleep\n');
    await svc(world, '-k', 's');
    await until(() => hear().slice(before).includes('d'));
    return hear().slice(before, hear().indexOf('d', before));
  }],
];

async function toldToStop(world: World): Promise<number> {
  await until(() => got(world).includes('started'));
  const pid = await pidOf(world);
  await svc(world, '-d', 's');
  await until(() => (flags(world) & 4) === 0);
  return pid;
}

describe.runIf(lacking('s6-svscan', 's6-svc').length === 0)('differences', () => {
  test.each(DIFFERENCES)('1311 %i %s: s6-svscan', async (_number, _name, files, s6, _n6, see) => {
    expect(await see(await realWorld(files))).toBe(s6);
  });
  test.each(DIFFERENCES)('1312 %i %s: n6', async (_number, _name, files, _s6, n6, see) => {
    expect(await see(worldOf(await supervise(files, { environment: { N6_RESTART_RULE: 's6' }, arguments: ['--no-watch'] })))).toBe(n6);
  });
});

test('1313 the page lists at most ten', () => {
  const page = readFileSync(path.join(root, 'docs/reference/s6-differences.md'), 'utf8');
  const numbers = [...page.matchAll(/^\| (\d+) \|/gm)].map(([, number]) => Number(number));
  expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, index) => index + 1));
  expect(numbers.length).toBeLessThanOrEqual(10);
  for (const [number] of DIFFERENCES) expect(numbers).toContain(number);
});
