/** Contract section 2: n6 never makes 0, 1, 2 non-blocking. execa would, when it is loaded, and node:net, when it closes a socket. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createWorld } from './world.ts';

const programs = path.join(import.meta.dirname, '../programs');
const O_NONBLOCK = 0o4000;
let directory: string;

/** As the build does: one CommonJS file, in which the lazy import of a module is something else than Node's own. */
beforeAll(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'n6-hooks-'));
  execFileSync('mkfifo', [path.join(directory, 'fifo')]);
  await build({
    entryPoints: [path.join(programs, 'hook-runner-on-pipes.ts')], outfile: path.join(directory, 'runner.cjs'),
    bundle: true, platform: 'node', format: 'cjs', target: 'node20.19', logLevel: 'error',
  });
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test('running a hook leaves the pipes of n6 blocking', async () => {
  const { hooks, install } = createWorld();
  install('service-up', 'hook-exits-3');
  // A shell's pipes: those of Node are sockets.
  const command = [process.execPath, path.join(directory, 'runner.cjs'), hooks, path.join(directory, 'fifo')];
  const { stdout } = await execa('/bin/sh', ['-c', ': | "$@" 2>&1 | cat', 'sh', ...command]);
  const [failure, flags] = stdout.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(failure).toMatchObject({ type: 'hookFailed', reason: 'exit 3' });
  for (const flag of flags!['after'] as string[]) expect(Number.parseInt(flag, 8) & O_NONBLOCK).toBe(0);
  expect(flags!['after']).toEqual(flags!['before']);
});
