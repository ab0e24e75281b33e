/**
 * Real supervisors for tests: `supervise` runs `svc supervise DIR`, `container` runs `/init` as PID 1 of namespaces of
 * its own, on an overlay of this machine's root. Both end, with everything below them, when the test ends.
 */
import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import {
  chmodSync, closeSync, constants, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync,
} from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

export const root = path.resolve(import.meta.dirname, '../..');
export const svcProgram = path.join(root, 'build/n6/bin/svc');

/** Path to content: `!` after the path makes it executable, `@` makes it a link. */
export type Files = Readonly<Record<string, string>>;
export type Ran = Readonly<{ code: number; stdout: string; stderr: string }>;
export type Machine = Readonly<{
  /** Shared with the container under the same path. */
  directory: string;
  services: string;
  /** The process that was started: `svc supervise` itself, or the one that waits for PID 1. */
  process: ChildProcess;
  svc(...words: string[]): Promise<Ran>;
  /** What it wrote so far, standard output and error together. */
  output(): string;
  /** Closes the reading end of its output. */
  hangUp(): void;
  /** Its exit code, or -1 when a signal ended it. */
  ended: Promise<number>;
}>;

export function temporary(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'n6-test-'));
  onTestFinished(() => {
    // What a test has closed to writing is closed to its clearing up, too, unless it is root's.
    if (process.getuid?.() !== 0) execFileSync('chmod', ['-R', 'u+rwX', directory]);
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

export function write(directory: string, files: Files): void {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(directory, name.replace(/[!@]$/, ''));
    mkdirSync(path.dirname(file), { recursive: true });
    if (name.endsWith('@')) symlinkSync(content, file);
    else writeFileSync(file, content);
    if (name.endsWith('!')) chmodSync(file, 0o755);
  }
}

export type SuperviseOptions = Readonly<{
  environment?: Readonly<Record<string, string>>;
  arguments?: readonly string[];
  ready?: boolean;
  /** A program, and its arguments, that becomes what follows: `nice`, `env`. */
  wrap?: readonly string[];
  /** Makes more in the services directory, before the supervisor starts. */
  prepare?: (services: string) => void | Promise<void>;
}>;

/** `files` are below the services directory; resolves when `svc` reaches the supervisor. */
export async function supervise(files: Files, options: SuperviseOptions = {}): Promise<Machine> {
  const directory = temporary();
  const services = path.join(directory, 'services.d');
  mkdirSync(services);
  write(services, files);
  await options.prepare?.(services);
  const pipe = outputPipe(directory);
  const [program, ...words] = [...(options.wrap ?? []), svcProgram, 'supervise', services, ...(options.arguments ?? [])] as [string, ...string[]];
  const child = spawn(program, words, {
    stdio: ['ignore', pipe.write, pipe.write], cwd: directory, env: { ...clean(), N6_LOG_FORMAT: 'pretty', ...options.environment },
  });
  const machine = watchOver(child, pipe, directory, services, (words) => run(svcProgram, ['--dir', services, ...words]));
  if (options.ready !== false) await until(() => existsSync(path.join(services, '.n6/control.sock')), () => machine.output());
  return machine;
}

export type ContainerOptions = Readonly<{
  environment?: Readonly<Record<string, string>>;
  /** Runs `env -i` with these words of a shell before /init, for environments that Node cannot express. */
  shellEnvironment?: string;
  command?: readonly string[];
  /** What becomes PID 1, instead of /init. */
  program?: string;
  ready?: boolean;
  /** Who runs /init and owns /run: numbers, `USER:GROUP`; root unless given. */
  user?: string;
  /** Globs of paths of this machine that the container's root does not have. */
  without?: readonly string[];
  /** Files below the container's root. */
  rootFiles?: Files;
}>;

/** `files` are below /etc/services.d. Needs root. */
export async function container(files: Files, options: ContainerOptions = {}): Promise<Machine & { pid: number }> {
  const directory = temporary();
  const services = path.join(directory, 'services.d');
  const additions = path.join(directory, 'root');
  mkdirSync(services);
  mkdirSync(additions);
  write(services, files);
  write(additions, options.rootFiles ?? {});
  const pipe = outputPipe(directory);
  const child = spawn('unshare', [
    '--pid', '--fork', '--kill-child', '--mount', path.join(import.meta.dirname, 'container.sh'),
    path.join(root, 'build/layer'), directory, options.shellEnvironment ?? '', ...(options.command ?? []),
  ], {
    stdio: ['ignore', pipe.write, pipe.write],
    env: {
      ...clean(), N6_TEST_WITHOUT: (options.without ?? []).join(' '), N6_TEST_USER: options.user ?? '', N6_TEST_PROGRAM: options.program ?? '/init',
      ...options.environment,
    },
  });
  const enter = (words: readonly string[]): Promise<Ran> => run('nsenter', ['-t', String(machine.pid), '-p', '-m', '-r', '-w', ...words]);
  const machine = {
    ...watchOver(child, pipe, directory, services, (words) => enter(['/usr/bin/svc', ...words])),
    get pid(): number {
      return Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ')[0]);
    },
  };
  if (options.ready !== false) {
    await until(() => existsSync(`/proc/${machine.pid}/root/run/n6/control.sock`), () => machine.output());
  }
  return machine;
}

/** Inside a container made by {@link container}. */
export const inside = (machine: { pid: number }, ...words: string[]): Promise<Ran> =>
  run('nsenter', ['-t', String(machine.pid), '-p', '-m', '-r', '-w', ...words]);

/** Lines of n6's own log for each change of a service's state: between those of services they stand anywhere (state-log.test.ts has them). */
const CHANGES = /^n6: \S+: (?:up(?:, pid \d+)?|ready|stopping|has ended(?:: exit \d+|: killed by \w+)?|down|removed)\n/gm;

type OutputPipe = Readonly<{ write: number; reader: Socket; text(): string }>;

/** A real pipe, as container engines give: Node's own would be a socket, whose /dev/stdout no service can open. */
function outputPipe(directory: string): OutputPipe {
  const fifo = path.join(directory, 'output');
  execFileSync('mkfifo', [fifo]);
  const reader = new Socket({ fd: openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK), readable: true, writable: false });
  let text = '';
  reader.on('data', (chunk) => (text += chunk.toString('latin1')));
  reader.on('error', () => undefined);
  onTestFinished(() => void reader.destroy());
  return { write: openSync(fifo, constants.O_WRONLY), reader, text: () => text.replace(CHANGES, '') };
}

