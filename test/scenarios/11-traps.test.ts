/** 11xx: idioms of real images that a supervisor stumbles over (spec/corpus 2.7), on scripts of our own. */
import { describe, expect, test } from 'vitest';
import { container as boot, inside, until, type ContainerOptions, type Files, type Machine } from '../help/machine.ts';
import { stop } from '../help/overlay.ts';
import { canMakeNamespaces } from '../help/privileges.ts';

const shell = (text: string): string => `#!/bin/sh\n${text}\n`;
const SLEEPER = shell('exec sleep 1000');
/** Makes it an image of s6-overlay v2. */
const V2 = { 'etc/cont-init.d/00!': shell('true') };
type Container = Machine & { pid: number };

const said = (machine: Machine, text: string | RegExp): Promise<unknown> =>
  until(() => (typeof text === 'string' ? machine.output().includes(text) : text.test(machine.output())), () => machine.output());
const pidOf = async (machine: Container, name: string): Promise<string> =>
  (await inside(machine, 's6-svstat', '-o', 'pid', `/var/run/s6/services/${name}`)).stdout.trim();
/** What a process writes may be here before n6 knows that it runs: until it is told, the pid is -1. */
const another = (machine: Container, name: string, pid = ''): Promise<string> =>
  until(async () => {
    const now = await pidOf(machine, name);
    return now !== '-1' && now !== pid && now;
  }, () => machine.output());

/** What the container's root lacks: nothing, so that the real tools are used, or all of them, so that n6's own are. */
const ROOTS = [
  ["with s6's own tools", []], ["with n6's companions", ['/usr/bin/s6-*', '/usr/bin/execlineb', '/usr/lib/execline']],
] as const;

