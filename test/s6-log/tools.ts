/** The two s6-log that every case here is put to: Debian's proves the case, ours has to pass it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { lacking } from '../help/needs.ts';
import { alive, root, until } from '../help/machine.ts';

export type Tool = Readonly<{ name: 'real' | 'ours'; words: readonly string[]; missing: boolean }>;
export const TOOLS: readonly Tool[] = [
  { name: 'real', words: ['/usr/bin/s6-log'], missing: lacking('s6-log').length > 0 },
  { name: 'ours', words: [process.execPath, path.join(root, 'build/n6/lib/s6-log.cjs')], missing: false },
];

export type Logger = Readonly<{
  process: ChildProcess;
  /** Both outputs so far, as latin1. */
  stdout(): string;
  stderr(): string;
  /** Resolves when the pipe has taken it. */
  send(bytes: Buffer | string): Promise<void>;
  close(): void;
  /** Exit code, or the signal's name. */
  ended: Promise<number | string>;
}>;

/** Killed when the test ends. */
export function start(tool: Tool, words: readonly string[], cwd: string, environment: Readonly<Record<string, string>> = {}): Logger {
  const [program, ...first] = tool.words;
  const child = spawn(program!, [...first, ...words], { cwd, env: { ...process.env, ...environment }, stdio: ['pipe', 'pipe', 'pipe'] });
  let stdout = '', stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('latin1')));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('latin1')));
  // A logger that has ended reads no more.
  child.stdin.on('error', () => undefined);
  const ended = new Promise<number | string>((resolve) => child.once('close', (code, signal) => resolve(code ?? signal!)));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return {
    process: child, stdout: () => stdout, stderr: () => stderr, ended,
    send: (bytes) => new Promise((resolve) => child.stdin.write(bytes, () => resolve())),
    close: () => void child.stdin.end(),
  };
}

/** With all of its input at once; resolves when it has ended. */
export async function log(tool: Tool, words: readonly string[], cwd: string, input: Buffer | string, environment = {}): Promise<{
  code: number | string; stdout: string; stderr: string;
}> {
  const logger = start(tool, words, cwd, environment);
  if (input.length > 0) void logger.send(input);
  logger.close();
  return { code: await logger.ended, stdout: logger.stdout(), stderr: logger.stderr() };
}

export const archives = (directory: string): string[] => readdirSync(directory).filter((name) => name.startsWith('@')).sort();
export const read = (...places: string[]): string => readFileSync(path.join(...places), 'latin1');
export const mode = (...places: string[]): string => (statSync(path.join(...places)).mode & 0o7777).toString(8);
/** Archives, the oldest first, then `current`: all that was logged. */
export const everything = (directory: string): string => [...archives(directory), 'current'].map((name) => read(directory, name)).join('');

/** It is asleep in poll(2) with its signal handlers set: it has taken what it was sent. */
export const handles = (logger: Logger, signal: number): Promise<unknown> => until(() => {
  const pid = logger.process.pid!;
  const caught = /^SigCgt:\s+([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]!;
  const blocked = /^SigBlk:\s+([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]!;
  return alive(pid) && ((BigInt(`0x${caught}`) | BigInt(`0x${blocked}`)) >> BigInt(signal - 1)) % 2n === 1n;
});
