/** The launchers as PID 1, and where they may write, with a stand-in for n6 itself. */
import { chmodSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporary, write } from '../help/machine.ts';
import { canMakeNamespaces } from '../help/privileges.ts';
import { given, installed, NODE } from './home.ts';
import { ended, plain, type Ended } from './shells.ts';

describe.runIf(canMakeNamespaces)('in namespaces of its own', () => {
  /** Runs words of a shell as PID 1, with nothing of this machine's /run and /tmp. */
  const alone = (script: string, env: NodeJS.ProcessEnv = {}): Ended => {
    const prepare = 'mount -t tmpfs n6-test /run && mkdir -p "$BELOW/tmp" && mount -t tmpfs n6-test "$BELOW/tmp" &&';
    return ended(['unshare', '--pid', '--fork', '--kill-child', '--mount', '--mount-proc', 'sh', '-c', `${prepare} ${script}`], {
      env: { ...plain, ...NODE, BELOW: temporary(), ...env },
    });
  };

  const SIGNALS: [sent: string, told: string][] = [
    ['TERM', 'TERM'], ['INT', 'INT'], ['QUIT', 'QUIT'], ['USR1', 'USR1'], ['USR2', 'USR2'], ['PWR', 'PWR'], ['37', 'RTMIN+3'],
    ['HUP', 'HUP'], ['HUP TERM HUP', 'TERM'],
  ];
  test.each(SIGNALS)('PID 1 tells of %s that came while the shell was still at work', (sent, told) => {
    const home = installed();
    // The first program that the launcher starts sends them: by then, and from its first line on, they must count.
    write(home, { 'early/cat!': `#!/bin/sh\nfor signal in ${sent}; do kill -$signal "$PPID"; done\nexec /bin/cat "$@"\n` });
    const result = alone(`PATH=${home}/early:$PATH exec ${home}/bin/init CMD`);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(given(result)).toMatchObject({ pid: 1, arguments: ['init', 'CMD'], environment: { N6_EARLY_SIGNAL: told, N6_ENVIRON_FILE: '/run/n6-environ.1' } });
  });

  test('a file of an earlier life with the same pid is replaced, also a link or a FIFO', () => {
    const home = installed();
    const earlier = ['echo old >/run/n6-environ.1; chmod 644 /run/n6-environ.1', 'ln -s /run/victim /run/n6-environ.1', 'mkfifo /run/n6-environ.1'];
    for (const left of earlier) {
      const result = alone(`{ ${left}; } && echo untouched >/run/victim && exec ${home}/bin/init`);
      expect(result).toMatchObject({ code: 0, stderr: '' });
      expect(given(result).saved).toMatchObject({ mode: 0o600, bytes: expect.stringContaining('BELOW=') as string });
    }
  });

  test('a link that comes back the moment it was removed is not followed', () => {
    const home = installed();
    write(home, { 'early/rm!': '#!/bin/sh\n/bin/rm "$@"\nfor file; do :; done\nln -s /run/victim "$file"\n', 'free/x': '' });
    const result = alone(`echo untouched >/run/victim && ln -s victim /run/n6-environ.1 && PATH=${home}/early:$PATH exec ${home}/bin/init`, {
      XDG_RUNTIME_DIR: path.join(home, 'free'),
    });
    expect(given(result).environment.N6_ENVIRON_FILE).toBe(`${home}/free/n6-environ.1`);
  });

  test('the first writable of /run, XDG_RUNTIME_DIR and /tmp; 111 when there is none', () => {
    const home = installed();
    const fileOf = (result: Ended): string | undefined => given(result).environment.N6_ENVIRON_FILE;
    const closed = (...places: string[]): string => places.map((place) => `mount -t tmpfs -o ro n6-test ${place} &&`).join(' ');
    const start = `exec ${home.replace(/^\/tmp\//, '/mnt/')}/bin/init`;
    // The tests' own directories are below /tmp: they are reached another way while it is closed.
    const moved = 'mount --bind /tmp /mnt &&';
    const env = { XDG_RUNTIME_DIR: '/run/user' };
    const own = 'mkdir /run/user && mount -t tmpfs n6-test /run/user && mount -o remount,ro /run &&';
    expect(fileOf(alone(`${moved} ${own} ${start}`, env))).toBe('/run/user/n6-environ.1');
    expect(fileOf(alone(`${moved} ${closed('/run')} mount -t tmpfs n6-test /tmp && ${start}`, { XDG_RUNTIME_DIR: '/nowhere' }))).toBe('/tmp/n6-environ.1');
    expect(alone(`${moved} ${closed('/run', '/tmp')} ${start}`)).toMatchObject({
      code: 111, stdout: '', stderr: 'init: cannot save the environment: neither /run nor XDG_RUNTIME_DIR nor /tmp can be written to; mount a tmpfs on /run\n',
    });
    const full = 'mount -t tmpfs -o size=4k n6-test /run && head -c 4096 /dev/zero >/run/full && mount -t tmpfs n6-test /tmp &&';
    expect(fileOf(alone(`${moved} ${full} ${start}`))).toBe('/tmp/n6-environ.1');
  });

  test("another user's file in /tmp is not written to", () => {
    const home = installed();
    for (let place = home; place !== '/'; place = path.dirname(place)) if (place.includes('n6-test-')) chmodSync(place, 0o755);
    const asNobody = `setpriv --reuid 65534 --regid 65534 --clear-groups`;
    const other = 'mount -t tmpfs -o mode=1777 n6-test /mnt && mount --bind /tmp /mnt && mount -t tmpfs -o mode=1777 n6-test /tmp && chmod 755 /run';
    const start = `exec ${asNobody} ${home.replace(/^\/tmp\//, '/mnt/')}/bin/init`;
    expect(alone(`${other} && mkfifo -m 666 /tmp/n6-environ.1 && ${start}`)).toMatchObject({ code: 111 });
    expect(alone(`${other} && ln -s /tmp/elsewhere /tmp/n6-environ.1 && ${start}`)).toMatchObject({ code: 111 });
    expect(given(alone(`${other} && ${start}`)).environment.N6_ENVIRON_FILE).toBe('/tmp/n6-environ.1');
  });
});
