/** A hook runner on the real kernel, with directories that go away, and what it reported. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach } from 'vitest';
import type { AnnouncementName } from '../../src/core/announcements.ts';
import { tell } from '../../src/core/messages.ts';
import { createHookRunner, type HookFailure, type HookRunner } from '../../src/hooks/run.ts';
import { createKernel } from '../../src/kernel/linux.ts';

const programs = path.join(import.meta.dirname, '../programs');
const directories = new Set<string>();
const runners = new Set<HookRunner>();
/** Milliseconds; far more than anything here takes. */
const PATIENCE = 30_000;

/** A test file is a process of its own (vitest, pool `forks`), which becomes the subreaper of what hooks leave behind. */
export const kernel = createKernel({
  exited: () => undefined, orphanReaped: () => undefined, childless: () => undefined,
  failed: (where, error) => {
    throw new Error(where, { cause: error });
  },
}, {});
afterAll(() => kernel.signalRest('SIGKILL'));
afterEach(async () => {
  kernel.signalRest('SIGKILL');
  await Promise.all([...runners].map((runner) => runner.stop()));
  runners.clear();
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
  directories.clear();
});

export type World = Readonly<{
  directory: string;
  hooks: string;
  runner: HookRunner;
  /** Sentences. */
  reports: string[];
  failures: HookFailure[];
  /** Installs test/programs/PROGRAM as a hook; gives its path. */
  install(event: AnnouncementName, program: string, name?: string): string;
  give(event: AnnouncementName, service?: string, more?: Record<string, unknown>): void;
  /** What the hooks wrote. */
  trace(): string[];
  /** Waits until somebody writes into this FIFO; what it wrote. */
  heard(name: string): Promise<string>;
  /** Lets the one go that waits there; resolves when it is there. */
  open(name: string): Promise<void>;
  /** Asks until it is so. */
  until(fact: () => boolean): Promise<void>;
}>;

/** `gates`: FIFOs that hooks and the test meet at; they must be there before a hook is. */
export function createWorld({ timeout = 0, gates: names = [] }: { timeout?: number; gates?: readonly string[] } = {}): World {
  const directory = mkdtempSync(path.join(tmpdir(), 'n6-hooks-'));
  directories.add(directory);
  const hooks = path.join(directory, 'hooks.d');
  const gates = path.join(directory, 'gates');
  for (const place of [hooks, gates]) mkdirSync(place);
  const gate = (name: string): string => path.join(gates, name);
  for (const name of names) execFileSync('mkfifo', [gate(name)]);
  const TRACE = path.join(directory, 'trace');
  const reports: string[] = [];
  const failures: HookFailure[] = [];
  let seq = 0;
  const runner = createHookRunner({
    directories: [hooks, path.join(directory, 'more-hooks.d')], timeout, kernel,
    environment: () => ({ PATH: '/usr/sbin:/usr/bin:/sbin:/bin', TRACE, GATES: gates }),
    report: (report) => void reports.push(tell(report).text),
    hookFailed: (failure) => {
      failures.push(failure);
      // As the supervisor does: the failure is an event itself.
      world.give('hook-failed', failure.service, failure);
    },
  });
  runners.add(runner);
  const world: World = {
    directory, hooks, runner, reports, failures,
    install(event, program, name = program) {
      mkdirSync(path.join(hooks, event), { recursive: true });
      symlinkSync(path.join(programs, program), path.join(hooks, event, name));
      return path.join(hooks, event, name);
    },
    give: (event, service, more = {}) =>
      runner.give({ ...more, seq: ++seq, at: '2026-11-22T10:00:00.000Z', event, ...(service === undefined ? {} : { service }) }),
    trace: () => (existsSync(TRACE) ? readFileSync(TRACE, 'utf8').trimEnd().split('\n') : []),
    heard: async (name) => (await inTime(`somebody to write ${name}`, readFile(gate(name), 'utf8'))).trim(),
    open: (name) => inTime(`somebody at the gate ${name}`, writeFile(gate(name), 'go\n')),
    until: async (fact) => {
      const poll = new AbortController();
      const asking = (async () => {
        while (!fact() && !poll.signal.aborted) await new Promise((resolve) => setTimeout(resolve, 5));
      })();
      await inTime(String(fact), asking).finally(() => poll.abort());
    },
  };
  return world;

  /** Fails with all there is to know, rather than by the time limit of the test, which knows nothing. */
  async function inTime<T>(what: string, wait: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`waited in vain for ${what}: ${JSON.stringify({ trace: world.trace(), reports, descendants: kernel.descendants() }, null, 2)}`));
      }, PATIENCE);
    });
    return Promise.race([wait, late]).finally(() => clearTimeout(timer));
  }
}

/** Is there such a process, other than as a zombie? */
export function lives(pid: string): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
