/** The ways in which images start /init (corpus 2.6), in podman: each is process 1, keeps its words and gives the exit code. */
import path from 'node:path';
import { expect, test } from 'vitest';
import { until, write } from '../help/machine.ts';
import { lacking } from '../help/needs.ts';
import { podman, smallRoot } from '../help/podman.ts';
import { canMakeNamespaces } from '../help/privileges.ts';

const possible = canMakeNamespaces && lacking('podman').length === 0;
const SAY = ['sh', '-c', 'echo "of $(cat /proc/1/comm): $FROM $# $1"; exit 7', 'x', 'a  b', '--env-file', '/nonexistent'];

test.runIf(possible)('/init by CMD, renamed, copied, linked, wrapped in scripts, with words of its own', async () => {
  const here = podman();
  const rootfs = path.join(here.directory, 'rootfs');
  await smallRoot(rootfs, {
    'etc/services.d/web/run!': '#!/bin/sh\necho "web runs"\nexec sleep 1000\n',
    'entrypoint.sh!': '#!/bin/sh\nset -e\nexport FROM=script\nmkdir -p /tmp/prepared\nexec /init "$@"\n',
    'default.sh!': '#!/bin/sh\n[ $# -gt 0 ] || set -- sh -c "exit 3"\nexec /s6-init "$@"\n',
    'usr/local/bin/start@': '../../../init',
  });
  write(here.directory, { Dockerfile: 'FROM scratch\nCOPY rootfs/ /\nRUN cp /init /copied && mv /init /s6-init && ln -s s6-init /init\nCMD ["/init"]\n' });
  const built = await here.run('build', '--network=host', '-t', 'ways', here.directory);
  expect([built.code, built.stderr], built.stdout).toEqual([0, expect.any(String) as string]);

  const started = await here.container(['-d', '--name', 'command'], 'ways');
  expect([started.code, started.stderr]).toEqual([0, expect.any(String) as string]);
  await until(async () => (await here.run('logs', 'command')).stdout.includes('web runs'), () => started.stderr);
  expect((await here.run('exec', 'command', 'cat', '/proc/1/comm')).stdout).toBe('n6\n');
  expect((await here.run('stop', 'command')).code).toBe(0);
  expect((await here.run('inspect', '--format', '{{.State.ExitCode}}', 'command')).stdout.trim()).toBe('0');

  const ways: Readonly<Record<string, string>> = {
    '/s6-init': ' ', '/init': ' ', '/copied': ' ', '/usr/local/bin/start': ' ', 'start': ' ',
    '/entrypoint.sh': 'script ', '["/init","env","FROM=entry"]': 'entry ',
  };
  for (const [entrypoint, from] of Object.entries(ways)) {
    const ran = await here.container(['--rm', '--entrypoint', entrypoint], 'ways', ...SAY);
    expect([entrypoint, ran.code, ran.stdout.match(/^of .*$/m)?.[0]], ran.stderr).toEqual([entrypoint, 7, `of n6: ${from}3 a  b`]);
  }
  expect((await here.container(['--rm', '--entrypoint', '/default.sh'], 'ways')).code).toBe(3);
});
