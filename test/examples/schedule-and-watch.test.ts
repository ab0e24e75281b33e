/** The pages about `schedule` and `watch`, run: their yaml blocks are the files that they name, each `$ ` line a command. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { timesOf } from '../../src/timers/cron.ts';
import { lines, root, run, temporary, until, write, type Ran } from '../help/machine.ts';

const SUPERVISE = 'svc supervise services.d';

/** Follows a page in a directory of its own. */
async function follow(page: string): Promise<{ here: string; text: string; svc(...words: string[]): Promise<Ran>; output(): string }> {
  const text = readFileSync(path.join(root, 'docs/how-to', page), 'utf8');
  const here = temporary();
  const log = path.join(here, 'log');
  for (const [, file, content] of text.matchAll(/^```yaml\n# (\S+)\n(.*?)^```$/gms)) write(here, { [file!]: content! });
  const env = { PATH: `${path.join(root, 'build/n6/bin')}:${process.env.PATH}`, HOME: here, N6_LOG_LEVEL: 'debug', N6_LOG_FORMAT: 'pretty' };
  const output = (): string => readFileSync(log, 'utf8');
  let supervisor: ChildProcess | undefined;
  onTestFinished(async () => {
    if (supervisor === undefined || supervisor.exitCode !== null || supervisor.signalCode !== null) return;
    const gone = once(supervisor, 'exit');
    supervisor.kill('SIGTERM');
    await gone;
  });
  const blocks = [...text.matchAll(/^```console\n(.*?)^```$/gms)].map(([, block]) => block!);
  for (const command of blocks.flatMap((block) => [...block.matchAll(/^\$ (.*)$/gm)].map(([, line]) => line!))) {
    if (command !== SUPERVISE) {
      const { code, stderr } = await run('sh', ['-c', command], { cwd: here, env });
      // `svc status NAME` tells by its code whether it is up.
      expect({ command, code, stderr }).toEqual({ command, code: command === 'svc status report' ? 3 : 0, stderr: '' });
      continue;
    }
    supervisor = spawn('sh', ['-c', `exec ${SUPERVISE} >log 2>&1`], { cwd: here, env, stdio: 'ignore' });
    await until(async () => (await run('svc', ['status'], { cwd: here, env })).code === 0);
  }
  return { here, text, output, svc: (...words) => run('svc', words, { cwd: here, env }) };
}

test('a job at certain times', async () => {
  const { here, text, svc } = await follow('schedule-a-job.md');
  type Listed = { name: string; state: string; nextRun: string; why: string };
  const listed = async (): Promise<Listed[]> => (JSON.parse((await svc('status', '--json')).stdout) as { services: Listed[] }).services;
  await until(() => lines(path.join(here, 'reports')).length === 1);
  const services = await until(async () => ((await listed())[0]!.state === 'done' ? listed() : undefined));
  expect(services).toMatchObject([{ name: 'report', why: expect.stringContaining('next run in ') as string }]);
  expect(new Date(services[0]!.nextRun).getTime() % 300_000).toBe(0);
  expect(lines(path.join(here, 'reports'))).toHaveLength(1);
  const expressions = [...text.matchAll(/^\| `[^`\n]*"([^"\n]+)"[^`\n]*` \|/gm)].map(([, expression]) => expression!);
  expect(expressions).toHaveLength(2);
  for (const expression of expressions) expect(timesOf(expression, 'UTC')(Date.now()), expression).toBeGreaterThan(Date.now());
});

test('a restart when files change', async () => {
  const { here, output, svc } = await follow('develop-with-watch.md');
  const pid = async (): Promise<number | null> => {
    const { services } = JSON.parse((await svc('status', 'site', '--json')).stdout) as { services: { pid: number | null }[] };
    return services[0]!.pid;
  };
  await until(() => output().includes('its files are watched'), output);
  let before = await pid();
  for (const change of [
    () => appendFileSync(path.join(here, 'src/server.js'), '// edited\n'),
    () => writeFileSync(path.join(here, 'config.json'), '{}'),
  ]) {
    change();
    const after = await until(async () => [null, before].includes(await pid()) ? undefined : pid(), output);
    expect(after).not.toBe(before);
    before = after;
  }
  expect(output()).toMatch(/src\/server\.js changed: restarting it/);
});
