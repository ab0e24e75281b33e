import path from 'node:path';
import { expect, test } from 'vitest';
import { temporary, write } from '../help/machine.ts';
import { svc } from './svc.ts';

const home = { environment: { N6_HOME: path.resolve(import.meta.dirname, '../../build/n6') } };

test('check tells every problem of every service, and ends with 1', async () => {
  const directory = temporary();
  write(directory, { 'good/run!': '#!/bin/sh\n' });
  expect(await svc(['check', directory])).toEqual({ code: 0, stdout: `nothing wrong in ${directory}, 1 looked at\n`, stderr: '' });
  write(directory, { 'bad/timeout-kill': 'soon\n' });
  const { code, stdout } = await svc(['check', directory]);
  expect([code, stdout.trim().split('\n').map((line) => line.split(': expected')[0])]).toEqual([1, [
    `bad: ${directory}/bad/run`, `bad: ${directory}/bad/timeout-kill`,
  ]]);
  const json = await svc(['check', directory, '--json']);
  expect([json.code, JSON.parse(json.stdout)]).toMatchObject([1, { schema: 1, directory, looked: 2, problems: [{ service: 'bad' }, { value: 'soon' }] }]);
});

test('check --root tells what an image lacks', async () => {
  const root = temporary();
  write(root, { 'bin/sh!': '\x7fELF', 'etc/cont-init.d/1': '#!/bin/bash\n' });
  expect(await svc(['check', '--root', root], home)).toEqual({
    code: 1, stderr: '',
    stdout: '1: /etc/cont-init.d/1: expected an interpreter that the image or n6 has, got "#!/bin/bash"; install /bin/bash, or correct the first line\n',
  });
});

test('check --root takes the environment of the container', async () => {
  const root = temporary();
  write(root, { 'bin/sh!': '\x7fELF', 'environment': '# of the image\n\nS6_LOGGING=1\nS6_READ_ONLY_ROOT=1\r\nS6_VERBOSITY\nA=b=c\n' });
  const check = ['check', '--root', root, '--env-file', path.join(root, 'environment')];
  const { code, stdout } = await svc(check, { environment: { ...home.environment, S6_VERBOSITY: 'loud', S6_KEEPENV: '1' } });
  expect([code, stdout.split('\n').map((line) => line.split(/: expected | has no/)[0])]).toEqual([1, ['S6_VERBOSITY', 'S6_LOGGING', 'S6_READ_ONLY_ROOT', '']]);
  expect(stdout).toContain('S6_LOGGING: expected a setting that n6 has, got "1"; n6 does not capture');
  const mended = await svc([...check, '--env', 'S6_LOGGING=0', '--env=S6_VERBOSITY=1', '--json', '--json'], home);
  expect([mended.code, JSON.parse(mended.stdout)]).toEqual([0, {
    schema: 1, directory: root, looked: 0, problems: [], notes: [expect.stringContaining('S6_READ_ONLY_ROOT has no effect') as string],
  }]);
  expect((await svc(['check', '--root', '/nonexistent', '--root', root], home)).code).toBe(0);
});

test.each([
  [['check', '/nonexistent'], 'cannot read /nonexistent: '],
  [['check', '--root', '/nonexistent'], 'cannot read /nonexistent: '],
  [['check', '--root', '/', '--env', '=1'], '--env: expected NAME=VALUE, got "=1"'],
  [['check', '--root', '/', '--env-file', '/nonexistent'], 'cannot read /nonexistent: '],
  [['check', '--env', 'A=1'], 'check takes --env and --env-file with --root only'],
  [['check', 'a', '--root', '/'], 'check takes DIR or --root, not both'],
])('svc %j is wrong usage', async (words, sentence) => {
  const { code, stderr } = await svc(words, home);
  expect([code, stderr]).toEqual([2, expect.stringContaining(sentence)]);
});