function watchOver(child: ChildProcess, pipe: OutputPipe, directory: string, services: string, svc: (words: string[]) => Promise<Ran>): Machine {
  closeSync(pipe.write);
  const left = new Promise<void>((resolve) => pipe.reader.once('close', () => resolve()));
  const ended = new Promise<number>((resolve) => child.once('exit', (code) => void left.then(() => resolve(code ?? -1))));
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      // unshare(1) is deaf to TERM and takes its PID 1, and so the whole namespace, with it (--kill-child).
      child.kill(child.spawnfile === 'unshare' ? 'SIGKILL' : 'SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 15_000);
      await ended;
      clearTimeout(timer);
    }
  });
  return { directory, services, process: child, svc: (...words) => svc(words), output: pipe.text, hangUp: () => void pipe.reader.destroy(), ended };
}

type RunOptions = Readonly<{ env?: NodeJS.ProcessEnv; cwd?: string; input?: string }>;

export function run(file: string, words: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { input, ...rest } = options;
  return new Promise((resolve) => {
    const child = execFile(file, words, { encoding: 'utf8', maxBuffer: 64 * 2 ** 20, ...rest }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, stdout, stderr });
    });
    // A program that ends, or cannot be started, need not read its input.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input ?? '');
  });
}

/** Waits for a fact; the limit is only there so that a broken build does not hang the tests. */
type Fact<T> = Exclude<T, undefined | null | false | '' | 0>;
export async function until<T>(fact: () => T | Promise<T>, explain: () => string = () => '', limit = 30_000): Promise<Fact<T>> {
  const end = Date.now() + limit;
  for (;;) {
    let seen: T | undefined;
    try {
      seen = await fact();
    } catch {
      // Not there yet.
    }
    if (seen) return seen as Fact<T>;
    if (Date.now() > end) throw new Error(`waited ${limit} ms in vain for: ${String(fact)}\n${explain()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export const lines = (file: string): string[] => (existsSync(file) ? readFileSync(file, 'latin1').split('\n').slice(0, -1) : []);
export const alive = (pid: number): boolean => existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));

/** The tests' own environment without what would change n6. */
const clean = (): NodeJS.ProcessEnv => Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(N6_|NODE_|VITEST|SERF_)/.test(name)));
