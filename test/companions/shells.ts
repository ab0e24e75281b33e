/** The shells that companions must be at home in. dash and bash are on every Debian; busybox is what Alpine has. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { lacking } from '../help/needs.ts';

export const companions = path.resolve(import.meta.dirname, '../../src/companions');

/** `missing`: its tests are not run, and are listed by the reporter of `npm test`; without dash or bash they fail. */
export const SHELLS: readonly Readonly<{ shell: string; words: readonly string[]; missing: boolean }>[] = [
  { shell: 'dash', words: ['dash'], missing: false },
  { shell: 'bash', words: ['bash', '--posix'], missing: false },
  { shell: 'busybox sh', words: ['busybox', 'sh'], missing: lacking('busybox').length > 0 },
];

export type Ended = Readonly<{ pid: number; code: number; stdout: string; stderr: string }>;

/** Output as latin1: one character for each byte. */
export function ended(words: readonly string[], options: Readonly<{ env?: NodeJS.ProcessEnv; cwd?: string; uid?: number }> = {}): Ended {
  const [program, ...rest] = words;
  const { pid, status, signal, stdout, stderr, error } = spawnSync(program!, rest, {
    encoding: 'latin1', maxBuffer: 2 ** 26, timeout: 50_000, stdio: ['ignore', 'pipe', 'pipe'], ...options,
  });
  if (error !== undefined) throw error;
  if (status === null) throw new Error(`${words.join(' ')} was ended by ${signal}: ${stderr}`);
  return { pid, code: status, stdout, stderr };
}

/** PATH alone: what the tests' own environment holds must not matter. */
export const plain = { PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin' };
