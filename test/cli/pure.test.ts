/** The parts of svc that need no process. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UsageError } from '../../src/cli/command.ts';
import { variablesOf } from '../../src/cli/commands/event.ts';
import { parseDuration } from '../../src/cli/duration.ts';
import { inParallel } from '../../src/cli/in-parallel.ts';
import { everyCommand, findCommand } from '../../src/cli/commands/index.ts';
import { nameOf } from '../../src/cli/names.ts';
import { parse } from '../../src/cli/parse.ts';
import { table } from '../../src/cli/table.ts';
import { understand } from '../../src/cli/understand.ts';

const COMMAND_LIST = await everyCommand();

test.each([['500ms', 500], ['10s', 10_000], ['1.5m', 90_000], ['2h', 7_200_000], ['0', 0], ['0s', 0]])('%s is %i ms', (text, milliseconds) => {
  expect(parseDuration('timeout', text)).toBe(milliseconds);
});

test.each(['', '10', '-1s', '10 s', '1d', 's', '1e3s', '999999h', 'NaN'])('"%s" is no duration', (text) => {
  expect(() => parseDuration('timeout', text)).toThrow(UsageError);
});

test.each([
  ['web', 'web'], ['/run/service/web', 'web'], ['/run/service/web/', 'web'], ['./services.d/web', 'web'], ['services.d/../web', 'web'],
  ['web-*', 'web-*'], ['', ''],
  ['web/log', 'web/log'], ['/run/service/web/log', 'web/log'], ['./services.d/web/log/', 'web/log'], ['other/log', 'log'],
])('"%s" names %s', (word, name) => {
  expect(nameOf(word, (known) => ['web', 'web/log'].includes(known))).toBe(name);
});

test('a table is aligned, has no trailing space, and cuts the last column alone', () => {
  const rows = [
    [{ text: 'a' }, { text: 'long', paint: (text: string) => `<${text}>` }, { text: '' }],
    [{ text: 'bb' }, { text: 'x' }, { text: 'why it is so' }],
  ];
  expect(table(['N', 'S', 'WHY'], rows, undefined)).toEqual(['N   S     WHY', 'a   <long>', 'bb  x     why it is so']);
  expect(table(['N', 'S', 'WHY'], rows, 16)).toEqual(['N   S     WHY', 'a   <long>', 'bb  x     why i…']);
  expect(table(['N', 'S', 'WHY'], rows, 5)[2]).toBe('bb  x     why…');
  const long = table(['N', 'S', 'WHY'], [[{ text: 'n'.repeat(50) }, { text: 'up' }, { text: 'because of this and that' }]], 40);
  expect(long).toEqual(['N                       S   WHY', `${'n'.repeat(21)}…  up  because of …`]);
});

test('a source means the variables that begin with its name', () => {
  expect(variablesOf('my-agent', { MY_AGENT_A: '1', MY_AGENTB: '2', OTHER: '3', MY_AGENT_: '' })).toEqual({ MY_AGENT_A: '1', MY_AGENT_: '' });
});

test('at most so many at a time, results in the order of the items', async () => {
  let now = 0;
  let most = 0;
  const results = await inParallel([5, 1, 4, 2, 3], 2, async (item) => {
    most = Math.max(most, ++now);
    for (let i = 0; i < item; i++) await Promise.resolve();
    now--;
    return item * 10;
  });
  expect([results, most]).toEqual([[50, 10, 40, 20, 30], 2]);
  await expect(inParallel([1, 2], 2, (item) => Promise.reject(new Error(String(item))))).rejects.toThrow('1');
});

test('what is understood without yargs is what yargs understands', async () => {
  const seen = (asked: Promise<unknown>): Promise<unknown> => asked.catch((error: unknown) => String(error));
  const values = ['--timeout', '--timeout=5s', '--level', '--level=', '--level=alive', '--dir', '--dir=/x', '--color=never', '--for=up'];
  const others = ['--signal', '-s', '--env=A=1', '"5s"', '5s', '--timeout="5s"', "--dir='a b'"];
  const plain = ['web', '12', '1e3', '0x1f', '', 'a=b', 'a.b', '--json', '--no-wait', '--wait', '--json=true', '-', '--', '-5', 'true', 'false'];
  const word = fc.oneof(fc.constantFrom(...plain), fc.constantFrom(...values, ...others), fc.string({ maxLength: 5 }));
  const names = fc.constantFrom(...COMMAND_LIST.map(({ name }) => name));
  const globals = fc.constantFrom(['--dir', '/x'], ['--dir=/x'], ['--color', 'never'], ['--dir', '-x'], ['--color=never', '--dir=a b'], ['--json']);
  await fc.assert(fc.asyncProperty(names, fc.array(word, { maxLength: 4 }), fc.array(globals, { maxLength: 1 }), async (name, words, [before = []]) => {
    const dashes = words.indexOf('--');
    // What follows is the command of a command, and for nobody to understand.
    const isSplit = dashes >= 0 && (await findCommand(name))!.operand.after !== undefined;
    const byYargs = isSplit ? parse([...before, name, ...words.slice(0, dashes)], words.slice(dashes + 1)) : parse([...before, name, ...words]);
    expect(await seen(understand([...before, name, ...words]))).toEqual(await seen(byYargs));
  }), { numRuns: 300 });
});
