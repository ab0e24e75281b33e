/** 10xx: what s6-overlay does around the services. B numbers: acceptance checks of spec/s6-compat, section 8. */
import { describe, expect, test } from 'vitest';
import { container, inside, until, type Files, type Machine } from '../help/machine.ts';
import { inOrder, stop } from '../help/overlay.ts';
import { canMakeNamespaces } from '../help/privileges.ts';

const SLEEPER = '#!/bin/sh\nexec sleep 1000\n';
const shell = (text: string): string => `#!/bin/sh\n${text}\n`;
const contenv = (text: string): string => `#!/usr/bin/with-contenv sh\n${text}\n`;
/** Until the container has ended: its code and what it printed. */
async function whole(files: Files, options: Parameters<typeof container>[1]): Promise<{ code: number; output: string }> {
  const machine = await container(files, { ...options, ready: false });
  const code = await machine.ended;
  return { code, output: machine.output() };
}
const variables = (text: string): Record<string, string> =>
  Object.fromEntries(text.slice(0, -1).split('\0').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
const up = (machine: Machine, name: string): Promise<unknown> =>
  until(async () => (await machine.svc('wait', name, '--for', 'up', '--timeout', '5s')).code === 0, () => machine.output());

describe.runIf(canMakeNamespaces)('an image of s6-overlay v2', () => {
  test('1001 B01 the lines of the boot in their order, and the code of CMD', async () => {
    const { code, output } = await whole({ 'web/run!': SLEEPER }, {
      command: ['sh', '-c', 'exit 7'],
      rootFiles: { 'etc/cont-init.d/10-one!': shell('echo the script'), 'etc/fix-attrs.d/01-x': '/etc/hostname false root 0644 0755\n' },
    });
    inOrder(output, [
      '[s6-init] making user provided files available at /var/run/s6/etc...exited 0.\n',
      '[s6-init] ensuring user provided files have correct perms...exited 0.\n',
      '[fix-attrs.d] applying ownership & permissions fixes...\n', '[fix-attrs.d] 01-x: applying... \n',
      '[fix-attrs.d] 01-x: exited 0.\n', '[fix-attrs.d] done.\n',
      '[cont-init.d] executing container initialization scripts...\n', '[cont-init.d] 10-one: executing... \n', 'the script\n',
      '[cont-init.d] 10-one: exited 0.\n', '[cont-init.d] done.\n',
      '[services.d] starting services\n', '[services.d] done.\n', '[cmd] sh exited 7\n',
    ]);
    expect(code).toBe(7);
  });

  test('1002 B02 scripts run in the order of their bytes; what begins with a dot is none; a mode of 0644 is mended', async () => {
    const { output } = await whole({}, {
      command: ['true'],
      rootFiles: {
        'etc/cont-init.d/10-b!': shell('echo ran 10-b'), 'etc/cont-init.d/9-a': shell('echo ran 9-a'),
        'etc/cont-init.d/.h!': shell('echo ran .h'), 'etc/cont-init.d/.gitkeep': '',
      },
    });
    inOrder(output, ['ran 10-b', 'ran 9-a']);
    expect(output).not.toMatch(/\.h|gitkeep/);
  });

  test('1003 B03 a failing script: CMD runs all the same, or nothing runs and the container fails', async () => {
    const rootFiles = { 'etc/cont-init.d/1-bad!': shell('exit 3'), 'etc/cont-init.d/2-good!': shell('echo second') };
    const goingOn = await whole({}, { command: ['sh', '-c', 'echo command; exit 4'], rootFiles });
    expect(goingOn.code).toBe(4);
    inOrder(goingOn.output, ['1-bad: exited 3.', 'second', 'command']);
    const stopping = await whole({ 'web/run!': shell('echo service; exec sleep 1000') }, {
      command: ['sh', '-c', 'echo command; exit 4'], rootFiles, environment: { S6_BEHAVIOUR_IF_STAGE2_FAILS: '2' },
    });
    expect(stopping.code).toBe(1);
    expect(stopping.output).not.toMatch(/^(second|command|service)$/m);
  });

  test('1004 B04 B05 B07 B08 with-contenv gives every variable as it was; a service without it gets PATH alone', async () => {
    const long = 'x'.repeat(9000);
    const odd = 'two\nlines and blanks  ';
    const machine = await container({
      'plain/run!': shell('/usr/bin/env >/tmp/plain; exec sleep 1000'),
      'full/run!': contenv('/usr/bin/env -0 >/tmp/full; exec sleep 1000'),
    }, {
      environment: { FOO: 'bar', EMPTY: '', LONG: long, ODD: odd },
      rootFiles: {
        'etc/cont-init.d/1!': shell('d=/run/s6/container_environment; echo v >$d/X; printf v >$d/Y; echo h >$d/.hid; echo b >"$d/a=b"'),
      },
    });
    await up(machine, 'full');
    const read = async (file: string): Promise<string> => (await inside(machine, 'cat', file)).stdout;
    const full = await until(async () => {
      const text = await read('/tmp/full');
      return text.includes('FOO=') && text.endsWith('\0') && variables(text);
    });
    expect(full).toMatchObject({ FOO: 'bar', EMPTY: '', LONG: long, ODD: odd, X: 'v', Y: 'v' });
    expect(Object.keys(full)).not.toContain('.hid');
    expect(Object.keys(full)).not.toContain('a');
    const plain = await until(async () => (await read('/tmp/plain')).includes('PATH=') && await read('/tmp/plain'));
    expect(plain).not.toContain('FOO');
    expect(plain).toMatch(/^PATH=\/command:/m);
  });

  test('1006 B06 S6_KEEP_ENV gives everything to everybody', async () => {
    const { output } = await whole({}, {
      command: ['true'], environment: { FOO: 'bar', S6_KEEP_ENV: '1' }, rootFiles: { 'etc/cont-init.d/1!': shell('echo FOO is $FOO') },
    });
    expect(output).toContain('FOO is bar\n');
  });

  test('1009 B09 a logged service; a finish script writes the exit code', async () => {
    const machine = await container({
      'web/run!': SLEEPER, 'web/finish!': shell('echo 21 >/run/s6-linux-init-container-results/exitcode'), 'web/log/run!': shell('exec cat'),
    }, { rootFiles: { 'etc/cont-init.d/1!': shell('true') } });
    await up(machine, 'web');
    expect(await stop(machine)).toBe(21);
  });

  test('1010 B10 a finish script ends the container with a code of its own', async () => {
    const { code } = await whole({
      'web/run!': shell('exit 1'),
      'web/finish!': shell('printf 55 >/var/run/s6/env-stage3/S6_STAGE2_EXITED; exec s6-svscanctl -t /var/run/s6/services'),
    }, { rootFiles: { 'etc/cont-init.d/1!': shell('true') } });
    expect(code).toBe(55);
  });

  test('1029 halt from a finish script, by the path that images know (corpus 2.7, 5)', async () => {
    const { code } = await whole({
      'web/run!': shell('exit 9'),
      'web/finish!': shell('echo $1 >/run/s6-linux-init-container-results/exitcode; exec /run/s6/basedir/bin/halt'),
    }, { rootFiles: { 'etc/cont-init.d/1!': shell('true') } });
    expect(code).toBe(9);
  });

  test('1012 B12 with S6_CMD_RECEIVE_SIGNALS, CMD gets the signal and says how the container ends', async () => {
    const machine = await container({}, {
      environment: { S6_CMD_RECEIVE_SIGNALS: '1' }, command: ['sh', '-c', 'trap "exit 3" TERM; echo ready; while :; do sleep 0.1; done'],
    });
    await until(() => machine.output().includes('ready\n'), () => machine.output());
    await until(async () => /^\d+\n$/.test((await inside(machine, 'cat', '/run/s6/cmdpid')).stdout), () => machine.output());
    expect(await stop(machine)).toBe(3);
  });

  test('1014 B14 scripts of the end run in order, once, when services are down', async () => {
    const machine = await container({ 'web/run!': shell('trap "echo web down; exit" TERM; echo web up; while :; do sleep 0.1; done') }, {
      rootFiles: { 'etc/cont-finish.d/1!': shell('echo first; exit 3'), 'etc/cont-finish.d/2!': shell('echo second') },
    });
    await until(() => machine.output().includes('web up'), () => machine.output());
    expect(await stop(machine)).toBe(0);
    inOrder(machine.output(), ['web down', '[cont-finish.d] 1: executing... ', 'first', '[cont-finish.d] 1: exited 3.', 'second', '[cont-finish.d] done.']);
    expect(machine.output().match(/^first$/gm)).toHaveLength(1);
  });

  test('1015 B15 a script of the end that hangs is killed after S6_KILL_FINISH_MAXTIME', async () => {
    const machine = await container({}, {
      environment: { S6_KILL_FINISH_MAXTIME: '500' },
      rootFiles: { 'etc/cont-finish.d/1!': shell('exec sleep 1000'), 'etc/cont-finish.d/2!': shell('echo second') },
    });
    expect(await stop(machine)).toBe(0);
    inOrder(machine.output(), ['[cont-finish.d] 1: exited 137.', 'second']);
  });

  test('1016 B16 CMD waits for services that say when they are ready', async () => {
    const { output } = await whole({ 'web/run!': shell('sleep 0.7; echo ready; echo >&3; exec sleep 1000'), 'web/notification-fd': '3\n' }, {
      environment: { S6_CMD_WAIT_FOR_SERVICES: '1' }, command: ['echo', 'the command'], rootFiles: { 'etc/cont-init.d/1!': shell('true') },
    });
    inOrder(output, ['ready\n', 'the command\n']);
  });

  test('1017 B17 B18 S6_CMD_ARG0 comes before CMD, which runs in the directory of the image', async () => {
    const { output } = await whole({}, { environment: { S6_CMD_ARG0: 'env A=1' }, command: ['sh', '-c', 'echo A is $A in $PWD'] });
    expect(output).toMatch(/^A is 1 in \/$/m);
  });

  test('1019 B19 fix-attrs: owners with a fallback, modes of files and directories, nothing hidden', async () => {
    const machine = await container({}, {
      rootFiles: { 'd/file': '', 'd/sub/file': '', 'd/.hidden': '', 'etc/fix-attrs.d/1': '/d true nobody-of-this-name,3:4 0640 0750\n' },
    });
    await until(() => machine.output().includes('[services.d] done.'), () => machine.output());
    const stat = (await inside(machine, 'stat', '-c', '%n %a %u:%g', '/d', '/d/file', '/d/sub', '/d/sub/file', '/d/.hidden')).stdout;
    expect(stat).toBe('/d 750 3:4\n/d/file 640 3:4\n/d/sub 750 3:4\n/d/sub/file 640 3:4\n/d/.hidden 644 0:0\n');
  });

  test('1020 B20 a hook that fails ends the container before any service starts', async () => {
    const { code, output } = await whole({ 'web/run!': shell('echo service; exec sleep 1000') }, {
      environment: { S6_STAGE2_HOOK: 'false', S6_BEHAVIOUR_IF_STAGE2_FAILS: '2' },
    });
    expect(code).toBe(1);
    expect(output).toContain('hook false exited 1');
    expect(output).not.toContain('service\n');
  });

  test('1021 B21 at S6_VERBOSITY=0 nothing is printed but what users print', async () => {
    const { output } = await whole({ 'web/run!': SLEEPER }, {
      environment: { S6_VERBOSITY: '0' }, command: ['echo', 'only this'], rootFiles: { 'etc/cont-init.d/1!': shell('true') },
    });
    expect(output).toBe('only this\n');
  });

  test('1023 B23 a container that is started again finds its way through what its last life left', async () => {
    const machine = await container({ 'web/run!': SLEEPER }, {
      rootFiles: {
        'etc/cont-init.d/1!': shell('true'), 'run/s6/etc/services.d/stale': '', 'run/s6/basedir/bin/halt': '', 'run/service/web/supervise/lock': '',
        'run/s6/env-stage3/S6_STAGE2_EXITED': '9',
      },
    });
    await up(machine, 'web');
    expect(await stop(machine)).toBe(0);
  });

  test('1030 a service that a script links into the scan directory is supervised where it is, and gone when its link is', async () => {
    const machine = await container({}, {
      rootFiles: { 'etc/cont-init.d/1!': shell('true'), 'srv/late/run!': SLEEPER },
    });
    await until(() => machine.output().includes('[services.d] done.'), () => machine.output());
    await inside(machine, 'ln', '-s', '/srv/late', '/run/service/late');
    expect((await inside(machine, 's6-svscanctl', '-a', '/run/service')).code).toBe(0);
    await up(machine, 'late');
    expect((await inside(machine, 's6-svok', '/var/run/s6/services/late')).code).toBe(0);
    await inside(machine, 'rm', '/run/service/late');
    expect((await inside(machine, 's6-svscanctl', '-h', '/run/service')).code).toBe(0);
    await until(async () => (await machine.svc('status', 'late')).code === 4, () => machine.output());
  });

  test('1031 a service directory that cont-init.d writes is started like the others (corpus 2.3)', async () => {
    const machine = await container({}, {
      rootFiles: { 'etc/cont-init.d/1!': shell('mkdir /etc/services.d/made; printf "#!/bin/sh\\nexec sleep 1000\\n" >/etc/services.d/made/run') },
    });
    await up(machine, 'made');
  });

  test('1032 TERM while a script of the boot hangs ends the container without services or CMD', async () => {
    const machine = await container({ 'web/run!': shell('echo service; exec sleep 1000') }, {
      command: ['echo', 'the command'], rootFiles: { 'etc/cont-init.d/1!': shell('echo hanging; exec sleep 1000') },
    });
    await until(() => machine.output().includes('hanging\n'), () => machine.output());
    expect(await stop(machine)).toBe(0);
    expect(machine.output()).not.toMatch(/^(service|the command)$/m);
  });

  test('1033 an image that knows nothing of s6-overlay has nothing of it printed, and its services get the whole environment', async () => {
    const machine = await container({ 'web/run!': shell('echo FOO is $FOO; exec sleep 1000') }, { environment: { FOO: 'bar' } });
    await until(() => machine.output().includes('FOO is bar\n'), () => machine.output());
    expect(await stop(machine)).toBe(0);
    expect(machine.output()).not.toMatch(/\[(s6-init|cont-init\.d|services\.d|cont-finish\.d)\]/);
  });

  test('1034 with S6_WAIT_FOR_CLOSING_FD nothing starts before the other end is closed', async () => {
    const machine = await container({}, {
      ready: false, command: ['echo', 'the command'],
      shellEnvironment: 'S6_WAIT_FOR_CLOSING_FD=5 sh -c \'{ sleep 0.3; echo closing >&2; } | exec "$@" 5<&0\' sh',
    });
    expect(await machine.ended).toBe(0);
    inOrder(machine.output(), ['closing\n', 'the command\n']);
  });

  test('1013 B13 CMD that a signal ends, and CMD that is not there', async () => {
    const rootFiles = { 'etc/cont-init.d/1!': shell('true') };
    const killed = await whole({}, { command: ['sh', '-c', 'kill -9 $$'], rootFiles });
    expect(killed.code).toBe(137);
    expect(killed.output).toContain('[cmd] sh exited 137\n');
    expect((await whole({}, { command: ['no-such-program'], rootFiles })).code).toBe(127);
  });

  test('1011 B11 nobody is waited for who has ended', async () => {
    const machine = await container({}, { rootFiles: { 'etc/cont-init.d/1!': shell('true') } });
    await until(() => machine.output().includes('[services.d] done.'), () => machine.output());
    const began = performance.now();
    expect(await stop(machine)).toBe(0);
    // s6-overlay sleeps for S6_KILL_GRACETIME, 3 s by default, whatever is left.
    expect(performance.now() - began).toBeLessThan(2500);
  });

  test('1022 B22 a user who owns /run and nothing else', async () => {
    const { code, output } = await whole({ 'web/run!': shell('echo web as $(id -u); exec sleep 1000') }, {
      user: '65534:65534', command: ['sh', '-c', 'sleep 0.3; id -u; exit 6'],
      rootFiles: { 'etc/cont-init.d/1!': shell('echo script as $(id -u)'), 'etc/cont-init.d/2': shell('echo second as $(id -u)') },
    });
    inOrder(output, ['script as 65534', 'second as 65534', '[cmd] sh exited 6']);
    expect(output).toContain('web as 65534');
    expect(code).toBe(6);
  });
});
