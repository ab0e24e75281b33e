/** docs/how-to/build-an-image.md, as it is written: its Dockerfile is built and its commands are run, with podman for docker. */
import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { root, until, write, type Ran } from '../help/machine.ts';
import { lacking } from '../help/needs.ts';
import { bareRoot, podman } from '../help/podman.ts';
import { canMakeNamespaces } from '../help/privileges.ts';

const possible = canMakeNamespaces && lacking('podman', 'dash').length === 0;
const page = readFileSync(path.join(root, 'docs/how-to/build-an-image.md'), 'utf8');
const example = (heading: string): string[] => /\n\n((?: {4}.*\n)+)/
  .exec(page.slice(page.indexOf(`\n## ${heading}\n`)))![1]!.trimEnd().split('\n').map((line) => line.slice('    '.length));

test.runIf(possible)('the image of the how-to runs its service, its command and its stop', async () => {
  const here = podman();
  const context = path.join(here.directory, 'context');
  await baseImages(here);
  mkdirSync(path.join(context, 'build'), { recursive: true });
  cpSync(path.join(root, 'build/layer'), path.join(context, 'build/layer'), { recursive: true, verbatimSymlinks: true });
  write(context, { 'Dockerfile': `${example('The Dockerfile').join('\n')}\n`, 'services.d/web/run!': `${example('A service').join('\n')}\n` });

  const [build, start, status, stop] = example('Run it').map((line) => line.split(' '));
  expect(build).toEqual(['docker', 'build', '-t', 'mine', '.']);
  const built = await here.run('build', '--pull=never', '--network=host', '-t', 'mine', context);
  expect([built.code, built.stderr], built.stdout).toEqual([0, expect.any(String) as string]);
  expect(built.stdout).toContain('linked /usr/bin/with-contenv\n');

  // docker run -d --name mine mine: podman() adds what this machine needs.
  expect(start!.slice(0, 2)).toEqual(['docker', 'run']);
  const started = await here.container(start!.slice(2, -1), start!.at(-1)!);
  expect([started.code, started.stderr]).toEqual([0, expect.any(String) as string]);
  const logs = async (): Promise<string> => {
    const { stdout, stderr } = await here.run('logs', 'mine');
    return stdout + stderr;
  };
  await until(async () => (await logs()).includes('web says hello'), () => 'no greeting');
  const told = await until(async () => {
    const ran = await here.run(...status!.slice(1));
    return ran.code === 0 && ran.stdout;
  });
  expect(told).toMatch(/web\s+up/);
  const page8080 = (): Promise<Ran> => here.run('exec', 'mine', 'wget', '-q', '-O', '-', 'http://127.0.0.1:8080/');
  await until(async () => (await page8080()).stdout === 'hello\n', () => 'no page');
  expect((await here.run(...stop!.slice(1))).code).toBe(0);
  expect((await here.run('inspect', '--format', '{{.State.ExitCode}}', 'mine')).stdout.trim()).toBe('0');

  expect(page).toContain("\n    docker run --rm mine sh -c 'exit 7'\n");
  expect((await here.container(['--rm'], 'mine', 'sh', '-c', 'exit 7')).code).toBe(7);
});

/** What the Dockerfile begins with, under the same names: no registry can be reached. */
async function baseImages(here: ReturnType<typeof podman>): Promise<void> {
  const rootfs = path.join(here.directory, 'rootfs');
  await bareRoot(rootfs, 'usr/local/bin/node');
  // Debian's sh: that of busybox takes its own applets, of which svc is one, before it looks into PATH.
  rmSync(path.join(rootfs, 'bin/sh'));
  cpSync('/bin/dash', path.join(rootfs, 'bin/sh'));
  write(here.directory, {
    'node.Dockerfile': 'FROM scratch\nCOPY rootfs/usr/local/ /usr/local/\n',
    // As Debian's image does. The default of shells begins with /sbin and /bin, where busybox has an svc of its own.
    'debian.Dockerfile': 'FROM scratch\nCOPY rootfs/ /\nENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n',
  });
  const image = async (name: string): Promise<void> => {
    const file = path.join(here.directory, `${name.split(':')[0]}.Dockerfile`);
    const built = await here.run('build', '--network=host', '-f', file, '-t', `docker.io/library/${name}`, here.directory);
    expect([built.code, built.stderr], built.stdout).toEqual([0, expect.any(String) as string]);
  };
  await image('node:22-bookworm-slim');
  rmSync(path.join(rootfs, 'usr/local/bin/node'));
  await image('debian:bookworm-slim');
}
