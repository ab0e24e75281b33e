/** docs/how-to/import.md has every key and file that the code has, with what becomes of it. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { APP_KEYS } from '../src/import/pm2/keys.ts';
import { SERVICE_FILES, SOURCE_FILES } from '../src/import/s6/table.ts';
import { FCGI_KEYS, MAIN_KEYS, PROGRAM_KEYS } from '../src/import/supervisord/keys.ts';
import { FILES } from '../src/servicedir/files.ts';

const page = readFileSync(path.join(import.meta.dirname, '../docs/how-to/import.md'), 'utf8').split('\n');

function table(head: string): string[][] {
  const begin = page.indexOf(`| ${head} | becomes |`);
  expect(begin, head).toBeGreaterThan(0);
  const rows = page.slice(begin + 2);
  return rows.slice(0, rows.findIndex((line) => !line.startsWith('|'))).map((row) => row.split('|').slice(1, -1).map((cell) => cell.trim()));
}

test.each([
  ['file', SERVICE_FILES], ['file of s6-rc', SOURCE_FILES], ['key of a program', PROGRAM_KEYS], ['key of `[fcgi-program:x]`', FCGI_KEYS],
  ['key of `[supervisord]`', MAIN_KEYS], ['key of an app', APP_KEYS],
])('import.md: %s', (head, known) => {
  expect(table(head)).toEqual(Object.entries<string | { becomes: string }>(known).map(([key, entry]) =>
    [`\`${key}\``, typeof entry === 'string' ? entry : entry.becomes]));
});

test('every file of a service directory is in the table of s6', () => {
  expect(Object.keys(SERVICE_FILES).sort()).toEqual(Object.keys(FILES).sort());
});
