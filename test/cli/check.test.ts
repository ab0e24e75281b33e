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
  expect(stdout).toContain('S6_LOGGING: expected a setting that n6 has, got "1"; N6_LOGS captures the output of services');
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

test('check reads every service.yaml: one file, and all of them together', async () => {
  const directory = temporary();
  write(directory, { 'db/service.yaml': 'command: [sleep, "1"]\n', 'web/service.yaml': 'command: [sleep, "1"]\nneeds: [bd]\nnice: 40\n' });
  const { code, stdout } = await svc(['check', directory]);
  expect([code, stdout.trim().split('\n')]).toEqual([1, [
    `web: ${directory}/web/service.yaml:3: expected nice to be a whole number from -20 to 19, got "40"; write it like this: 5`,
    `web: ${directory}/web/service.yaml:2: expected a name that is defined, got "bd"; web needs bd, which does not exist; did you mean "db"?`,
  ]]);
  write(directory, { 'web/service.yaml': 'command: [sleep, "1"]\nneeds: [db]\n' });
  expect(await svc(['check', directory])).toEqual({ code: 0, stdout: `nothing wrong in ${directory}, 2 looked at\n`, stderr: '' });
});

test('check --root reads the service.yaml of an image, also of a longrun of s6-rc, with its own accounts', async () => {
  const root = temporary();
  const longrun = 'etc/s6-overlay/s6-rc.d/store';
  write(root, {
    'bin/sh!': '\x7fELF', 'etc/passwd': 'www:x:33:33::/:/bin/sh\n', 'etc/services.d/web/service.yaml': 'command: [app]\nuser: ww\nneeds: [store]\n',
    [`${longrun}/type`]: 'longrun\n', [`${longrun}/run!`]: '#!/bin/sh\n', [`${longrun}/service.yaml`]: 'once: true\n',
  });
  const { code, stdout } = await svc(['check', '--root', root], home);
  expect([code, stdout.trim().split('\n')]).toEqual([1, [
    'web: /etc/services.d/web/service.yaml:2: expected user to be a user of /etc/passwd, got "ww"; did you mean "www"? Or create it',
    `store: /${longrun}/service.yaml:1: expected the key once or the file type, not both, got "once"; `
      + 'take the key away: a definition of s6-rc is a longrun, and is there',
  ]]);
});
