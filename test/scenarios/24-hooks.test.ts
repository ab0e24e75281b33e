/** 24xx: hooks of a real supervisor. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { connect } from '../../src/client/index.ts';
import { lines, supervise, svcProgram, until, write, type Machine } from '../help/machine.ts';

const SLEEPER = '#!/bin/sh\nexec sleep 1000\n';
const place = (machine: Machine, name: string): string => path.join(machine.directory, name);

test('2401 a hook calls svc on its own service and waits for what comes of it', async () => {
  const hook = `#!/bin/sh\n[ -e "$PWD/../once" ] && exit\n: >"$PWD/../once"\n${svcProgram} restart "$N6_SERVICE" && echo "restarted by the hook"\n`
    + `${svcProgram} hooks run service-up "$N6_SERVICE"; echo "hooks run: $?"\n`;
  const machine = await supervise({ 'web/run!': SLEEPER, 'web/hooks/service-up!': hook });
  await until(() => machine.output().includes('hook hooks/service-up: restarted by the hook'), machine.output);
  // It is told that hooks of web run, instead of waiting for itself.
  await until(() => machine.output().includes('hook hooks/service-up: hooks run: 1'), machine.output);
  const { services } = JSON.parse((await machine.svc('status', '--json')).stdout) as { services: { state: string; hookFailure: unknown }[] };
  expect(services).toMatchObject([{ state: 'up', hookFailure: null }]);
});

test('2402 a failure is in the log, an event, and in svc status until it is mended', async () => {
  const machine = await supervise({ 'web/run!': SLEEPER, 'web/hooks/service-up/10-x!': '#!/bin/sh\necho why it fails\nexit 3\n' });
  await until(async () => (await machine.svc('status')).stdout.includes('hook service-up/10-x failed: exit 3'), machine.output);
  expect(machine.output()).toContain('hook service-up/10-x: why it fails');
  const { stdout } = await machine.svc('events', '--json');
  expect(stdout).toMatch(/"event":"hook-failed".*"reason":"exit 3"/);
  expect((await machine.svc('hooks')).stdout).toMatch(/^service-up +web +\S+\/web\/hooks\/service-up\/10-x +failed: exit 3 for web, /m);
  write(machine.services, { 'web/hooks/service-up/10-x!': '#!/bin/sh\necho better\n' });
  expect(await machine.svc('hooks', 'run', 'service-up', 'web')).toMatchObject({ code: 0, stdout: expect.stringContaining('10-x: ok after') as string });
  expect((await machine.svc('status')).stdout).not.toContain('failed');
});

test('2403 bursts: N6_HOOK_WAIT makes one run of them; a mistake in it is told', async () => {
  const files = { 'web/run!': SLEEPER };
  const machine = await supervise(files, {
    environment: { N6_HOOK_WAIT: 'member-join=300/5000' },
    prepare: (services) => write(path.dirname(services), { 'hooks.d/member-join/10-x!': '#!/bin/sh\ncat >>../../trace\n' }),
  });
  const n6 = connect({ directory: machine.services });
  for (let i = 0; i < 5; i++) await n6.poke('serf', { environment: { SERF_EVENT: 'member-join' }, input: `node-${i}\t10.0.0.1\tweb\t\n` });
  await until(() => lines(place(machine, 'trace')).some((line) => line.includes('node-4')));
  const told = lines(place(machine, 'trace')).map((line) => JSON.parse(line) as { coalesced?: number });
  expect(told.length).toBeLessThan(5);
  expect(told.reduce((sum, { coalesced = 1 }) => sum + coalesced, 0)).toBe(5);
  const wrong = await supervise(files, { environment: { N6_HOOK_WAIT: 'servise-up=1/2' } });
  await until(() => wrong.output().includes('N6_HOOK_WAIT: expected words such as members-changed=100/1000'), wrong.output);
});

test('2404 what a hook has left behind is read over a re-execution, and its failure is not forgotten', async () => {
  const machine = await supervise({
    'web/run!': SLEEPER,
    'web/hooks/service-up!': '#!/bin/sh\n(while [ ! -e ../go ]; do sleep 0.05; done; echo from the background) &\nexit 3\n',
  });
  await until(async () => (await machine.svc('status')).stdout.includes('exit 3'), machine.output);
  expect((await machine.svc('reexec')).code).toBe(0);
  writeFileSync(path.join(machine.services, 'web/go'), '');
  await until(() => machine.output().includes('hook hooks/service-up: from the background'), machine.output);
  expect((await machine.svc('status')).stdout).toContain('hook hooks/service-up failed: exit 3');
});
