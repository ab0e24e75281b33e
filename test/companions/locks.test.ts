import { chmodSync, cpSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { canMakeNamespaces } from '../help/privileges.ts';
import { temporary } from '../help/machine.ts';
import { launch } from '../kernel/launch.ts';
import { companions, ended, plain, SHELLS } from './shells.ts';

/** With layers of two file systems, stat(2) gives its files another device than /proc/locks. */
const OVERLAY = `
mount --make-rprivate / && mkdir "$0/lower" "$0/tmpfs" "$0/root" && mount -t tmpfs test "$0/tmpfs" && mkdir "$0/tmpfs/upper" "$0/tmpfs/work" &&
mount -t overlay test -o "lowerdir=$0/lower,upperdir=$0/tmpfs/upper,workdir=$0/tmpfs/work" "$0/root" &&
mkdir -p "$0/root/service/supervise" && exec "$@"`;
const NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];

describe.runIf(canMakeNamespaces)('a lock on an overlay', () => {
  for (const { shell, words, missing } of SHELLS) {
    test.skipIf(missing)(`is seen by its supervisor's user and by others: ${shell}`, async () => {
      const directory = temporary();
      chmodSync(directory, 0o755);
      // Where another user may read them, which a checkout need not allow.
      const home = path.join(temporary(), 'home');
      chmodSync(path.dirname(home), 0o755);
      mkdirSync(home);
      cpSync(companions, path.join(home, 'command'), { recursive: true });
      cpSync(path.join(companions, 'lib'), path.join(home, 'lib'), { recursive: true });
      const service = path.join(directory, 'root/service');
      const supervisor = launch('kernel-takes-a-lock', {
        before: ['unshare', '--mount', 'sh', '-c', OVERLAY, directory], arguments: [`${service}/supervise/lock`],
      });
      expect(await supervisor.next()).toBe(true);
      const asks = (...before: string[]): number => ended(
        ['nsenter', '-t', String(supervisor.process.pid), '-m', ...before, ...words, path.join(home, 'command/s6-svok'), service],
        { env: { ...plain, N6_COMPANIONS: 'own' } },
      ).code;
      expect([asks(), asks(...NOBODY)]).toEqual([0, 0]);
      supervisor.process.kill('SIGUSR2');
      expect(await supervisor.next()).toBe('given back');
      expect([asks(), asks(...NOBODY)]).toEqual([1, 1]);
    });
  }
});
