import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findDescendants, reachDescendants } from '../../src/kernel/descendants.ts';
import { scratch } from './files.ts';

function child(...words: [string, ...string[]]): ChildProcess {
  const [file, ...rest] = words;
  const started = spawn(file, rest, { stdio: 'ignore' });
  onTestFinished(async () => {
    started.kill('SIGKILL');
    if (started.exitCode === null && started.signalCode === null) await once(started, 'exit');
  });
  return started;
}

test('whoever appears while others are being reached is reached, too, and nobody twice', () => {
  const first = child('sleep', 'infinity');
  const later: number[] = [];
  const reached: number[] = [];
  reachDescendants((pid) => {
    reached.push(pid);
    if (later.length < 3) later.push(child('sleep', 'infinity').pid!);
  });
  expect(reached).toEqual([first.pid, ...later]);
});

test('a process is told with the words of its command, whatever its name looks like', () => {
  // The name of a process is that of its file (proc(5), comm): this one would mislead who cuts at the first parenthesis.
  const program = path.join(scratch, 'a) Z 1 (b');
  copyFileSync(realpathSync('/bin/sleep'), program);
  const odd = child(program, '1000000');
  expect(findDescendants()).toEqual([{ pid: odd.pid, command: `${program} 1000000` }]);
});

test('a dead child is nobody', async () => {
  const dead = child('true');
  await once(dead, 'exit');
  expect(findDescendants()).toEqual([]);
});
