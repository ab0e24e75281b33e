/** Both ways to have the tree: the script that sh runs, and --output. */
import { execFileSync, spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { field, textFile, type Entry, type Service } from '../../src/import/model.ts';
import { quote, script } from '../../src/import/script.ts';
import { treeOf } from '../../src/import/tree.ts';
import { occupied, writeTree } from '../../src/import/write.ts';
import { temporary, write } from '../help/machine.ts';

const service = (name: string, files: readonly Entry[]): Service =>
  ({ name, files, remarks: ['not imported: a: b'], fields: [field('command', ['a', '--b', "c'd"])] });

/** Path to mode and content. */
function seen(directory: string, below = ''): Record<string, string> {
  return Object.fromEntries(readdirSync(path.join(directory, below)).sort().flatMap((name) => {
    const place = path.join(below, name);
    const file = path.join(directory, place);
    const stats = lstatSync(file);
    if (stats.isSymbolicLink()) return [[place, readlinkSync(file)]];
    const mode = (stats.mode & 0o7777).toString(8);
    return stats.isDirectory() ? [[place, mode], ...Object.entries(seen(directory, place))] : [[place, `${mode} ${readFileSync(file, 'latin1')}`]];
  }));
}

test('the script makes what --output makes', () => {
  const directory = temporary();
  write(directory, { binary: 'a\0b' });
  const parts = treeOf({ services: [
    service('web', [
      textFile('run', '#!/bin/sh\nexec x "$A" `b` \\n\n', 0o755), textFile('cut', 'no end'), textFile('empty', ''), textFile('marks', 'END\nEND_\n'),
      textFile('blank', '\n'), textFile('quotes', "it's\n$HOME"), textFile('secret', 'A=1\n', 0o600), textFile('-x', '1\n'),
      { path: 'env', kind: 'directory', mode: 0o700 }, textFile('env/A', 'é\n', 0o640), { path: 'link', kind: 'link', target: "../it's" },
      { path: 'binary', kind: 'copy', mode: 0o644, source: path.join(directory, 'binary') },
    ]),
    service('-it\'s odd', [textFile('a b', '1\n')]),
  ] });
  const [byScript, byOutput] = [path.join(directory, 's'), path.join(directory, 'o')];
  mkdirSync(byScript);
  const text = script(parts, ['a remark'], [{ service: '', file: 'f', value: 'a\nb', expected: 'x', remedy: 'y' }], "svc import 'a\nb'");
  execFileSync('sh', [], { cwd: byScript, input: text, env: { PATH: process.env['PATH'] } });
  const told: string[] = [];
  writeTree(byOutput, parts, (place) => told.push(path.relative(byOutput, place)));
  expect(seen(byScript)).toEqual(seen(byOutput));
  expect(seen(byOutput)['web/secret']).toBe('600 A=1\n');
  expect(told.length).toBe(Object.values(seen(byOutput)).length - 3);

  // A second time nothing is made, and nothing is changed.
  const before = seen(byScript);
  const again = spawnSync('sh', [], { cwd: byScript, input: text, encoding: 'utf8' });
  expect([again.status, again.stderr, seen(byScript)]).toEqual([1, 'web is there already; nothing was made, run this in another directory\n', before]);
  expect(occupied(byOutput, parts)).toEqual([path.join(byOutput, 'web'), path.join(byOutput, "-it's odd")]);
});

test('a word is quoted so that sh takes it for itself', () => {
  const word = fc.string({ unit: 'binary', maxLength: 20 }).filter((text) => !text.includes('\0') && Buffer.from(text).toString() === text);
  fc.assert(fc.property(fc.array(word, { maxLength: 8 }), (words) => {
    const line = `printf '%s\\0' ${['-', ...words].map(quote).join(' ')}`;
    expect(execFileSync('sh', ['-c', line], { encoding: 'utf8' }).split('\0').slice(1, -1)).toEqual(words);
  }), { numRuns: 50 });
});
