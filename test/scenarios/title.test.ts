/** `pgrep -f 's6-supervise NAME'`, as scripts of images ask whether a service is supervised (corpus 2.3). */
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { container, inside, run, supervise, until, write } from '../help/machine.ts';
import { canMakeNamespaces } from '../help/privileges.ts';

const SLEEPER = '#!/bin/sh\nexec sleep 1000\n';
/** Other supervisors run on this machine, too. */
const unique = (name: string): string => `${name}-${process.pid}-${Math.random().toString(36).slice(2)}`;
const comm = (pid: number): string => readFileSync(`/proc/${pid}/comm`, 'latin1');

describe('svc supervise', () => {
  test('is found by the name of each service while it supervises it, up or down', async () => {
    const [up, down, late] = [unique('svc-up'), unique('svc-down'), unique('svc-late')];
    const machine = await supervise({ [`${up}/run!`]: SLEEPER, [`${down}/run!`]: SLEEPER, [`${down}/down`]: '' }, { arguments: ['--no-watch'] });
    const found = async (name: string): Promise<string> => (await run('pgrep', ['-f', `s6-supervise ${name}`])).stdout.trim();
    const own = String(machine.process.pid);
    expect([await found(up), await found(down), await found(late)]).toEqual([own, own, '']);
    write(machine.services, { [`${late}/run!`]: SLEEPER });
    rmSync(path.join(machine.services, up), { recursive: true });
    await machine.svc('rescan');
    await until(async () => (await found(up)) === '' && (await found(late)) === own);
    expect(comm(machine.process.pid!)).toBe('n6\n');
  });

  test('N6_TITLE=0 leaves the command line alone', async () => {
    const name = unique('svc-hidden');
    const machine = await supervise({ [`${name}/run!`]: SLEEPER }, { environment: { N6_TITLE: '0' } });
    expect((await run('pgrep', ['-f', `s6-supervise ${name}`])).code).toBe(1);
    expect(readFileSync(`/proc/${machine.process.pid}/cmdline`, 'latin1')).toMatch(/\0[^\0]*n6\.cjs\0supervise\0/);
  });

  test('names that do not fit are told of once, and the others are found', async () => {
    const long = 'x'.repeat(200);
    const names = Array.from({ length: 60 }, (_, i) => unique(`${String(i).padStart(2, '0')}${long}`));
    const files = Object.fromEntries(names.flatMap((name) => [[`${name}/run!`, SLEEPER], [`${name}/down`, '']]));
    const machine = await supervise(files, { arguments: ['--no-watch'] });
    const found = async (name: string): Promise<number> => (await run('pgrep', ['-f', `s6-supervise ${name}`])).code;
    expect([await found(names[0]!), await found(names.at(-1)!)]).toEqual([0, 1]);
    const tail = unique('yy');
    write(machine.services, { [`${tail}/run!`]: SLEEPER });
    await machine.svc('rescan');
    await until(async () => (await machine.svc('status', tail)).code === 0);
    expect(machine.output().match(/do not fit into the command line/g)).toHaveLength(1);
  });
});

describe.runIf(canMakeNamespaces)('in a container', () => {
  test("a service's own script finds its supervisor from its first line on", async () => {
    const machine = await container({
      'svc-nginx/run!': '#!/bin/sh\npgrep -f "s6-supervise svc-nginx" >/dev/null && echo found\n'
        + 'pgrep -f "s6-supervise svc-php" >/dev/null || echo missed\nexec sleep 1000\n',
    });
    await until(() => machine.output().includes('missed'), () => machine.output());
    expect(machine.output()).toContain('found');
    const asked = await inside(machine, 'pgrep', '-f', 's6-supervise svc-nginx');
    expect([asked.code, asked.stdout.trim()]).toEqual([0, '1']);
    await inside(machine, 'rm', '-r', '/etc/services.d/svc-nginx');
    await machine.svc('rescan');
    await until(async () => (await inside(machine, 'pgrep', '-f', 's6-supervise svc-nginx')).code === 1);
    expect(comm(machine.pid)).toBe('n6\n');
  });
});
