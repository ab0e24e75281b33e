import { expect, test } from 'vitest';
import { everyCommand } from '../../src/cli/commands/index.ts';
import { SVC_EXIT } from '../../src/core/exit-codes.ts';
import { svc } from './svc.ts';

const COMMAND_LIST = await everyCommand();

/** No supervisor is needed to say that a command line is wrong. */
const nobody = { environment: { N6_DIR: '/nonexistent' } };

test.each([
  [[], 'name a command, such as: svc status; see: svc --help'],
  [['stauts'], 'no command named "stauts"; did you mean status?'],
  [['stauts', '--json'], 'no command named "stauts"; did you mean status?'],
  [['--color', 'never', 'xyzzy'], 'no command named "xyzzy"; see: svc --help'],
  [['start'], 'start needs a service: svc start NAME…; see: svc start --help'],
  [['start', '--no-wait'], 'start needs a service: svc start NAME…; see: svc start --help'],
  [['event'], 'event needs a source: svc event SOURCE; see: svc event --help'],
  [['event', 'serf', 'x'], 'event does not take "x": svc event SOURCE; see: svc event --help'],
  [['rescan', 'web'], 'rescan does not take "web": svc rescan; see: svc rescan --help'],
  [['status', '--jsno'], 'status has no option --jsno; did you mean --json?'],
  [['pause', 'web', '--timeout', '5s'], 'pause has no option --timeout; see: svc pause --help'],
  [['why'], 'why needs a service: svc why NAME…; see: svc why --help'],
  [['graph', 'web'], 'graph does not take "web": svc graph; see: svc graph --help'],
  [['graph', '--dot', '--json'], 'graph takes one of --dot, --json; see: svc graph --help'],
  [['start', 'web', '-x'], 'start has no option -x; see: svc start --help'],
  [['start', 'web', '--timeout'], 'a value has to follow --timeout; see: svc --help'],
  [['start', 'web', '--timeout', '10'], '--timeout: expected a duration such as 500ms, 10s or 1m, got "10"; see: svc --help'],
  [['start', 'web', '--timeout=-5s'], '--timeout: expected a duration such as 500ms, 10s or 1m, got "-5s"; see: svc --help'],
  [['wait', 'web', '--for', 'upp'], '--for: expected up, ready, down, healthy, got "upp"; see: svc wait --help'],
  [['kill', 'web', '-s', 'TREM'], 'no signal named "TREM"; did you mean TERM?'],
  [['kill', 'web', '-s', '99'], 'no signal named "99"; see: svc kill --help'],
  [['--color=sometimes', 'status'], '--color: expected auto, always, never, got "sometimes"; see: svc --help'],
])('svc %j is wrong usage', async (words, sentence) => {
  expect(await svc(words, nobody)).toEqual({ code: 2, stdout: '', stderr: `svc: ${sentence}\n` });
});

test('help names every command, every exit code, and fits 80 columns', async () => {
  for (const words of [['--help'], ['help'], ['-h']]) {
    const { code, stdout, stderr } = await svc(words, nobody);
    expect([code, stderr]).toEqual([0, '']);
    for (const { name, sentence } of COMMAND_LIST) expect(stdout.replace(/\s+/g, ' ')).toContain(`svc ${name} ${sentence}`);
    for (const { code: exit, sentence } of Object.values(SVC_EXIT)) expect(stdout).toContain(`${exit}  ${sentence}`);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  }
});

test.each(COMMAND_LIST.map(({ name }) => name))('help of %s names its options and two examples', async (name) => {
  const { options, examples, sentence } = COMMAND_LIST.find((command) => command.name === name)!;
  const [first, second] = [await svc(['help', name], nobody), await svc([name, '--help'], nobody)];
  expect([first.code, first.stdout]).toEqual([0, second.stdout]);
  expect(examples).toHaveLength(2);
  const said = [sentence, ...Object.keys(options).map((option) => `--${option}`), ...examples.map(({ line }) => line)];
  for (const text of said) expect(first.stdout).toContain(text);
});

test('help of a command that does not exist', async () => {
  expect(await svc(['help', 'stauts'], nobody)).toMatchObject({ code: 2, stderr: 'svc: no command named "stauts"; did you mean status?\n' });
});

test('supervise is for the launcher', async () => {
  const { code, stderr } = await svc(['supervise', 'x'], nobody);
  expect([code, stderr]).toEqual([2, expect.stringContaining('begun by the launcher')]);
});

test('words after -- are names', async () => {
  expect(await svc(['start', '--', '-x'], nobody)).toMatchObject({ code: 5 });
});
