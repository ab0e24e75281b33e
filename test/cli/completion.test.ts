/** Completion in the real shells, with a real supervisor. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { lacking } from '../help/needs.ts';
import { root, run, supervise, temporary, until, type Machine } from '../help/machine.ts';

const SLEEPER = '#!/bin/sh\nexec sleep 100000\n';
const services = { 'web-1/run!': SLEEPER, 'web-2/run!': SLEEPER, "it's one/run!": SLEEPER };
const environment = (): NodeJS.ProcessEnv => ({ ...process.env, PATH: `${path.join(root, 'build/n6/bin')}:${process.env['PATH']}`, NODE_EXTRA_CA_CERTS: '' });

/** Command lines, the last word unfinished, and what it may become. */
const CASES = (dir: string): readonly [line: string[], found: string[]][] => [
  [['svc', 'sta'], ['start', 'status']],
  [['svc', '--dir', dir, 'status', 'we'], ['web-1', 'web-2']],
  [['svc', '--dir', dir, 'restart', 'web-1', '--timeout', '5s', 'web-'], ['web-1', 'web-2']],
  [['svc', 'wait', 'web-1', '--for', ''], ['down', 'healthy', 'ready', 'up']],
  [['svc', 'kill', '-s', 'US'], ['USR1', 'USR2']],
  [['svc', 'events', '--fo'], ['--follow']],
  [['svc', 'completion', ''], ['bash', 'fish', 'zsh']],
  [['svc', '--color', 'a'], ['always', 'auto']],
  [['svc', 'help', 'wai'], ['wait']],
  [['svc', '--dir', '/nonexistent', 'status', 'we'], []],
];

test.each(lacking('bash').length === 0 ? ['bash'] : [])('%s', async (shell) => {
  const machine = await supervise(services);
  const script = [
    'eval "$(svc completion bash)"',
    'ask() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _svc svc; printf "%s\\n" "${COMPREPLY[@]}" | sort -u | tr "\\n" ","; echo; }',
    ...CASES(machine.services).map(([line]) => `ask ${line.map((word) => `'${word}'`).join(' ')}`),
    `ask svc --dir '${machine.services}' stop it`, 'ask svc exec web-1 -- sle',
  ].join('\n');
  const { stdout, stderr } = await run(shell, ['--norc', '-c', script], { env: environment() });
  const found = stdout.split('\n').map((line) => line.split(',').filter((word) => word !== ''));
  expect(stderr).toBe('');
  expect(found.slice(0, CASES('').length)).toEqual(CASES('').map(([, words]) => words));
  expect(found[CASES('').length]).toEqual([String.raw`it\'s\ one`]);
  expect(found[CASES('').length + 1]).toContain('sleep');
});

test.runIf(lacking('fish').length === 0)('fish', async () => {
  const machine = await supervise(services);
  for (const [line, words] of CASES(machine.services)) {
    const script = `svc completion fish | source; complete -C '${line.join(' ')}'`;
    const { stdout } = await run('fish', ['-N', '-c', script], { env: { ...environment(), HOME: temporary() } });
    expect(stdout.split('\n').map((each) => each.split('\t')[0]).filter((each) => each !== '').sort(), line.join(' ')).toEqual(words);
  }
});

/** zsh completes on a terminal alone: what it has made of a line, once Tab and Enter were pressed. */
async function typed(machine: Machine, line: string): Promise<string> {
  const directory = temporary();
  writeFileSync(path.join(directory, '.zshrc'), [
    'autoload -U compinit; compinit -u -D; eval "$(svc completion zsh)"', 'setopt no_list_beep; PS1="ready> "', 'preexec() { print -r -- "GOT:$1:" }', '',
  ].join('\n'));
  const child = spawn('script', ['-qec', 'exec zsh -i', '/dev/null'], {
    env: { ...environment(), ZDOTDIR: directory, HOME: directory, TERM: 'dumb', SHELL: '/bin/sh', N6_DIR: machine.services }, cwd: directory,
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await until(() => output.includes('ready> '), () => output);
  // What is typed while it completes waits for its turn.
  child.stdin.write(`${line}\t\r`);
  return (await until(() => /GOT:(.*?):/.exec(output)?.[1], () => output)).trim();
}

test.runIf(lacking('zsh', 'script').length === 0)('zsh', async () => {
  const machine = await supervise({ 'web-1/run!': SLEEPER, "it's one/run!": SLEEPER });
  expect(await typed(machine, 'svc restar')).toBe('svc restart');
  expect(await typed(machine, 'svc status we')).toBe('svc status web-1');
  expect(await typed(machine, 'svc stop it')).toBe(String.raw`svc stop it\'s\ one`);
  expect(await typed(machine, 'svc wait web-1 --for heal')).toBe('svc wait web-1 --for healthy');
  expect(await typed(machine, 'svc events --foll')).toBe('svc events --follow');
});
