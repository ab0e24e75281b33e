/**
 * 8xx: the clients of Debian's s6 against n6. The same table runs against the real s6-svscan first, so that a case cannot
 * say what s6 does not do.
 */
import { renameSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { BAD_INPUT } from '../control/s6/cases-of-bad-input.ts';
import { COMMANDS } from '../control/s6/cases-of-commands.ts';
import { LIVES } from '../control/s6/cases-of-lives.ts';
import { PAIRS } from '../control/s6/cases-of-pairs.ts';
import { SCANS } from '../control/s6/cases-of-scans.ts';
import { TIMES } from '../control/s6/cases-of-times.ts';
import { SLEEPER, supervised, svc, up } from '../control/s6/clients.ts';
import { realWorld, worldOf } from '../control/s6/worlds.ts';
import { supervise, write, type Files } from '../help/machine.ts';
import { lacking } from '../help/needs.ts';

const CASES = [...COMMANDS, ...LIVES, ...PAIRS, ...SCANS, ...TIMES, ...BAD_INPUT];

describe.runIf(lacking('s6-svscan', 's6-svc').length === 0)('s6-svscan', () => {
  // s6-supervise 2.11 can lose the death of a run that it has just started, and then waits for ever: that is a race of its own, not of the case.
  test.each(CASES)('801 %s', { retry: 2 }, async (_name, files, check) => check(await realWorld(files)));
});

describe.runIf(lacking('s6-svscan', 's6-svc').length === 0)('n6', () => {
  test.each(CASES)('803 %s', async (_name, files, check) => {
    // Without a watcher: s6-svscan sees changes by command alone.
    const machine = await supervise(files, { environment: { N6_RESTART_RULE: 's6' }, arguments: ['--no-watch'] });
    await check(worldOf(machine));
    expect(machine.output()).not.toContain('internal error');
  });

  test('804 a directory that cannot have supervise/ is told once, and its service runs', async () => {
    const machine = await supervise({ 's/run!': SLEEPER, 's/supervise': 'a file\n', 't/run!': SLEEPER });
    const world = worldOf(machine);
    await up(world, 't');
    for (const word of ['restart', 'stop', 'start']) expect((await machine.svc(word, 's')).code).toBe(0);
    expect(machine.output().match(/s6's clients cannot reach it: [^\n]*supervise/g)).toHaveLength(1);
    expect(machine.output()).not.toContain('internal error');
  });

  test.each<[string, Files]>([
    ['supervise/control is a file', { 's/supervise/control': 'd' }],
    ['supervise/control is a directory', { 's/supervise/control/file': '' }],
    ['supervise/lock is a directory', { 's/supervise/lock/file': '' }],
    ['supervise/status is a directory', { 's/supervise/status/file': '' }],
    ['event is a file', { 's/event': '' }],
    ['supervise leads into itself', { 's/supervise@': 'supervise' }],
  ])('808 %s: told once, svc still has the service, and others are what they were', async (_name, files) => {
    const machine = await supervise({ 's/run!': SLEEPER, 't/run!': SLEEPER, ...files });
    await up(worldOf(machine), 't');
    for (const word of ['restart', 'stop', 'start']) expect((await machine.svc(word, 's')).code).toBe(0);
    expect(machine.output().match(/s6's clients cannot reach it/g)).toHaveLength(1);
    expect(machine.output()).not.toContain('internal error');
  });

  test('805 two names of one directory: the first is the one that s6 reaches', async () => {
    const machine = await supervise({ 's/run!': SLEEPER, 't@': 's' });
    const world = worldOf(machine);
    await up(world);
    expect(machine.output().match(/is also the directory of s;/g)).toHaveLength(1);
  });

  test('806 a directory that was put in the place of another is reached from its first life on', async () => {
    const machine = await supervise({ 's/run!': SLEEPER }, { arguments: ['--no-watch'] });
    const world = worldOf(machine);
    await up(world);
    renameSync(path.join(world.directory, 's'), path.join(world.directory, '.old'));
    write(world.directory, { 's/run!': SLEEPER });
    // The life that has begun is where its directory has gone.
    expect(await svc(world, '-k', '.old')).toBe(0);
    await up(world);
    expect(await supervised(world, '.old')).toBe(false);
  });

  test('807 what s6 leaves behind and makes is no change of the service', async () => {
    const machine = await supervise({ 's/run!': SLEEPER });
    const world = worldOf(machine);
    await up(world);
    expect(JSON.parse((await machine.svc('rescan', '--json')).stdout)).toMatchObject({ added: [], changed: [], removed: [] });
    expect(await svc(world, '-wr', '-T', '20000', '-r', 's')).toBe(0);
    expect(JSON.parse((await machine.svc('rescan', '--json')).stdout)).toMatchObject({ added: [], changed: [], removed: [] });
  });
});
