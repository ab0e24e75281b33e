/** The closing line of `npm test`, by running vitest on a few files of every outcome. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { root, run, write } from '../help/machine.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'n6-reporter-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('all well', async () => {
  expect(await vitest({ 'good.test.js': "test('a', () => {}); test('b', () => {});" })).toEqual({ code: 0, last: ['2 passed, 0 failed'] });
});

test('what was not run is named', async () => {
  const { code, last } = await vitest({ 'some.test.js': "test('a', () => {}); describe.runIf(false)('no root', () => { test('b', () => {}); });" });
  expect({ code, last }).toEqual({ code: 0, last: [expect.stringContaining('Not run'), '  some.test.js > no root > b', '1 passed, 0 failed, 1 skipped'] });
});

test('failures, and what goes wrong outside a test, are counted', async () => {
  expect(await vitest({
    'bad.test.js': "test('a', () => { throw new Error('no'); }); test('b', () => {});",
    'broken.test.js': "import './absent.js';",
    'hook.test.js': "describe('d', () => { beforeAll(() => { throw new Error('no'); }); test('c', () => {}); });",
  })).toMatchObject({ code: 1, last: [expect.anything(), expect.anything(), '1 passed, 3 failed, 1 skipped'] });
});

test('a rejection that nobody owns', async () => {
  const source = "test('a', async () => { void Promise.reject(new Error('no')); await new Promise(setImmediate); });";
  expect(await vitest({ 'loose.test.js': source })).toEqual({ code: 1, last: ['1 passed, 1 failed'] });
});

/** Gives the exit code and what our reporter alone printed. */
async function vitest(files: Record<string, string>): Promise<{ code: number; last: string[] }> {
  mkdirSync(path.join(directory, 'tests'));
  write(path.join(directory, 'tests'), files);
  const words = ['run', '--globals', '--root', path.join(directory, 'tests'), '--reporter', path.join(root, 'test/help/reporter.ts')];
  const { code, stdout } = await run(path.join(root, 'node_modules/.bin/vitest'), words, { cwd: directory });
  return { code, last: stdout.trim().split('\n') };
}
