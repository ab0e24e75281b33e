/** The tree that lands on `/` of an image (contract section 2), and the ways in which images start /init (corpus 2.6). */
import { lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { container, inside, root } from '../help/machine.ts';
import { canMakeNamespaces } from '../help/privileges.ts';

const layer = path.join(root, 'build/layer');

test('the layer has nothing in the place of what may be a link, and no directory that others may write to', () => {
  expect(readdirSync(layer).sort()).toEqual(['command', 'etc', 'init', 'usr']);
  expect(readdirSync(path.join(layer, 'usr')).sort()).toEqual(['bin', 'lib']);
  const modes = readdirSync(layer, { recursive: true, encoding: 'utf8' })
    .map((name) => ({ name, stats: lstatSync(path.join(layer, name)) }))
    .filter(({ stats }) => !stats.isSymbolicLink() && (stats.mode & 0o022) !== 0);
  expect(modes.map(({ name }) => name)).toEqual([]);
});

describe.runIf(canMakeNamespaces)('/init', () => {
  test('svc check --root / takes the environment that it has, as RUN in a Dockerfile gives it', async () => {
    const machine = await container({ 'web/run!': '#!/bin/sh\nexec sleep 1000\n' });
    const check = async (...words: string[]): Promise<string> => (await inside(machine, 'env', ...words, 'svc', 'check', '--root', '/')).stdout;
    expect(await check('S6_LOGGING=1')).toMatch(/^S6_LOGGING: expected /m);
    expect(await check('S6_LOGGING=0')).not.toContain('S6_LOGGING');
  });

  test('renamed, and called by a script that wraps it, with arguments', async () => {
    const machine = await container({ 'web/run!': '#!/bin/sh\nexec sleep 1000\n' }, {
      ready: false, command: ['sh', '-c', 'test "$1" = "a b" && exit 7', 'x', 'a b'],
      rootFiles: { 'init!': '#!/bin/sh\nexec /s6-init "$@"\n', 's6-init@': '/usr/lib/n6/bin/init' },
    });
    expect(await machine.ended).toBe(7);
  });
});
