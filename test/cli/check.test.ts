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

test.each([
  [['check', '/nonexistent'], 'cannot read /nonexistent: '],
  [['check', '--root', '/nonexistent'], 'cannot read /nonexistent: '],
  [['check', 'a', '--root', '/'], 'check takes DIR or --root, not both'],
])('svc %j is wrong usage', async (words, sentence) => {
  const { code, stderr } = await svc(words, home);
  expect([code, stderr]).toEqual([2, expect.stringContaining(sentence)]);
});
