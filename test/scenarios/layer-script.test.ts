/** `npm run layer`, in a copy: what is under build/ here is in use by other tests. */
import { cpSync, lstatSync, readdirSync, readFileSync, readlinkSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { root, run, temporary } from '../help/machine.ts';

test('scripts/layer builds the layer, and tells how to use it as the how-to does', async () => {
  const copy = temporary();
  for (const name of ['src', 'scripts', 'package.json']) cpSync(path.join(root, name), path.join(copy, name), { recursive: true });
  symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));
  const { code, stdout, stderr } = await run('sh', [path.join(copy, 'scripts/layer')], { cwd: '/' });
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain(`The layer is in ${copy}/build/layer.`);
  const layer = path.join(copy, 'build/layer');
  expect(readdirSync(layer).sort()).toEqual(['command', 'etc', 'init', 'usr']);
  expect(readlinkSync(path.join(layer, 'init'))).toBe('/usr/lib/n6/bin/init');
  expect(lstatSync(path.join(layer, 'usr/lib/n6/bin/init')).mode & 0o777).toBe(0o755);
  const page = readFileSync(path.join(root, 'docs/how-to/build-an-image.md'), 'utf8');
  const told = stdout.split('\n').filter((line) => line.startsWith('    '));
  expect(told).toHaveLength(3);
  for (const line of told) expect(page.split('\n')).toContain(line);
});

test('npm run layer is that script', () => {
  const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
  expect(scripts['layer']).toBe('sh scripts/layer');
});
