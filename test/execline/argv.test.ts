/** The command lines of 10,000 generated scripts, as the real execlineb makes them and as ours does. */
import { expect, test } from 'vitest';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { substituteArguments } from '../../src/execline/arguments.ts';
import { parse } from '../../src/execline/parse.ts';
import { run, temporary } from '../help/machine.ts';
import { lacking } from '../help/needs.ts';
import { chance, oddWords } from './generator.ts';

const SCRIPTS = 10_000;
const GIVEN = ['first', 'the second'];

test.runIf(lacking('execlineb').length === 0)(`${SCRIPTS} scripts have the command line that execlineb gives them`, { timeout: 300_000 }, async () => {
  const directory = temporary();
  const random = chance(20_241);
  const scripts = Array.from({ length: SCRIPTS }, (_, number) => ({
    text: `printf "%s\\\\0" script-${number}${oddWords(random)}\n`, minimum: random.below(4), shift: random.below(2) === 0,
  }));
  // One shell starts them all, each with a file of its own: -c would put the script into an argument of limited length.
  scripts.forEach(({ text }, number) => writeFileSync(path.join(directory, String(number)), text, 'latin1'));
  const calls = scripts.map(({ minimum, shift }, number) => `"$e" -q${shift ? 's' : 'S'}${minimum} ${number} ${GIVEN.map((word) => `'${word}'`).join(' ')}`);
  writeFileSync(path.join(directory, 'all'), `e=$1\nexec >real\n${calls.join('\n')}\n`);
  const { code, stderr } = await run('sh', ['all', execlineb()], { cwd: directory });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });

  const ours = scripts.map(({ text, minimum, shift }, number) => {
    const { words, problems } = parse(text);
    expect(problems, text).toEqual([]);
    return substituteArguments(words, String(number), GIVEN, minimum, shift).slice(2);
  });
  const real = split(path.join(directory, 'real'));
  expect(real.length).toBe(SCRIPTS);
  ours.forEach((words, number) => expect(words, scripts[number]!.text).toEqual(real[number]));
});

/** Debian's /usr/bin/execlineb is a script of execline that puts the programs into PATH: twice the time. */
const execlineb = (): string => ['/usr/lib/execline/bin/execlineb', '/usr/bin/execlineb'].find((file) => existsSync(file)) ?? 'execlineb';

/** What the scripts wrote, the words of each. */
function split(file: string): string[][] {
  const scripts: string[][] = [];
  for (const word of readFileSync(file, 'latin1').split('\0').slice(0, -1)) {
    if (/^script-[0-9]+$/.test(word)) scripts.push([word]);
    else scripts.at(-1)!.push(word);
  }
  return scripts;
}
