import { existsSync, readlinkSync, renameSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { alive, lines, until, write } from '../../help/machine.ts';
import { SLEEPER, client, field, flags, pidOf, subscribe, supervised, svc, up, type Case, type World } from './clients.ts';

/** Prints a line for each file `go1`, `go2` … that appears, one on standard error as well; and a last one when it is stopped. */
const PRODUCER = '#!/bin/sh\ntrap "echo last; exit 0" TERM\ni=1\necho begun >/dev/stdout\n'
  + 'while :; do test -e go$i && { echo line $i; echo $i >>said; echo error >&2; i=$((i+1)); }; sleep 0.02; done\n';
/** Keeps what it reads; ends when its input does, and not by TERM. */
const LOGGER = '#!/bin/sh\ntrap "echo TERM >>got" TERM\necho "as $1" >>names\nwhile read -r line; do echo "$line" >>got; done\necho end >>got\n';
const PAIR = { 's/run!': PRODUCER, 's/log/run!': LOGGER };

const logged = ({ directory }: World): string[] => lines(path.join(directory, 's/log/got'));
const input = async (world: World, name: string, descriptor: number): Promise<string> =>
  readlinkSync(`/proc/${await field(world, 'pid', name)}/fd/${descriptor}`);

/** What s6 does with a service and its logger (spec/s6-compat 3.3). Numbers such as A52: spec/s6-compat, "checks". */
export const PAIRS: readonly Case[] = [
  ['A52, A54: a line reaches the logger through a pipe, standard error does not', { ...PAIR, 's/finish!': '#!/bin/sh\necho finished\n' }, async (world) => {
    await until(() => logged(world).includes('begun'));
    expect(lines(path.join(world.directory, 's/log/names'))).toEqual(['as s/log']);
    expect(await supervised(world, 's/log')).toBe(true);
    expect(await input(world, 's', 1)).toMatch(/^pipe:/);
    expect(await input(world, 's/log', 0)).toBe(await input(world, 's', 1));
    write(world.directory, { 's/go1': '' });
    await until(() => logged(world).includes('line 1'));
    await svc(world, '-k', 's');
    await until(() => logged(world).includes('finished'));
    expect(logged(world)).not.toContain('error');
  }],
  ['A53: a logger that is killed loses no line, nor does a service that is restarted', PAIR, async (world) => {
    await until(() => logged(world).includes('begun'));
    const pipe = await input(world, 's', 1);
    expect(await svc(world, '-wd', '-T', '20000', '-Ok', 's/log')).toBe(0);
    write(world.directory, { 's/go1': '', 's/go2': '' });
    await until(() => lines(path.join(world.directory, 's/said')).length === 2);
    expect(await svc(world, '-wr', '-T', '20000', '-r', 's')).toBe(0);
    await until(() => lines(path.join(world.directory, 's/said')).length === 4);
    expect(await svc(world, '-wu', '-T', '20000', '-u', 's/log')).toBe(0);
    await until(() => logged(world).filter((line) => line === 'line 2').length === 2);
    expect(logged(world).filter((line) => line !== 'last')).toEqual(['begun', 'line 1', 'line 2', 'begun', 'line 1', 'line 2']);
    expect([await input(world, 's', 1), await input(world, 's/log', 0)]).toEqual([pipe, pipe]);
    expect(existsSync(path.join(world.directory, 's/log/event'))).toBe(true);
  }],
  ['A63: the last line is in the log, which ends by the end of its input', PAIR, async (world) => {
    await until(() => logged(world).includes('begun'));
    expect((await client(world, 's6-svscanctl', '-t', '.')).code).toBe(0);
    expect(await world.ended).toBe(0);
    expect(logged(world)).toEqual(['begun', 'last', 'end']);
  }],
  ['A59: a pair that is pruned: no line is lost', PAIR, async (world) => {
    await until(() => logged(world).includes('begun'));
    renameSync(path.join(world.directory, 's'), path.join(world.directory, '.s'));
    expect((await client(world, 's6-svscanctl', '-h', '.')).code).toBe(0);
    await until(async () => !(await supervised(world, '.s/log')) && !(await supervised(world, '.s')));
    expect(lines(path.join(world.directory, '.s/log/got'))).toEqual(['begun', 'last', 'end']);
  }],
  ['a logger that is made later, and a logger of a logger, are nothing', {
    's/run!': SLEEPER, 't/run!': SLEEPER, 't/log/run!': LOGGER, 't/log/log/run!': LOGGER,
  }, async (world) => {
    await up(world);
    await until(() => supervised(world, 't/log'));
    const heard = await subscribe(world);
    write(world.directory, { 's/log/run!': LOGGER, 'u/run!': SLEEPER });
    expect((await client(world, 's6-svscanctl', '-a', '.')).code).toBe(0);
    await until(() => supervised(world, 'u'));
    expect([await supervised(world, 's/log'), await supervised(world, 't/log/log')]).toEqual([false, false]);
    const pid = await pidOf(world);
    expect([heard(), flags(world), alive(pid)]).toEqual(['', 4, true]);
  }],
];
