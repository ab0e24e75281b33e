import path from 'node:path';
import { mkdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createCommand, findCommand } from '../../src/boot/command.ts';
import { fakeKernel } from '../help/fake-kernel.ts';
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

test('a signal for CMD that comes while CMD is being started reaches it; the shutdown asks it once', () => {
  const kernel = fakeKernel();
  let ending = false;
  const command = createCommand({
    kernel, argv: ['sh'], searchPath: '/bin', environment: [], report: () => undefined, started: () => undefined, ended: () => undefined,
    shuttingDown: () => ending,
  });
  expect(command.signal('SIGUSR1')).toBe(false);
  command.start();
  expect(command.signal('SIGUSR1')).toBe(true);
  expect(command.signal('SIGTERM')).toBe(true);
  ending = true;
  kernel.pending.shift()!.answer({ pid: 7 });
  expect(kernel.signals).toEqual([[7, 'SIGUSR1'], [7, 'SIGTERM']]);
  expect(command.signal('SIGWINCH')).toBe(true);
  expect(command.exited(7, { code: 0 })).toBe(true);
  expect(command.signal('SIGWINCH')).toBe(false);
});
