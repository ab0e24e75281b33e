/** Signals to `trap`, under the real execline and by our translation. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { commandLine } from '../../src/execline/index.ts';
import build from '../help/build.ts';
import { root, temporary, until, write } from '../help/machine.ts';

const REAL = '/usr/lib/execline/bin';
const PROGRAMS = {
  // A loop, because a shell runs its own traps between commands alone.
  'child!': '#!/bin/sh\ntrap "echo child got term; exit 3" TERM\ntrap "echo child got hup" HUP\necho ready\nwhile :; do sleep 0.02; done\n',
  'handler!': '#!/bin/sh\necho "handled $SIGNAL $1"\n',
  'end!': '#!/bin/sh\nkill -TERM "$1"\necho "told the child"\n',
  'slow!': '#!/bin/sh\necho slow begins\nwhile [ ! -e go ]; do sleep 0.02; done\necho slow ends\n',
  'reads!': '#!/bin/sh\necho ready\ncat\n',
};

/** A value that is known late is read by the built program. */
beforeAll(build);

type Side = 'real' | 'ours';
type Trapped = Readonly<{ process: ChildProcess; output: () => string; ended: Promise<number | string>; directory: string }>;

function begin(side: Side, text: string): Trapped {
  const directory = temporary();
  write(directory, PROGRAMS);
  const search = `PATH=${side === 'real' ? REAL : path.join(root, 'build/n6/command')}:/usr/bin:/bin`;
  const [program, ...words] = side === 'real' ? [`${REAL}/execlineb`, '-Pc', text] : translated(text, search);
  const child = spawn(program!, words, { cwd: directory, env: { PATH: search.slice('PATH='.length) }, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stdin.on('error', () => undefined);
  const ended = new Promise<number | string>((resolve) => child.once('close', (code, signal) => resolve(code ?? signal!)));
  onTestFinished(() => {
    // Also what a failed test has left behind, wherever it is by now.
    try {
      process.kill(-child.pid!, 'SIGKILL');
    } catch {
      // All of them are gone.
    }
  });
  return { process: child, output: () => output, ended, directory };
}

function translated(text: string, search: string): string[] {
  const result = commandLine('test', text, [Buffer.from(search)]);
  if (result.kind !== 'start') throw new Error(JSON.stringify(result));
  return [result.start.program, ...result.start.arguments.slice(1).map(String)];
}

const END = 'term { importas -u child ! ./end $child }';

for (const side of ['real', 'ours'] as const) {
  describe.runIf(side === 'ours' || existsSync(REAL))(`trap, ${side}`, () => {
    test('runs what belongs to a signal each time it comes, and ends as the child does', async () => {
      const { process: trap, output, ended } = begin(side, `trap { usr1 { ./handler a } SIGUSR2 { ./handler "b c" } ${END} } ./child`);
      await until(() => output().includes('ready'));
      for (const [signal, line] of [['SIGUSR1', 'handled 10 a\n'], ['SIGUSR2', 'handled 12 b c\n'], ['SIGUSR1', 'handled 10 a\n']] as const) {
        const before = output().length;
        trap.kill(signal);
        await until(() => output().slice(before) === line, output);
      }
      trap.kill('SIGTERM');
      expect(await ended).toBe(3);
      expect(output()).toContain('told the child\n');
      expect(output()).toContain('child got term\n');
    });

    test('the child may go by a signal, or by itself', async () => {
      expect(await begin(side, 'trap { usr1 { ./handler a } } sh -c "kill -KILL $$"').ended).toBe(137);
      expect(await begin(side, 'trap { usr1 { ./handler a } } sh -c "exit 7"').ended).toBe(7);
      expect(await begin(side, 'trap { usr1 { ./handler a } } sh -c "exit 200"').ended).toBe(128);
    });

    test('without -x a signal that is not named ends it, with -x the child gets it', async () => {
      const plain = begin(side, 'trap { usr1 { ./handler a } } ./reads');
      await until(() => plain.output().includes('ready'));
      plain.process.kill('SIGHUP');
      plain.process.stdin!.end();
      expect(await plain.ended).toBe('SIGHUP');
      const relayed = begin(side, `trap -x { usr1 { ./handler a } } ./child`);
      await until(() => relayed.output().includes('ready'));
      relayed.process.kill('SIGHUP');
      await until(() => relayed.output().includes('child got hup'), relayed.output);
      relayed.process.kill('SIGUSR1');
      await until(() => relayed.output().includes('handled 10 a'), relayed.output);
      relayed.process.kill('SIGTERM');
      expect(await relayed.ended).toBe(3);
    });

    test('a handler that takes its time keeps no other signal from being heard', async () => {
      const { process: trap, output, ended, directory } = begin(side, `trap { usr1 { ./slow } usr2 { ./handler b } ${END} } ./child`);
      await until(() => output().includes('ready'));
      trap.kill('SIGUSR1');
      await until(() => output().includes('slow begins'), output);
      trap.kill('SIGUSR2');
      await until(() => output().includes('handled 12 b'), output);
      write(directory, { go: '' });
      await until(() => output().includes('slow ends'));
      trap.kill('SIGTERM');
      expect(await ended).toBe(3);
    });

    test('the child has the standard input', async () => {
      const { process: trap, output, ended } = begin(side, 'trap { usr1 { ./handler a } } ./reads');
      await until(() => output().includes('ready'));
      trap.stdin!.end('a line\n');
      expect(await ended).toBe(0);
      expect(output()).toBe('ready\na line\n');
    });

    test('a block that names no signal, one twice, or one that cannot be trapped is wrong usage', async () => {
      for (const block of ['foo { true }', '', 'kill { true }', 'term { true } SIGTERM { false }', 'term true']) {
        expect(await begin(side, `trap { ${block} } echo went on`).ended, block).toBe(100);
      }
      expect(await begin(side, 'trap { term { } } echo went on').ended).toBe(0);
    });
  });
}
