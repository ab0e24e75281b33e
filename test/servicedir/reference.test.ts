/** docs/reference/service-directory.md against THE list. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { DEFAULTS } from '../../src/core/definition.ts';
import { FILES } from '../../src/servicedir/files.ts';

const reference = readFileSync(path.resolve(import.meta.dirname, '../../docs/reference/service-directory.md'), 'utf8');

test('the reference has one row for each file, in the words of the list, and no other', () => {
  const rows = Object.entries(FILES).map(([name, file]) => {
    const fallback = file.kind === 'value' ? String(DEFAULTS[file.field] ?? 'none') : '–';
    return `| \`${name}\` | ${file.content} | ${fallback} | ${file.sentence} | ${file.spec} |`;
  });
  expect(reference.split('\n').filter((line) => line.startsWith('| `'))).toEqual(rows);
});

test('every example of the list is understood', () => {
  for (const [name, file] of Object.entries(FILES)) {
    if (file.kind === 'value') expect(file.parse(file.example), name).toBeDefined();
  }
});
