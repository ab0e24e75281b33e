/** What is handed to those who start programs, and what chance does not reach: pids, processes beside, mistakes. */
import { describe, expect, test } from 'vitest';
import { existsSync, readdirSync } from 'node:fs';
import { commandLine, readOptions, sentences, translate, type Start, type Translated } from '../../src/execline/index.ts';
import { run, temporary, write, type Ran } from '../help/machine.ts';

const ENVIRONMENT = ['PATH=/usr/bin:/bin', 'A=value', 'a.b=dotted', 'PWD=/stale'].map((entry) => Buffer.from(entry));

const started = (result: Translated): Start => {
  if (result.kind !== 'start') throw new Error(JSON.stringify(result));
  return result.start;
};

function script(text: string, options = ['-P'], given: readonly string[] = []): Translated {
  return translate({ name: './run', text, options: readOptions([...options, 'run'])!, arguments: given, environment: ENVIRONMENT });
}

/** Runs a start in a shell of its own; `before` is a command line of sh that comes first. */
function play(start: Start, cwd: string, before = ':'): Promise<Ran> {
  const words = ['-i', '--', ...start.environment.map(String), ...start.arguments.map(String)];
  return run('sh', ['-c', `${before}; exec env "$@"`, 'sh', ...words], { cwd, input: 'from standard input' });
}

const played = (text: string, cwd = temporary()): Promise<Ran> => play(started(script(text)), cwd);

describe('a start', () => {
  test('of a plain chain is the program itself, with the environment it was given', () => {
    const start = started(script('export X "y z" unexport A\n importas -i name a.b\n sh -c "echo $0" ${name}'));
    expect(start.program).toBe('/usr/bin/sh');
    expect(start.arguments.map(String)).toEqual(['sh', '-c', 'echo $0', 'dotted']);
    expect(start.environment.map(String)).toEqual(['PATH=/usr/bin:/bin', 'a.b=dotted', 'PWD=/stale', 'X=y z']);
  });
  test('has no word of the script in the text of its program', () => {
    const words = ['$(touch pwned)', '`touch pwned`', "';touch pwned;'", '";touch pwned;"', '\n', '-n', '*', ';', '\\'];
    const source = words.map((word) => `"${word.replace(/["\\]/g, '\\$&')}"`).join(' ');
    const start = started(script(`foreground { printf "%s|" ${source} } export NAME "$(touch pwned)" cd ; true`));
    const [, , code, , ...positional] = start.arguments.map(String);
    for (const word of words.filter((word) => word.includes('touch'))) {
      expect(positional).toContain(word);
      expect(code).not.toContain('touch');
    }
  });
  test('bytes that are no UTF-8 stay what they are', () => {
    const start = started(script('placeholder', ['-P']));
    expect(start.program).toBe('/bin/sh');
    const odd = translate({
      name: 'x', text: Buffer.from('printf \xff', 'latin1'), options: readOptions(['-P', 'x'])!, arguments: [], environment: [Buffer.from('B=\xfe', 'latin1')],
    });
    expect(started(odd).arguments[1]).toEqual(Buffer.from([0xff]));
    expect(started(odd).environment[0]).toEqual(Buffer.from([0x42, 0x3d, 0xfe]));
  });
});

describe('arguments', () => {
  test('without options they are variables, and those of the caller are kept one level away', () => {
    const environment = ['1=old', '1:1=older', '#=1', 'PATH=/usr/bin'].map((entry) => Buffer.from(entry));
    const result = translate({ name: './x', text: 'env', options: readOptions(['x'])!, arguments: ['new'], environment });
    expect(started(result).environment.map(String).sort()).toEqual(['#:1=1', '#=1', '0=./x', '1:1=old', '1:2=older', '1=new', 'PATH=/usr/bin']);
  });
  test('too few are a warning, silence with -q, a mistake with -W', () => {
    expect(script('echo $1', ['-S1'])).toMatchObject({ kind: 'start', warnings: [expect.stringMatching(/1 arguments are expected, and 0/)] });
    expect(script('echo $1', ['-qS1'])).toMatchObject({ kind: 'start', warnings: [] });
    expect(script('echo $1', ['-WS1'])).toMatchObject({ kind: 'problems' });
  });
});

