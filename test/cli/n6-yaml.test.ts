/** n6.yaml of a real supervisor, and of `svc check`. */
import path from 'node:path';
import { expect, test } from 'vitest';
import { container, root, run, supervise, svcProgram, temporary, until, write } from '../help/machine.ts';

const SAYS = { 'web/run!': '#!/bin/sh\necho "hello $N6_LOGS"\nexec sleep 1000\n' };
const beside = (text: string) => (services: string): void => write(path.dirname(services), { 'n6.yaml': text });

test('settings are those of the file beside the services, and the environment wins', async () => {
  const file = await supervise(SAYS, { prepare: beside('logs: json\ntitle: false\n') });
  // It is no variable of theirs.
  await until(() => file.output().includes('"text":"hello "'), () => file.output());
  const both = await supervise(SAYS, { prepare: beside('logs: json\n'), environment: { N6_LOGS: 'prefix' } });
  await until(() => both.output().includes('web: hello prefix'), () => both.output());
});

test('mistakes are told all at once, the rest holds, services run', async () => {
  const machine = await supervise(SAYS, { prepare: beside('logs: prefix\ngrace: 8\nrestart-rul: s6\n') });
  const file = path.join(machine.directory, 'n6.yaml');
  await until(() => machine.output().includes('web: hello'), () => machine.output());
  expect(machine.output()).toContain(`${file}:2: expected grace to be a duration`);
  expect(machine.output()).toContain(`${file}:3: expected a key of n6.yaml, got "restart-rul"; did you mean "restart-rule"?`);
});

test('it is read again by a second life', async () => {
  const machine = await supervise(SAYS, { prepare: beside('log-level: info\n') });
  write(machine.directory, { 'n6.yaml': 'log-level: info\nhook-timeout: never\n' });
  expect((await machine.svc('reexec')).code).toBe(0);
  await until(() => machine.output().includes('n6.yaml:2: expected hook-timeout to be a duration'), () => machine.output());
  expect((await machine.svc('status', 'web')).code).toBe(0);
});

test.runIf(process.getuid?.() === 0)('in a container it is /etc/n6/n6.yaml', async () => {
  const machine = await container(SAYS, { rootFiles: { 'etc/n6/n6.yaml': 'logs: prefix\n' } });
  await until(() => machine.output().includes('web: hello'), () => machine.output());
});

test('svc check tells what is wrong in it', async () => {
  const directory = temporary();
  write(directory, { 'services.d/web/run!': '#!/bin/sh\nexec sleep 1000\n', 'n6.yaml': 'grace: soon\nmembership: { serf: { sedes: [ha] } }\n' });
  const checked = await run(svcProgram, ['check', path.join(directory, 'services.d')]);
  expect(checked.code).toBe(1);
  expect(checked.stdout.split('\n').slice(0, 2)).toEqual([
    expect.stringContaining(`${directory}/n6.yaml:1: expected grace to be a duration`),
    expect.stringContaining('n6.yaml:2: expected a key of membership.serf, got "sedes"; did you mean "seeds"?'),
  ]);
  write(directory, { 'n6.yaml': 'grace: 9s\n' });
  expect((await run(svcProgram, ['check', path.join(directory, 'services.d')])).stdout).toContain('2 looked at');

  const image = temporary();
  write(image, { 'etc/n6/n6.yaml': 'membership: { static: { count: N } }\n', 'bin/sh!': '' });
  const words = ['check', '--root', image];
  const wrong = await run(svcProgram, words, { env: { ...process.env, N6_HOME: path.join(root, 'build/n6') } });
  expect(wrong.stdout).toContain('/etc/n6/n6.yaml:1: expected the variable N to be set');
  expect((await run(svcProgram, [...words, '--env', 'N=2'])).stdout).not.toContain('n6.yaml');
});
