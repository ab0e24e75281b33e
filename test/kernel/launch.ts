/** Programs of test/programs that use the kernel in a process of their own: bundled like n6 itself, run by a bare node. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { onTestFinished } from 'vitest';
import { scratch } from './files.ts';

export type Launched = Readonly<{
  process: ChildProcess;
  /** One JSON value a line. Resolves with the next one; rejects when the program has ended. */
  next(): Promise<unknown>;
  /** Everything written so far that was not JSON. */
  noise(): string;
  /** Exit code, or the name of the signal. */
  ended: Promise<number | string>;
}>;

export type Surroundings = Readonly<{
  /** Words before the program, such as `unshare --pid --fork`. */
  before?: readonly string[];
  nodeOptions?: readonly string[];
  arguments?: readonly string[];
  /** False: the program lies somewhere without koffi's binary. */
  koffi?: boolean;
}>;

/** As PID 1 of a PID namespace with a /proc of its own; whatever is left in it ends with `unshare`. */
export const asPidOne = [
  'unshare', ...(process.getuid!() === 0 ? [] : ['--user', '--map-root-user']), '--pid', '--fork', '--kill-child', '--mount-proc',
];

/** Whether this machine lets us make namespaces. */
export const namespaces = ((): boolean => {
  try {
    execFileSync(asPidOne[0]!, [...asPidOne.slice(1), 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

export function launch(name: string, { before = [], nodeOptions = [], arguments: words = [], koffi = true }: Surroundings = {}): Launched {
  const [file, ...rest] = [...before, process.execPath, ...nodeOptions, koffi ? bundle(name) : alone(bundle(name)), ...words];
  const child = spawn(file!, rest, { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'] } });
  const lines: unknown[] = [];
  const waiting: { resolve(value: unknown): void; reject(error: Error): void }[] = [];
  let noise = '';
  let partial = '';
  child.stderr.on('data', (chunk: Buffer) => (noise += chunk.toString()));
  child.stdout.on('data', (chunk: Buffer) => {
    const parts = (partial + chunk.toString()).split('\n');
    partial = parts.pop()!;
    for (const part of parts) {
      const value: unknown = JSON.parse(part);
      const first = waiting.shift();
      if (first === undefined) lines.push(value);
      else first.resolve(value);
    }
  });
  let over: Error | undefined;
  const ended = new Promise<number | string>((resolve) => child.once('close', (code, signal) => {
    over = new Error(`${name} has ended with ${code ?? signal}: ${noise}`);
    for (const { reject } of waiting) reject(over);
    resolve(code ?? signal!);
  }));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return {
    process: child,
    next: () => new Promise((resolve, reject) => {
      if (lines.length > 0) resolve(lines.shift());
      else if (over !== undefined) reject(over);
      else waiting.push({ resolve, reject });
    }),
    noise: () => noise,
    ended,
  };
}

const built = new Map<string, string>();

/** As scripts/build does it: one CommonJS file, and koffi's binary beside it. */
function bundle(name: string): string {
  const known = built.get(name);
  if (known !== undefined) return known;
  const outfile = path.join(scratch, `${name}.cjs`);
  buildSync({
    entryPoints: [path.join(import.meta.dirname, `../programs/${name}.ts`)], outfile,
    bundle: true, platform: 'node', format: 'cjs', target: 'node20', define: { 'import.meta.filename': '__filename' },
  });
  const koffi = createRequire(createRequire(import.meta.filename).resolve('koffi'));
  for (const platform of [`linux_${process.arch}`, `musl_${process.arch}`]) {
    copyFileSync(koffi.resolve(`@koromix/koffi-linux-${process.arch}/${platform}/koffi.node`), path.join(scratch, `koffi.${platform}.node`));
  }
  built.set(name, outfile);
  return outfile;
}

function alone(program: string): string {
  const place = path.join(scratch, 'alone', path.basename(program));
  mkdirSync(path.dirname(place), { recursive: true });
  copyFileSync(program, place);
  return place;
}
