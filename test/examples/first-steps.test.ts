/** docs/tutorial/first-steps.md, command by command: every `$ ` line of its console blocks, in one directory, in its order. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { root, run, until } from '../help/machine.ts';

const tutorial = readFileSync(path.join(root, 'docs/tutorial/first-steps.md'), 'utf8');
const commands = [...tutorial.matchAll(/^```console\n(.*?)^```$/gms)].flatMap(([, block]) => [...block!.matchAll(/^\$ (.*)$/gm)].map(([, line]) => line!));
const SUPERVISE = 'svc supervise services.d';

let directory: string | undefined;
let supervisor: ChildProcess | undefined;
afterEach(async () => {
  if (supervisor !== undefined && supervisor.exitCode === null && supervisor.signalCode === null) {
    const gone = once(supervisor, 'exit');
    supervisor.kill('SIGTERM');
    await gone;
  }
  if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
});

test('every command of the first steps does what it says', async () => {
  const here = directory = mkdtempSync(path.join(tmpdir(), 'n6-first-steps-'));
  const env = { PATH: `${path.join(root, 'build/n6/bin')}:${process.env.PATH}`, HOME: here };
  expect(commands.filter((command) => command === SUPERVISE)).toHaveLength(2);
  for (const command of commands) {
    if (command === SUPERVISE) {
      supervisor = spawn('svc', command.split(' ').slice(1), { cwd: here, env, stdio: 'ignore' });
      await until(async () => (await run('svc', ['status'], { cwd: here, env })).code === 0);
      continue;
    }
    const leaving = command === 'svc shutdown' ? once(supervisor!, 'exit') : undefined;
    const ran = await run('sh', ['-c', command], { cwd: here, env });
    expect({ command, ...ran }).toMatchObject({ command, code: 0 });
    if (leaving !== undefined) expect(await leaving).toEqual([0, null]);
  }
  const statuses = await run('svc', ['status', '--json'], { cwd: here, env });
  const { services } = JSON.parse(statuses.stdout) as { services: { name: string; state: string; pid: number }[] };
  expect(services).toMatchObject([{ name: 'clock', state: 'up' }, { name: 'slow', state: 'ready' }]);
  const noted = await until(() => {
    const lines = existsSync(path.join(here, 'hook.log')) ? readFileSync(path.join(here, 'hook.log'), 'utf8').trim().split('\n') : [];
    return lines.length === 2 ? lines : undefined;
  });
  expect(noted.sort()).toEqual(services.map(({ name, pid }) => `${name} is up as ${pid}`));
}, 120_000);
