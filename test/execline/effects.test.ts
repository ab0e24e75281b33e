/** What generated scripts do: exit code, output and files, under the real execline and by our translation. */
import { beforeAll, expect, test } from 'vitest';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readOptions, translate } from '../../src/execline/index.ts';
import build from '../help/build.ts';
import { root, run, temporary } from '../help/machine.ts';
import { lacking } from '../help/needs.ts';
import { chance } from './generator.ts';
import { commands } from './programs.ts';

/** 10,000 take some minutes: ten thousands of files on each side. The first ones are the same, whatever the number. */
const SCRIPTS = Number(process.env.N6_EXECLINE_SCRIPTS ?? 2000);
const REAL = '/usr/lib/execline/bin';
const GIVEN = ['first', '$(touch pwned) second'];
const ENVIRONMENT = ['A=value of A', 'B= b  c\n', 'EMPTY=', 'a.b=dotted', 'HOME=/nowhere', 'PWD=/stale', 'IFS=x'];

/** A value that is known late is read by the built program. */
beforeAll(build);

test.runIf(lacking('execlineb').length === 0 && existsSync(REAL))(`${SCRIPTS} scripts do what they do under execline`, { timeout: 600_000 }, async () => {
  const directory = temporary();
  const random = chance(Number(process.env.N6_EXECLINE_SEED ?? 30_103));
  const scripts = Array.from({ length: SCRIPTS }, () => commands(random, 3));
  const paths = { real: `${REAL}:/usr/bin:/bin`, ours: `${path.join(root, 'build/n6/command')}:/usr/bin:/bin` };
  const lines: Record<'real' | 'ours', string[]> = { real: [], ours: [] };
  const file = path.join(directory, 'script');
  scripts.forEach((text, number) => {
    writeFileSync(`${file}${number}`, text, 'latin1');
    for (const side of ['real', 'ours'] as const) prepare(path.join(directory, side, String(number)));
    lines.real.push(call(number, [`${REAL}/execlineb`, '-S1', `${file}${number}`, ...GIVEN].map((word) => Buffer.from(word)), entries(paths.real)));
    const { handling, strict } = readOptions(['-S1', 'file'])!;
    const result = translate({
      name: `${file}${number}`, text: Buffer.from(text, 'latin1'), options: { handling, strict }, arguments: GIVEN, environment: entries(paths.ours),
    });
    if (result.kind === 'problems') throw new Error(`${text}: ${JSON.stringify(result.problems)}`);
    lines.ours.push(result.kind === 'nothing' ? call(number, [Buffer.from('true')], []) : call(number, result.start.arguments, result.start.environment));
  });
  const drivers = (['real', 'ours'] as const).map((side) => {
    const driver = path.join(directory, side, 'driver');
    writeFileSync(driver, `umask 022\n${lines[side].join('')}`, 'latin1');
    return run('sh', [driver], { cwd: path.join(directory, side) });
  });
  for (const { code } of await Promise.all(drivers)) expect(code).toBe(0);
  const different = scripts.map((text, number) => ({
    text, real: look(path.join(directory, 'real', String(number))), ours: look(path.join(directory, 'ours', String(number))),
  })).filter(({ real, ours }) => JSON.stringify(real) !== JSON.stringify(ours));
  expect(different.slice(0, 5)).toEqual([]);
  expect(different.length).toBe(0);
});

const entries = (search: string): Buffer[] => [`PATH=${search}`, ...ENVIRONMENT].map((entry) => Buffer.from(entry));

function prepare(place: string): void {
  mkdirSync(path.join(place, 'here/below'), { recursive: true });
  writeFileSync(path.join(place, 'here/input'), 'from the input\n');
  writeFileSync(path.join(place, 'here/two'), 'two was here\n');
  chmodSync(place, 0o755);
}

const quoted = (word: Buffer): string => `'${word.toString('latin1').replaceAll("'", "'\\''")}'`;

/** A line of the driver. */
const call = (number: number, words: readonly Buffer[], environment: readonly Buffer[]): string =>
  `(cd ${number}/here && exec env -i -- ${[...environment, ...words].map(quoted).join(' ')}) </dev/null >${number}/out 2>${number}/err
echo $? >${number}/code\n`;

/** All that is left of a script: files with content and mode, output with the side's own directory taken out. */
function look(place: string): Record<string, string> {
  const side = path.dirname(place);
  const seen: Record<string, string> = {};
  for (const name of readdirSync(place, { recursive: true }) as string[]) {
    const file = path.join(place, name);
    const status = statSync(file);
    if (!status.isFile() || name === 'err') continue;
    seen[name] = `${(status.mode & 0o777).toString(8)} ${readFileSync(file, 'latin1').replaceAll(side, '')}`;
  }
  return seen;
}