describe('a command line of s6-rc', () => {
  test.each(['', '\n', '#!/bin/sh\n', '# nothing\n\n'])('%j has nothing to do', (text) => {
    expect(commandLine('up', text, ENVIRONMENT)).toEqual({ kind: 'nothing', warnings: [] });
  });
  test('its hashbang is a comment, and its line breaks mean nothing', () => {
    const start = started(commandLine('up', '#!/bin/bash\necho "cron exiting"\ns6-svscanctl -t /run/service\n', ENVIRONMENT));
    expect(start.arguments.map(String)).toEqual(['echo', 'cron exiting', 's6-svscanctl', '-t', '/run/service']);
  });
  test('a mistake has its file and line', () => {
    const result = commandLine('/etc/s6-overlay/s6-rc.d/x/up', 'if { true\n', ENVIRONMENT);
    expect(result.kind === 'problems' && sentences('x/up', result.problems)).toEqual(['x/up: line 1: the block { is never closed; add a } between blanks']);
  });
});

describe('processes', () => {
  test('the last program has the pid of the script, behind every word', async () => {
    const directory = temporary();
    write(directory, { 'pid!': '#!/bin/sh\necho $$\n' });
    const text = 'foreground { true } if { true } ifelse { false } { } redirfd -r 0 /dev/null umask 022 cd . background { true } pipeline { true } '
      + 'backtick X { echo } export Y z ./pid';
    const { stdout } = await play(started(script(text)), directory, 'echo $$');
    const [shell, last] = stdout.trim().split('\n');
    expect(last).toBe(shell);
  });
  test('a child in the background reads the standard input, and can be interrupted', async () => {
    expect((await played('background { sh -c "cat >out; echo done >&2" } sh -c "until test -s out; do :; done; cat out"')).stdout).toBe('from standard input');
    expect((await played('background -d { sh -c "echo orphan >&2" } cat')).stdout).toBe('from standard input');
    expect((await played('background -d { printf orphan } true')).stdout).toBe('orphan');
    const shown = await played('pipeline { sh -c "grep SigIgn /proc/self/status" } cat');
    expect(Number.parseInt(shown.stdout.split('\t')[1]!, 16) & 0b110).toBe(0);
  });
  test('a pipe leads either way', async () => {
    expect((await played('pipeline { printf abc } cat')).stdout).toBe('abc');
    expect((await played('pipeline -d { printf abc } cat')).stdout).toBe('abc');
    expect((await played('pipeline -w { sh -c "cat >&2" } printf abc')).code).toBe(0);
  });
  test('a FIFO is opened without waiting for its other end, as the log of a socket is', async () => {
    const directory = temporary();
    await run('mkfifo', ['fifo'], { cwd: directory });
    expect(await played('redirfd -rnb 0 fifo cat', directory)).toMatchObject({ code: 0, stdout: '' });
  });
  test('hostile words do nothing', async () => {
    const directory = temporary();
    const text = 'forx -E word { "$(touch pwned)" "`touch pwned`" "\';touch pwned;\'" "\\";touch pwned;\\"" "-n" "*" } foreground { printf "%s|" $word } '
      + 'export NAME $word backtick -n KEPT { printf "%s" $word } if { printenv NAME KEPT } redirfd -w 1 /dev/null cd $word touch pwned';
    const { stdout } = await played(text, directory);
    expect(stdout).toContain('$(touch pwned)|');
    expect(existsSync(`${directory}/pwned`)).toBe(false);
    expect(readdirSync(directory)).toEqual([]);
  });
});

describe('codes', () => {
  test.each<[string, number, string]>([
    ['if { sh -c "kill -KILL $$" } echo', 137, 'if: child crashed with signal 9'],
    ['if -X { sh -c "kill -KILL $$" } echo', 137, ''],
    ['ifelse { sh -c "kill -TERM $$" } { } echo', 143, 'ifelse: child crashed with signal 15'],
    ['backtick X { exit 4 } echo', 4, 'the block did not exit 0'],
    ['importas -i X NOTHING echo', 100, 'NOTHING is not set'],
    ['fdmove 12 1 echo', 111, 'descriptor 12 is out of reach'],
    ['redirfd -r 0 absent cat', 111, 'absent'],
    ['cd absent true', 111, 'absent'],
    ['absent-program', 127, 'absent-program'],
    ['/etc/passwd', 126, '/etc/passwd'],
    ['exit 300', 44, ''],
    ['if', 100, 'a block has no end'],
    ['multisubstitute { elglob x * } true', 100, 'elglob is no directive'],
  ].filter(([text]) => text !== 'if { true') as [string, number, string][])('%s', async (text, code, message) => {
    const result = await played(text);
    expect(result.code).toBe(code);
    expect(result.stderr).toContain(message);
  });
});
