/** The transaction is killed at each of its steps: a whole file, old or new, always; and what comes after it converges. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { root, temporary, write } from '../help/machine.ts';

/** Built once: a hundred of it are started. */
let home: string;
beforeAll(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'n6-transaction-'));
  await build({
    entryPoints: [path.join(root, 'test/programs/template-transaction.ts')], outfile: path.join(home, 'program.cjs'), bundle: true, platform: 'node',
    format: 'cjs', alias: { handlebars: 'handlebars/dist/cjs/handlebars.js' }, external: ['source-map'], logLevel: 'warning',
  });
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

function run(directory: string, killAt: number, ...words: string[]): { count: number; outcome: string } | undefined {
  const { stdout, signal, stderr } = spawnSync(process.execPath, [path.join(home, 'program.cjs'), directory, String(killAt), ...words], { encoding: 'utf8' });
  if (signal === 'SIGKILL') return undefined;
  expect(stderr).toBe('');
  return JSON.parse(stdout) as { count: number; outcome: string };
}

function prepare(source: string): string {
  const directory = temporary();
  writeFileSync(path.join(directory, 'out.cfg'), 'from the image');
  write(directory, { 'templates.d/t.yaml': 'source: t.hbs\ndestination: ../out.cfg\ncheck: [check, "{file}"]\nreload: ha\n', 'templates.d/t.hbs': source });
  return directory;
}

const OLD = `${'old line\n'.repeat(2000)}end\n`;
const NEW = `${'new line, a longer one\n'.repeat(3000)}end\n`;
const read = (directory: string): string => readFileSync(path.join(directory, 'out.cfg'), 'utf8');
const reloads = (directory: string): number => readFileSync(path.join(directory, 'reloads'), 'utf8').split('\n').length - 1;

describe.each([['by rename'], ['in place', 'in-place']])('%s', (_how, ...words) => {
  test('killed at each step', () => {
    const whole = prepare(OLD);
    run(whole, 0, ...words);
    writeFileSync(path.join(whole, 'templates.d/t.hbs'), NEW);
    const { count } = run(whole, 0, ...words)!;
    expect(read(whole)).toBe(NEW);
    expect(count).toBeGreaterThan(10);
    for (let step = 1; step <= count; step++) {
      const directory = prepare(OLD);
      run(directory, 0, ...words);
      const before = reloads(directory);
      writeFileSync(path.join(directory, 'templates.d/t.hbs'), NEW);
      expect(run(directory, step, ...words), `step ${step}`).toBeUndefined();
      expect([OLD, NEW], `step ${step}`).toContain(read(directory));
      const after = run(directory, 0, ...words)!;
      expect(read(directory), `step ${step}`).toBe(NEW);
      // Somebody was told of it, whenever it was killed, and nothing is left lying about.
      expect(reloads(directory), `step ${step}`).toBeGreaterThan(before);
      expect(after.outcome, `step ${step}`).toMatch(/^(applied|unchanged)$/);
      expect(readdirSync(directory).filter((name) => name.startsWith('.')), `step ${step}`).toEqual([]);
      expect(run(directory, 0, ...words), `step ${step}`).toMatchObject({ outcome: 'unchanged' });
      rmSync(directory, { recursive: true, force: true });
    }
  }, 240_000);
});

test('a reload that is refused puts the old file back, killed at each step, too', () => {
  const whole = prepare(OLD);
  run(whole, 0);
  writeFileSync(path.join(whole, 'templates.d/t.hbs'), NEW);
  writeFileSync(path.join(whole, 'refuse-reload'), '');
  const { count, outcome } = run(whole, 0)!;
  expect(outcome).toBe('failed');
  expect(read(whole)).toBe(OLD);
  for (let step = count - 9; step <= count; step++) {
    const directory = prepare(OLD);
    run(directory, 0);
    writeFileSync(path.join(directory, 'templates.d/t.hbs'), NEW);
    writeFileSync(path.join(directory, 'refuse-reload'), '');
    run(directory, step);
    expect([OLD, NEW], `step ${step}`).toContain(read(directory));
    // What was wrong with the new one is mended, and the edit taken back.
    rmSync(path.join(directory, 'refuse-reload'));
    writeFileSync(path.join(directory, 'templates.d/t.hbs'), OLD);
    run(directory, 0);
    expect(read(directory), `step ${step}`).toBe(OLD);
  }
}, 240_000);

test('a check that refuses leaves the file, and keeps what was refused', () => {
  const directory = prepare(OLD);
  run(directory, 0);
  writeFileSync(path.join(directory, 'templates.d/t.hbs'), NEW);
  writeFileSync(path.join(directory, 'refuse'), '');
  expect(run(directory, 0)).toMatchObject({ outcome: 'failed' });
  expect(read(directory)).toBe(OLD);
  expect(readFileSync(path.join(directory, 'state/t.rejected'), 'utf8')).toBe(NEW);
  expect(readFileSync(path.join(directory, 'events'), 'utf8')).toBe('config-rendered\nconfig-rejected\n');
  rmSync(path.join(directory, 'refuse'));
  expect(run(directory, 0)).toMatchObject({ outcome: 'applied' });
  expect(existsSync(path.join(directory, 'state/t.rejected'))).toBe(false);
});

test('the file is deleted, edited, or was never told of: it is made anew', () => {
  const directory = prepare(OLD);
  run(directory, 0);
  rmSync(path.join(directory, 'out.cfg'));
  expect(run(directory, 0)).toMatchObject({ outcome: 'applied' });
  writeFileSync(path.join(directory, 'out.cfg'), 'by hand');
  expect(run(directory, 0)).toMatchObject({ outcome: 'applied' });
  rmSync(path.join(directory, 'state'), { recursive: true });
  mkdirSync(path.join(directory, 'state'));
  writeFileSync(path.join(directory, 'state/t.json'), '{"version":1,"destin');
  expect(run(directory, 0)).toMatchObject({ outcome: 'applied' });
  expect(read(directory)).toBe(OLD);
});
