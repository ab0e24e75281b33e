/** README.md, "Sixty seconds": its indented commands, one by one, in a directory that looks like a checkout that was built. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { root, run, temporary, until } from '../help/machine.ts';

const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
const commands = [...readme.matchAll(/^ {4}(.*)$/gm)].map(([, line]) => line!);
/** What `npm test` itself is the proof of, or the demo's own test. */
const ELSEWHERE = ['npm run demo', 'npm ci && npm run build'];
const SUPERVISE = 'bin/svc supervise mine';

test('every command of the README does what it says', async () => {
  const directory = temporary();
  for (const name of ['bin', 'build']) symlinkSync(path.join(root, name), path.join(directory, name));
  const said: string[] = [];
  for (const command of commands.filter((line) => !ELSEWHERE.includes(line))) {
    if (command === SUPERVISE) {
      const supervisor = spawn('sh', ['-c', `exec ${command}`], { cwd: directory, stdio: 'ignore' });
      onTestFinished(async () => {
        if (supervisor.exitCode === null && supervisor.kill('SIGTERM')) await once(supervisor, 'exit');
      });
      await until(async () => (await run('sh', ['-c', 'bin/svc --dir mine status'], { cwd: directory })).code === 0);
      continue;
    }
    const ran = await run('sh', ['-c', command], { cwd: directory });
    expect({ command, ...ran }).toMatchObject({ command, code: 0 });
    said.push(ran.stdout);
  }
  expect(commands).toEqual(expect.arrayContaining([...ELSEWHERE, SUPERVISE]));
  expect(said.join('')).toMatch(/hello\s+up[\s\S]*hello is up[\s\S]*hello is down[\s\S]*shutdown has begun/);
});
