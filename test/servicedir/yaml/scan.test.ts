/** service.yaml in a look at many directories: left out while its reader is not there, left out by itself, read again. */
import { expect, test } from 'vitest';
import path from 'node:path';
import { createRereader } from '../../../src/servicedir/reread.ts';
import { scanServices } from '../../../src/servicedir/scan.ts';
import type { YamlPort } from '../../../src/servicedir/yaml/port.ts';
import { createYamlReader } from '../../../src/servicedir/yaml/reader.ts';
import { temporary, write } from '../../help/machine.ts';
import { RUN } from './help.ts';

const under = (name: string, files: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(files).map(([file, text]) => [`${name}/${file}`, text]));

test('without a reader it is left out with its logger, and asked for; the others are there', () => {
  const directory = temporary();
  write(directory, { ...under('plain', RUN), ...under('web', RUN), 'web/service.yaml': '', ...under('logged', RUN), ...under('logged/log', RUN),
    'logged/log/service.yaml': '' });
  let wanted = 0;
  const yaml: YamlPort = { wanted: () => void wanted++ };
  const { definitions, deferred, problems } = scanServices(directory, { yaml });
  expect([definitions.map(({ name }) => name), deferred, problems, wanted]).toEqual([['plain'], ['logged', 'logged/log', 'web'], [], 2]);
  yaml.read = createYamlReader();
  const again = scanServices(directory, { yaml });
  expect([again.definitions.map(({ name }) => name), again.deferred]).toEqual([['logged', 'logged/log', 'plain', 'web'], []]);
});

test('what enabled-if leaves out is named, with its logger', () => {
  const directory = temporary();
  write(directory, { ...under('web', RUN), 'web/service.yaml': 'enabled-if: { env: A }', ...under('web/log', RUN), ...under('plain', RUN) });
  const { definitions, disabled } = scanServices(directory, { yaml: { read: createYamlReader({ variable: () => undefined }) } });
  expect([definitions.map(({ name }) => name), disabled]).toEqual([['plain'], [{ name: 'web', why: 'the variable A is not set' }]]);
});

test('read again: a new mistake is told and changes nothing, its end does', () => {
  const directory = temporary();
  write(directory, { ...under('web', RUN), 'web/service.yaml': 'nice: 5\n' });
  const yaml: YamlPort = { read: createYamlReader() };
  const { definitions: [first] } = scanServices(directory, { yaml });
  const reread = createRereader(true, yaml);
  expect(reread(first!)).toEqual({ definition: first, problems: [] });
  write(directory, { 'web/service.yaml': 'nice: much\nready: { fd: 3 }\n' });
  const broken = reread(first!)!;
  expect([broken.definition.policy, broken.definition.notificationDescriptor]).toEqual([first!.policy, undefined]);
  expect(broken.problems.map(({ file }) => path.relative(directory, file))).toEqual(['web/service.yaml:1']);
  write(directory, { 'web/service.yaml': 'nice: 10 # better\nready: { fd: 3 }\n' });
  const mended = reread(broken.definition)!;
  expect([mended.definition.policy.launch.nice, mended.definition.notificationDescriptor]).toEqual([10, 3]);
});
