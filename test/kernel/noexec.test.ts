import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { scratch } from './files.ts';
import { asPidOne, launch, namespaces } from './launch.ts';

describe.runIf(namespaces)('on a file system that is mounted noexec', () => {
  test('a script is started through its interpreter; what cannot be started says why', async () => {
    const directory = path.join(scratch, 'noexec');
    mkdirSync(directory);
    const program = launch('kernel-starts-on-noexec', { before: asPidOne, arguments: [directory] });
    const said: unknown[] = [];
    while (said.length < 7) said.push(await program.next());
    // Nothing is left to wait for, neither a child nor a writer of the pipe: it ends by itself.
    expect(await program.ended).toBe(0);
    expect(said).toEqual(expect.arrayContaining([
      { exit: { code: 9 } }, { exit: { code: 9 } },
      { output: expect.stringContaining('./run|a b||e|') as string },
      { name: 'forbidden', step: 'mode', subject: `${directory}/forbidden`, code: 'EACCES', hopeless: true },
      { name: 'broken', step: 'interpreter', subject: '/nowhere/sh', code: 'ENOENT', hopeless: true },
      { name: 'text', step: 'hashbang', subject: `${directory}/text`, code: 'ENOEXEC', hopeless: true },
      { name: 'program', step: 'mode', subject: expect.stringContaining('noexec') as string, code: 'EACCES', hopeless: true },
    ]));
  });
});
