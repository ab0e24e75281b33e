/** Runs the real `svc` against a control server in the test's own process. */
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import path from 'node:path';
import { onTestFinished } from 'vitest';

export const program = path.resolve(import.meta.dirname, '../../build/n6/lib/svc.cjs');

export type Ran = Readonly<{ code: number | null; stdout: string; stderr: string }>;
export type RunOptions = Readonly<{
  /** Beside PATH, which alone comes from the test's own environment. */
  environment?: Readonly<Record<string, string>>;
  cwd?: string;
  /** Standard input, to its end; undefined: nothing, and its end. */
  input?: string;
  uid?: number;
  program?: string;
}>;

export async function svc(words: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const child = start(words, options);
  child.stdin?.end(options.input ?? '');
  return outcome(child);
}

/** Left to itself; what is still running is ended with the test. */
export function start(words: readonly string[], options: RunOptions, stdio: StdioOptions = 'pipe'): ChildProcess {
  const { environment = {}, cwd, uid, program: file = program } = options;
  const child = spawn(process.execPath, ['--', file, ...words], {
    env: { PATH: process.env['PATH'], ...environment }, cwd, stdio, ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  child.stdin?.on('error', () => undefined);
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

export function outcome(child: ChildProcess): Promise<Ran> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })));
}

/** The lines that appear on a terminal of so many columns, by script(1), which makes one. */
export async function onTerminal(columns: number, words: readonly string[], environment: Readonly<Record<string, string>>): Promise<string[]> {
  const command = `stty cols ${columns}; exec '${process.execPath}' -- '${program}' ${words.join(' ')}`;
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    env: { PATH: process.env['PATH'], SHELL: '/bin/sh', TERM: 'xterm', ...environment }, stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return (await outcome(child)).stdout.split(/\r?\n/).filter((line) => line !== '');
}
