/** 20xx: service.yaml on its way to the supervisor: read when it is seen, not before; what is wrong in one disturbs no other. */
import { readFileSync, readlinkSync, rmSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { alive, container, inside, run, supervise, svcProgram, temporary, until, write, type Machine } from '../help/machine.ts';
import { stop } from '../help/overlay.ts';
import { canMakeNamespaces } from '../help/privileges.ts';

const SLEEPER = '#!/bin/sh\nexec sleep 1000\n';
type Listed = { name: string; state: string; pid: number | null; why: string; stale: boolean };

async function statuses(machine: Machine): Promise<Record<string, Listed>> {
  const { services } = JSON.parse((await machine.svc('status', '--json')).stdout) as { services: Listed[] };
  return Object.fromEntries(services.map((service) => [service.name, service]));
}
const isUp = (machine: Machine, name: string): Promise<unknown> =>
  until(async () => (await statuses(machine))[name]?.state === 'up', () => machine.output());

test('2000 a command, a working directory, a variable, a stop signal have their effect', async () => {
  const elsewhere = temporary();
  const machine = await supervise({
    'plain/run!': SLEEPER,
    'web/service.yaml': `command: exec sleep 1000\ncwd: ${elsewhere}\nenv: { GREETING: "hello" }\nstop: INT\n`,
  });
  await isUp(machine, 'web');
  const { web, plain } = await statuses(machine);
  expect(plain!.state).toBe('up');
  expect(readlinkSync(`/proc/${web!.pid!}/cwd`)).toBe(elsewhere);
  expect(readFileSync(`/proc/${web!.pid!}/environ`, 'latin1').split('\0')).toContain('GREETING=hello');
});

test('2001 a mistake keeps one service from being started, is told with its line, and is mended by a rescan', async () => {
  const machine = await supervise({ 'good/service.yaml': 'command: [sleep, "1000"]\n', 'bad/run!': SLEEPER, 'bad/service.yaml': '\nnice: high\n' });
  await isUp(machine, 'good');
  const { bad } = await statuses(machine);
  expect(bad!.state).toBe('failed');
  expect(bad!.why).toContain('service.yaml:2: expected nice');
  expect(machine.output()).toMatch(/bad\/service\.yaml:2: expected nice to be a whole number from -20 to 19, got .*high/);
  write(machine.services, { 'bad/service.yaml': 'nice: 5\n' });
  await machine.svc('rescan');
  await isUp(machine, 'bad');
});

test('2002 a running service goes on when its service.yaml becomes a broken one', async () => {
  const machine = await supervise({ 'web/service.yaml': 'command: [sleep, "1000"]\n' }, { arguments: ['--no-watch'] });
  await isUp(machine, 'web');
  const before = (await statuses(machine)).web!.pid!;
  write(machine.services, { 'web/service.yaml': 'command: [sleep\n' });
  const { stdout, stderr } = await machine.svc('rescan');
  expect(stdout + stderr).toContain('service.yaml:');
  expect((await statuses(machine)).web!.pid).toBe(before);
  expect(alive(before)).toBe(true);
});

test('2003 the first service.yaml may come later; the service it belongs to is not taken for removed', async () => {
  const machine = await supervise({ 'a/run!': SLEEPER, 'b/run!': SLEEPER }, { arguments: ['--no-watch'] });
  const before = (await statuses(machine)).a!.pid!;
  write(machine.services, { 'a/service.yaml': 'env: { A: b }\n', 'c/service.yaml': 'command: [sleep, "1000"]\n' });
  await machine.svc('rescan');
  await isUp(machine, 'c');
  const { a, b } = await statuses(machine);
  expect([a!.pid, a!.stale, b!.state]).toEqual([before, true, 'up']);
  await machine.svc('restart', 'a');
  await isUp(machine, 'a');
  expect(readFileSync(`/proc/${(await statuses(machine)).a!.pid!}/environ`, 'latin1').split('\0')).toContain('A=b');
  rmSync(path.join(machine.services, 'c'), { recursive: true });
  await machine.svc('rescan');
  await until(async () => !('c' in (await statuses(machine))), () => machine.output());
});

test('2004 enabled-if: what is not so is not there', async () => {
  const machine = await supervise({
    'yes/service.yaml': 'command: [sleep, "1000"]\nenabled-if: { env: CACHE=redis }\n',
    'no/service.yaml': 'command: [sleep, "1000"]\nenabled-if: { env: NOT_SET }\n',
  }, { environment: { CACHE: 'redis' } });
  await isUp(machine, 'yes');
  expect(Object.keys(await statuses(machine))).toEqual(['yes']);
});

test('2005 nothing of the library is evaluated without a service.yaml', async () => {
  const profiled = async (files: Readonly<Record<string, string>>): Promise<boolean> => {
    const directory = temporary();
    write(directory, files);
    const program = path.join(path.dirname(svcProgram), '../lib/n6.cjs');
    // A setter where every module's exports inherit from: `Composer` is exported by the library alone.
    const probe = path.join(temporary(), 'probe.cjs');
    write(path.dirname(probe), {
      'probe.cjs': "Object.defineProperty(Object.prototype, 'Composer', { configurable: true, set(value) { "
        + "require('node:fs').writeSync(2, 'the library is evaluated\\n'); "
        + "Object.defineProperty(this, 'Composer', { value, writable: true, configurable: true }); } });\n",
    });
    const { stderr } = await run('timeout', ['-s', 'TERM', '4', process.execPath, '--require', probe, program, 'supervise', directory]);
    return stderr.includes('the library is evaluated');
  };
  expect([await profiled({ 'a/run!': SLEEPER }), await profiled({ 'a/service.yaml': 'command: [sleep, "1000"]\n' })]).toEqual([false, true]);
});

describe.runIf(canMakeNamespaces)('in a container', () => {
  test('2010 services.d and a longrun of s6-rc', async () => {
    const machine = await container({ 'web/service.yaml': 'command: [sleep, "1000"]\nneeds: [store]\n' }, {
      rootFiles: {
        'etc/s6-overlay/s6-rc.d/store/type': 'longrun\n', 'etc/s6-overlay/s6-rc.d/store/run': SLEEPER,
        'etc/s6-overlay/s6-rc.d/store/service.yaml': 'env: { FROM: yaml }\n', 'etc/s6-overlay/s6-rc.d/user/contents.d/store': '',
      },
    });
    await until(async () => (await inside(machine, 'svc', 'wait', 'web', '--for', 'up', '--timeout', '5s')).code === 0, () => machine.output());
    const listed = await inside(machine, 'svc', 'status', 'store', '--json');
    const { services: [store] } = JSON.parse(listed.stdout) as { services: [Listed] };
    expect((await inside(machine, 'cat', `/proc/${store.pid!}/environ`)).stdout.split('\0')).toContain('FROM=yaml');
    await stop(machine);
  });
});
