import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { file, scratch } from './files.ts';
import { launch } from './launch.ts';

test('where libc cannot change the directory of a child, /bin/sh does', async () => {
  const directory = path.join(scratch, 'a b');
  mkdirSync(directory);
  file('a b/run', '#!/bin/sh\necho "$(pwd)" "$A" "$@"\nexit 4\n');
  const program = launch('kernel-without-chdir', { arguments: [directory] });
  const said: unknown[] = [];
  while (said.length < 6) said.push(await program.next());
  expect(said).toEqual(expect.arrayContaining([
    true, { output: `${directory} b a b \n` }, { output: 'end' }, { exit: { code: 4 } },
    { failure: { step: 'file', subject: `${directory}/missing`, code: 'ENOENT', hopeless: true } },
    { failure: { step: 'directory', subject: '/nowhere', code: 'ENOENT', hopeless: true } },
  ]));
});