describe.runIf(canMakeNamespaces).each(ROOTS)('idioms of real images, %s', (_which, without) => {
  const container = (files: Files, options: ContainerOptions): Promise<Container> => boot(files, { ...options, without });

  test('1101 HUP reaches the shell alone: the worker that it started lives on until the next run retires it', async () => {
    const machine = await container({
      'ha/run!': shell([
        'old=$(cat /run/worker 2>/dev/null)',
        'sleep 1000 & echo $! >/run/worker',
        'if [ -n "$old" ]; then kill -0 "$old" && echo "handed over from a living one"; kill "$old"; fi',
        'trap "kill $!; exit" TERM',
        'echo started',
        'wait',
      ].join('\n')),
    }, { rootFiles: V2 });
    await said(machine, 'started\n');
    const first = await another(machine, 'ha');
    expect((await inside(machine, 's6-svc', '-h', '/var/run/s6/services/ha')).code).toBe(0);
    await another(machine, 'ha', first);
    await said(machine, 'handed over from a living one\n');
    expect(await stop(machine)).toBe(0);
  });

  test('1102 line breaks mean nothing in execline: one echo, and the container lives', async () => {
    const machine = await container({
      'cron/run!': shell('echo run; sleep 0.1; exit 0'),
      'cron/finish!': '#!/usr/bin/execlineb -S0\necho "cron exiting"\ns6-svscanctl -t /var/run/s6/services\n',
    }, { rootFiles: V2 });
    await said(machine, /(cron exiting s6-svscanctl -t \/var\/run\/s6\/services\n[^]*){2}/);
    expect(machine.process.exitCode).toBeNull();
  });

  test('1103 a service that ends at once with 0 is started again for ever, about once a second', async () => {
    const machine = await container({ 'frontend/run!': shell('echo again; exit 0') }, { rootFiles: V2 });
    await said(machine, /(again\n[^]*){3}/);
    expect((await machine.svc('status', '--json')).stdout).toMatch(/"wanted":\s*"up"/);
  });

  test('1104 a run that says of itself, first thing, that it is not to be restarted, is not', async () => {
    const machine = await container({
      'once/run!': shell('s6-svc -O .; echo ran once; exit 0'), 'stopped/run!': shell('s6-svc -Od .; echo ran stopped; exec sleep 1000'),
    }, { rootFiles: V2 });
    await said(machine, 'ran once\n');
    for (const name of ['once', 'stopped']) {
      await until(async () => (await machine.svc('wait', name, '--for', 'down', '--timeout', '5s')).code === 0, () => machine.output());
    }
    expect(machine.output().match(/^ran once$/gm)).toHaveLength(1);
  });

  test("1106 PID 1's standard output is the container's, also for what a daemon's child writes there", async () => {
    const machine = await container({ 'web/run!': shell('(echo by another way >/proc/1/fd/1) & exec sleep 1000') }, { rootFiles: V2 });
    await said(machine, 'by another way\n');
  });

  test('1107 exec with a redirection and a chain of programs: the pid stays, and readiness is told', async () => {
    const machine = await container({
      'web/run!': shell('exec 2>&1 \\\n  s6-notifyoncheck -d -n 20 -w 100 -c "test -e /run/is-up" \\\n    sleep 1000'), 'web/notification-fd': '3\n',
    }, { rootFiles: V2 });
    await until(async () => (await machine.svc('status', '--json')).stdout.includes('"starting"'), () => machine.output());
    const pid = await another(machine, 'web');
    await inside(machine, 'touch', '/run/is-up');
    expect((await machine.svc('wait', 'web', '--for', 'ready', '--timeout', '10s')).code).toBe(0);
    expect((await inside(machine, 'cat', `/proc/${pid}/comm`)).stdout).toBe('sleep\n');
  });

  test('1108 a start that hangs on purpose is not timed out at S6_CMD_WAIT_FOR_SERVICES_MAXTIME=0, and is at 300', async () => {
    const rootFiles = {
      'etc/s6-overlay/s6-rc.d/hang/type': 'oneshot\n', 'etc/s6-overlay/s6-rc.d/hang/up': 'sleep infinity\n', 'etc/s6-overlay/s6-rc.d/user/contents.d/hang': '',
      'etc/s6-overlay/s6-rc.d/late/type': 'oneshot\n', 'etc/s6-overlay/s6-rc.d/late/up': 'sh -c "sleep 0.9; echo late"\n',
      'etc/s6-overlay/s6-rc.d/user/contents.d/late': '',
    };
    const patient = await container({}, { rootFiles, command: ['echo', 'the command'], environment: { S6_CMD_WAIT_FOR_SERVICES_MAXTIME: '0' } });
    await said(patient, 'service late successfully started');
    expect(patient.output()).not.toMatch(/the command|timed out/);
    expect(await stop(patient)).toBe(0);
    const hasty = await container({}, { ready: false, rootFiles, command: ['echo', 'the command'], environment: { S6_CMD_WAIT_FOR_SERVICES_MAXTIME: '300' } });
    expect(await hasty.ended).toBe(0);
    expect(hasty.output()).toMatch(/s6-rc: fatal: timed out\n[^]*the command\n/);
  });

  test('1110 directories that come with a control FIFO, dead subscribers and a lock of another life', async () => {
    const machine = await container({}, {
      rootFiles: {
        'etc/cont-init.d/00!': shell([
          'd=/etc/services.d/web; mkdir -p $d/supervise $d/event', 'mkfifo $d/supervise/control $d/event/ftrig1:@400000006b03204e00000000:abcdef',
          'echo stale >$d/supervise/lock', 'printf "#!/bin/sh\\nexec sleep 1000\\n" >$d/run',
        ].join('\n')),
      },
    });
    await until(async () => (await machine.svc('wait', 'web', '--for', 'up', '--timeout', '5s')).code === 0, () => machine.output());
    expect((await inside(machine, 's6-svok', '/run/service/web')).code).toBe(0);
    const pid = await pidOf(machine, 'web');
    expect((await inside(machine, 's6-svc', '-r', '/run/service/web')).code).toBe(0);
    await another(machine, 'web', pid);
  });

  test('1111 down files and directories that the start makes and takes away', async () => {
    const machine = await container({ 'off/run!': SLEEPER, 'on/run!': SLEEPER, 'on/down': '' }, {
      rootFiles: {
        'etc/cont-init.d/00!': shell('cd /etc/services.d; touch off/down; rm on/down; mkdir SOCAT_22; printf "#!/bin/sh\\nexec sleep 1000\\n" >SOCAT_22/run'),
      },
    });
    await until(async () => (await machine.svc('wait', 'on', 'SOCAT_22', '--for', 'up', '--timeout', '5s')).code === 0, () => machine.output());
    expect(await pidOf(machine, 'off')).toBe('-1');
  });

  test('1113 the reported pid is the program itself: somebody writes into its descriptor 4', async () => {
    const machine = await container({
      'db/run!': '#!/usr/bin/with-contenv bash\nmkfifo /run/lock; exec 4<>/run/lock; read -r line <&4; echo "heard $line"; exec sleep 1000\n',
    }, { rootFiles: V2 });
    await until(async () => (await inside(machine, 'test', '-p', '/run/lock')).code === 0, () => machine.output());
    const pid = await another(machine, 'db');
    expect((await inside(machine, 'sh', '-c', `until echo release >/proc/${pid}/fd/4; do sleep 0.05; done`)).code).toBe(0);
    await said(machine, 'heard release\n');
  });

  test('1114 a finish script that waits for its daemon has five seconds, and what timeout-finish gives', async () => {
    const machine = await container({
      'short/run!': shell('exit 1'), 'short/finish!': shell('sleep 1.5; echo short finished; exit 125'),
      'long/run!': shell('exit 1'), 'long/finish!': shell('sleep 1.5; echo long finished; exit 125'), 'long/timeout-finish': '300\n',
    }, { rootFiles: V2 });
    await said(machine, 'short finished\n');
    expect(machine.output()).not.toContain('long finished');
    expect(machine.output()).toMatch(/long"?,?.*finish did not end in 3\d\d ms/);
  });

  test('1115 a run script of execline that a script of the start writes: a chain of programs', async () => {
    const machine = await container({}, {
      environment: { FOO: 'bar' },
      rootFiles: {
        'etc/cont-init.d/00!': shell([
          'mkdir /etc/services.d/made', 'cat >/etc/services.d/made/run <<END', '#!/usr/bin/execlineb -P', 'with-contenv', 's6-setuidgid nobody',
          'sh -c "echo \\$FOO; id -un; exec sleep 1000"', 'END',
        ].join('\n')),
      },
    });
    await said(machine, 'bar\nnobody\n');
  });
});
