/** docs/reference/execline.md names the words that are translated, and no others. */
import { expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { WORDS } from '../src/execline/words.ts';

test('the table of words is the list of words', () => {
  const page = readFileSync(path.resolve(import.meta.dirname, '../docs/reference/execline.md'), 'utf8');
  const rows = page.split('\n').flatMap((line) => /^\| `([a-z]+)` \|/.exec(line)?.[1] ?? []);
  expect(rows).toEqual(Object.keys(WORDS));
});
