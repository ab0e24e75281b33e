/**
 * The one real kernel of a test file, and what it told. A test file is a process of its own (vitest, pool `forks`), which
 * thereby becomes the subreaper of everything it starts.
 */
import { afterAll } from 'vitest';
import type { Exit } from '../../src/core/exit.ts';
import type { SpawnRequest, SpawnResult } from '../../src/kernel/kernel.ts';
import { createKernel } from '../../src/kernel/linux.ts';
import { home } from './files.ts';
import { programs } from './programs.ts';


/** In the order in which it was told. */
export const told: ({ exited: number; exit: Exit } | { orphan: number; exit: Exit } | { childless: true } | { failed: unknown } | { spawned: number })[] = [];
const questions = new Set<() => void>();
const tell = (entry: (typeof told)[number]): void => {
  told.push(entry);
  for (const question of questions) question();
};

export const kernel = createKernel({
  exited: (pid, exit) => tell({ exited: pid, exit }),
  orphanReaped: (pid, exit) => tell({ orphan: pid, exit }),
  childless: () => tell({ childless: true }),
  failed: (where, error) => tell({ failed: new Error(where, { cause: error }) }),
}, { home });

afterAll(async () => {
  kernel.signalRest('SIGKILL');
  await happened(() => kernel.descendants().length === 0);
});

/** Asks again whenever the kernel has told something, until the answer is neither undefined nor false. */
export function happened<T>(fact: () => T | undefined | false): Promise<T> {
  return new Promise((resolve) => {
    const question = (): void => {
      const answer = fact();
      if (answer === undefined || answer === false) return;
      questions.delete(question);
      resolve(answer);
    };
    questions.add(question);
    question();
  });
}

/** Our own environment is of no interest to these programs. */
export const environment = [Buffer.from('PATH=/usr/sbin:/usr/bin:/sbin:/bin')];

export const request = (program: string, words: readonly string[] = [], more: Partial<SpawnRequest> = {}): SpawnRequest => ({
  directory: programs, program, arguments: [program, ...words], environment, session: true, stdio: ['null', 'null', 'null'], ...more,
});

export const spawn = (asked: SpawnRequest): Promise<SpawnResult> => new Promise((resolve) => kernel.spawn(asked, (result) => {
  if ('pid' in result) tell({ spawned: result.pid });
  resolve(result);
}));

/** The pid of something that has to start. */
export async function start(program: string, words: readonly string[] = [], more: Partial<SpawnRequest> = {}): Promise<number> {
  const result = await spawn(request(program, words, more));
  if ('failure' in result) throw new Error(JSON.stringify(result.failure));
  return result.pid;
}

/** How it ended. A pid may come back: only what was told after the latest start of it counts. */
export const exitOf = (pid: number): Promise<Exit> => happened(() => {
  for (const entry of told.toReversed()) {
    if ('exited' in entry && entry.exited === pid) return entry.exit;
    if ('spawned' in entry && entry.spawned === pid) return undefined;
  }
  return undefined;
});

/** Everything that is written to a new pipe, until all its writers have closed it; `write` is closed once the child has it. */
export function pipe(): { write: number; content: Promise<Buffer> } {
  const { read, write } = kernel.pipe();
  const chunks: Buffer[] = [];
  const content = new Promise<Buffer>((resolve) => kernel.read(read, (chunk) => {
    if (chunk === undefined) resolve(Buffer.concat(chunks));
    else chunks.push(chunk);
  }));
  return { write, content };
}

/** What a program wrote to its standard output. */
export async function outputOf(program: string, words: readonly string[] = [], more: Partial<SpawnRequest> = {}): Promise<Buffer> {
  const { write, content } = pipe();
  await start(program, words, { stdio: ['null', write, 'null'], ...more });
  kernel.close(write);
  return content;
}

/** For facts of which nobody tells: asked until it is so, or the test's time is over. */
export async function seen(fact: () => boolean): Promise<void> {
  while (!fact()) await new Promise((resolve) => setTimeout(resolve, 5));
}
