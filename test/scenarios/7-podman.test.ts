/** 7xx: `/init` as ENTRYPOINT of a real container. */
import path from 'node:path';
import { expect, test } from 'vitest';
import { run, until, write } from '../help/machine.ts';
import { podman, smallRoot } from '../help/podman.ts';
import { canMakeNamespaces } from '../help/privileges.ts';

const possible = canMakeNamespaces && (await run('podman', ['--version'])).code === 0;

test.runIf(possible)('700 exit codes, stop, restart and environment in podman', async () => {
  const podmanHere = podman();
  const rootfs = path.join(podmanHere.directory, 'rootfs');
  await smallRoot(rootfs, {
    'etc/services.d/web/run!': '#!/usr/bin/with-contenv sh\necho "web sees $GREETING"\nexec sleep 1000\n',
  });
  write(podmanHere.directory, { Dockerfile: 'FROM scratch\nCOPY rootfs/ /\nENV GREETING=hello\nENTRYPOINT ["/init"]\n' });
  const built = await podmanHere.run('build', '--network=host', '-t', 'smoke', podmanHere.directory);
  expect([built.code, built.stderr]).toEqual([0, expect.any(String) as string]);

  const seven = await podmanHere.container(['--rm'], 'smoke', 'sh', '-c', 'exit 7');
  expect([seven.code, seven.stderr]).toEqual([7, expect.any(String) as string]);

  expect((await podmanHere.container(['-d', '--name', 'n6'], 'smoke')).code).toBe(0);
  const logs = async (): Promise<string> => {
    const { stdout, stderr } = await podmanHere.run('logs', 'n6');
    return stdout + stderr;
  };
  await until(async () => (await logs()).includes('web sees hello'), () => 'no log');
  const status = await until(async () => {
    const ran = await podmanHere.run('exec', 'n6', 'svc', 'status');
    return ran.code === 0 && ran.stdout;
  });
  expect(status).toMatch(/web\s+up/);

  const from = Date.now();
  expect((await podmanHere.run('stop', 'n6')).code).toBe(0);
  const took = Date.now() - from;
  // Ten seconds is podman's limit before SIGKILL: below it, the container ended by itself. The time is printed for the record.
  expect(took).toBeLessThan(10_000);
  const ended = await podmanHere.run('inspect', '--format', '{{.State.ExitCode}}', 'n6');
  expect(ended.stdout.trim()).toBe('0');
  console.log(`podman stop took ${took} ms`);

  // The second life meets the /run of the first.
  expect((await podmanHere.run('start', 'n6')).code).toBe(0);
  await until(async () => (await podmanHere.run('exec', 'n6', 'svc', 'status')).stdout.includes('up'));
});
