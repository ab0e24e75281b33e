import { describe, expect, test } from 'vitest';
import { BOOT_FAILED, containerExitCode, SVC_EXIT, type Ending } from '../../src/core/exit-codes.ts';
import { finishArguments, isPermanentFailure, shellCode, type Exit } from '../../src/core/exit.ts';

const codes = Array.from({ length: 256 }, (_, code) => code);
const killed = (number: number): Exit => ({ signal: 'SIGNAL', number, dumped: false });

test('all 256 exit codes and every signal are what a shell would say', () => {
  for (const code of codes) expect(shellCode({ code })).toBe(code);
  for (let number = 1; number <= 64; number++) expect(shellCode(killed(number))).toBe(128 + number);
});

test('finish gets the code and 0, or 256 and the signal, then name and process group (spec 1.2.6)', () => {
  for (const code of codes) expect(finishArguments({ code }, 'web', 7)).toEqual([String(code), '0', 'web', '7']);
  for (let number = 1; number <= 64; number++) expect(finishArguments(killed(number), 'web', 7)).toEqual(['256', String(number), 'web', '7']);
});

test('125 alone is a permanent failure, and no signal is', () => {
  expect(codes.filter((code) => isPermanentFailure({ code }))).toEqual([125]);
  expect(isPermanentFailure(killed(125))).toBe(false);
});

describe('the exit code of the container (contract section 11)', () => {
  const ending = (changes: Partial<Ending>): Ending => ({ command: undefined, critical: undefined, boot: undefined, exitcodeFile: undefined, ...changes });
  for (const [what, given, expected] of [
    ['CMD ended by itself', { command: 7, critical: 3, exitcodeFile: '5' }, 7],
    ['CMD ended with 0', { command: 0, critical: 3, exitcodeFile: '5' }, 0],
    ['a critical service ended it', { critical: 3, exitcodeFile: '5' }, 3],
    ['the boot failed', { boot: 1, exitcodeFile: '0\n' }, 1],
    ['the boot failed, and CMD ran all the same', { command: 4, boot: 1 }, 4],
    ['somebody wrote exitcode', { exitcodeFile: '5\n' }, 5],
    ['the file says 0, as from the start', { exitcodeFile: '0\n' }, 0],
    ['a finish script wrote more than a line', { exitcodeFile: '12\nrubbish\n' }, 12],
    ['there is space around it', { exitcodeFile: ' 255 \n' }, 255],
    ['the file is empty', { exitcodeFile: '' }, 0],
    ['the file holds no number', { exitcodeFile: 'seven' }, 0],
    ['the number is no exit code', { exitcodeFile: '256' }, 0],
    ['the number is negative', { exitcodeFile: '-1' }, 0],
    ['there is no file', {}, 0],
  ] as const) test(`${what}: ${expected}`, () => expect(containerExitCode(ending(given))).toBe(expected));

  test('an ordinary stop never gives the code of a boot that failed', () => {
    expect(containerExitCode(ending({}))).not.toBe(BOOT_FAILED);
  });
});

test('the exit codes of svc are those of contract section 9, each once', () => {
  expect(Object.values(SVC_EXIT).map(({ code }) => code)).toEqual([0, 1, 2, 3, 4, 5]);
});
