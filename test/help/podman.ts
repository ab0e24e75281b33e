/** Podman with a storage of its own below the test's directory: nothing is left, and nothing of the machine's is touched. */
import { cpSync, mkdirSync, readdirSync, realpathSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { root, run, temporary, write, type Files, type Ran } from './machine.ts';

export type Podman = Readonly<{
  directory: string;
  run(...words: string[]): Promise<Ran>;
  /** `podman run` with what this kind of machine needs; raising limits is not always allowed. */
  container(options: readonly string[], image: string, ...command: string[]): Promise<Ran>;
}>;

export function podman(): Podman {
  const directory = temporary();
  const base = [
    '--root', path.join(directory, 'storage'), '--runroot', path.join(directory, 'runroot'),
    '--runtime', 'runc', '--storage-driver', 'vfs', '--cgroup-manager', 'cgroupfs', '--events-backend', 'none',
  ];
  const all = (...words: string[]): Promise<Ran> => run('podman', [...base, ...words]);
  onTestFinished(async () => {
    await all('rm', '-a', '-f', '-t', '0');
  });
  return {
    directory,
    run: all,
    container: (options, image, ...command) =>
      all('run', '--network', 'none', '--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1000:1000', ...options, image, ...command),
  };
}

/** The least root on which the layer must work: a static shell, node and the libraries that node needs; and the layer. */
export async function smallRoot(directory: string, files: Files): Promise<void> {
  await bareRoot(directory);
  const layer = path.join(root, 'build/layer');
  for (const name of readdirSync(layer)) cpSync(path.join(layer, name), path.join(directory, name), { recursive: true, verbatimSymlinks: true });
  write(directory, files);
}

/** {@link smallRoot} as it is before the layer. `node`: where that program is to be. */
export async function bareRoot(directory: string, node = 'usr/bin/node'): Promise<void> {
  for (const name of ['bin', 'usr/bin', 'lib64', 'proc', 'dev', 'sys', 'run', 'tmp', 'etc', 'var', 'root']) {
    mkdirSync(path.join(directory, name), { recursive: true });
  }
  cpSync('/bin/busybox', path.join(directory, 'bin/busybox'));
  const { stdout: applets } = await run('/bin/busybox', ['--list']);
  for (const applet of applets.trim().split('\n')) if (applet !== 'busybox') symlinkSync('busybox', path.join(directory, 'bin', applet));
  cpSync(realpathSync(process.execPath), path.join(directory, node));
  const { stdout: libraries } = await run('ldd', [process.execPath]);
  for (const [library] of libraries.matchAll(/\/\S+/g)) {
    mkdirSync(path.join(directory, path.dirname(library)), { recursive: true });
    cpSync(realpathSync(library), path.join(directory, library));
  }
}
