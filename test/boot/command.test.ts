import path from 'node:path';
import { mkdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { findCommand } from '../../src/boot/command.ts';
import { temporary, write } from '../help/machine.ts';

test('a command is found as execvp(3) finds it: the first executable file, relative to the working directory', () => {
  const directory = temporary();
  write(directory, { 'a/tool': '', 'b/tool!': '', 'here/tool!': '' });
  mkdirSync(path.join(directory, 'c/tool'), { recursive: true });
  const search = ['a', 'b', 'c'].map((name) => path.join(directory, name)).join(':');
  expect(findCommand('tool', search, '/')).toEqual({ path: path.join(directory, 'b/tool') });
  expect(findCommand('here/tool', search, directory)).toEqual({ path: path.join(directory, 'here/tool') });
  expect(findCommand('tool', path.join(directory, 'a'), '/')).toEqual({ exitCode: 126, code: 'EACCES' });
  expect(findCommand('tool', path.join(directory, 'c'), '/')).toEqual({ exitCode: 126, code: 'EACCES' });
  expect(findCommand('nothing', search, '/')).toEqual({ exitCode: 127, code: 'ENOENT' });
});
