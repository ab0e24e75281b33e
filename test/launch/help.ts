/** Services that exist only as a definition, started for real through the launcher and the kernel. */
import { copyFileSync, readFileSync, readlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { onTestFinished } from 'vitest';
import type { Definition } from '../../src/core/definition.ts';
import type { SpawnFailure } from '../../src/core/events.ts';
import { PLAIN, PLAIN_LAUNCH, type Argv, type Launch } from '../../src/core/policy.ts';
import { createLauncher, type LauncherOptions } from '../../src/launch/launcher.ts';
import { definition } from '../help/definition.ts';
import { root, temporary, until, write, type Files } from '../help/machine.ts';
import { scratch } from '../kernel/files.ts';
import { environment, exitOf, kernel, outputOf, spawn } from '../kernel/kernel.ts';

export const asking = (launch: Partial<Launch>, files: Files = {}, changes: Partial<Definition> = {}): Definition => {
  const directory = temporary();
  write(directory, files);
  return definition({ directory, policy: { ...PLAIN, launch: { ...PLAIN_LAUNCH, ...launch } }, ...changes });
};

export const launcherWith = (options: Partial<LauncherOptions> = {}): ReturnType<typeof createLauncher> =>
  createLauncher({ environment: () => environment, searchPath: '/usr/bin:/bin', ...options });

export type Sleeper = Readonly<{
  pid: number;
  /** A line of /proc/PID/status, without its name. */
  status(name: string): string;
  read(file: string): string;
  variables(): string[];
}>;

const SLEEP: Argv = ['/bin/sleep', '1000'];

/** Started, and what it was to become: the pid that the kernel told is that of the program itself. */
export async function sleeper(service: Definition, options: Partial<LauncherOptions> = {}, argv: Argv = SLEEP, exe = /\/(sleep|busybox)$/): Promise<Sleeper> {
  const launched = launcherWith(options).prepare(service, argv);
  if ('failure' in launched) throw new Error(JSON.stringify(launched.failure));
  const answer = await spawn({ ...launched, session: true, stdio: ['null', 'inherit', 'inherit'] });
  if ('failure' in answer) throw new Error(JSON.stringify(answer.failure));
  const { pid } = answer;
  onTestFinished(async () => {
    kernel.signal(pid, 'SIGKILL');
    await exitOf(pid);
  });
  const read = (file: string): string => readFileSync(`/proc/${pid}/${file}`, 'latin1');
  // The program is there a moment before its words and variables are.
  await until(() => exe.test(readlinkSync(`/proc/${pid}/exe`)) && read('environ') !== '', () => JSON.stringify(launched.arguments));
  return {
    pid, read,
    status: (name) => new RegExp(`^${name}:[ \\t]*(.*)$`, 'm').exec(read('status'))?.[1]?.replace(/\s+/g, ' ').trim() ?? '',
    variables: () => read('environ').split('\0').slice(0, -1).sort(),
  };
}

/** What it writes to its standard output until it ends. */
export async function said(service: Definition, argv: Argv, options: Partial<LauncherOptions> = {}, variables?: Record<string, string>): Promise<string> {
  const launched = launcherWith(options).prepare(service, argv, variables);
  if ('failure' in launched) throw new Error(JSON.stringify(launched.failure));
  return (await outputOf(launched.program, [], launched)).toString('latin1');
}

export function refused(service: Definition, options: Partial<LauncherOptions> = {}, argv: Argv = SLEEP): SpawnFailure {
  const launched = launcherWith(options).prepare(service, argv);
  if ('failure' in launched) return launched.failure;
  throw new Error(`it was not refused: ${JSON.stringify(launched.arguments)}`);
}

/** A directory with links to some tools of this machine, or scripts of the test (`name!`). */
export function tools(links: Readonly<Record<string, string>>, scripts: Files = {}): { toolPlaces: string[] } {
  const directory = temporary();
  write(directory, Object.fromEntries(Object.entries(links).map(([name, target]) => [`${name}@`, target])));
  write(directory, scripts);
  return { toolPlaces: [directory] };
}

/** Accounts of the test's own. */
export function accounts(passwd: string, group = ''): { accounts: { passwd: string; group: string } } {
  const directory = temporary();
  write(directory, { passwd, group });
  return { accounts: { passwd: path.join(directory, 'passwd'), group: path.join(directory, 'group') } };
}

let home: string | undefined;

/** An installation that has lib/become.cjs, made as scripts/build makes it. */
export function homeWithBecome(): string {
  if (home !== undefined) return home;
  home = path.join(scratch, 'installation');
  buildSync({
    entryPoints: [path.join(root, 'src/boot/become.ts')], outfile: path.join(home, 'lib/become.cjs'),
    bundle: true, platform: 'node', format: 'cjs', target: 'node20', define: { 'import.meta.filename': '__filename' },
  });
  const koffi = createRequire(createRequire(import.meta.filename).resolve('koffi'));
  for (const platform of [`linux_${process.arch}`, `musl_${process.arch}`]) {
    copyFileSync(koffi.resolve(`@koromix/koffi-linux-${process.arch}/${platform}/koffi.node`), path.join(home, `lib/koffi.${platform}.node`));
  }
  return home;
}
