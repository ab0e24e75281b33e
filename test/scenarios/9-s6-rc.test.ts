/** 9xx: s6-rc's sources as an image brings them. C numbers: acceptance checks of spec/s6-compat, section 8. */
import { describe, expect, test } from 'vitest';
import { container, inside, until, type Files, type Machine } from '../help/machine.ts';
import { inOrder, stop } from '../help/overlay.ts';
import { canMakeNamespaces } from '../help/privileges.ts';

const shell = (text: string): string => `#!/bin/sh\n${text}\n`;
const RC = 'etc/s6-overlay/s6-rc.d';
const SCRIPTS = 'etc/s6-overlay/scripts';

/** A oneshot of the bundle `user` whose `up`, and `down`, are scripts. */
function oneshot(name: string, up: string, { needs = [], down }: { needs?: string[]; down?: string } = {}): Files {
  return {
    [`${RC}/${name}/type`]: 'oneshot\n', [`${RC}/${name}/up`]: `/${SCRIPTS}/${name}\n`, [`${SCRIPTS}/${name}!`]: shell(up),
    ...(down === undefined ? {} : { [`${RC}/${name}/down`]: `/${SCRIPTS}/${name}-down`, [`${SCRIPTS}/${name}-down!`]: shell(down) }),
    ...of(name, needs),
  };
}
const longrun = (name: string, run: string, needs: string[] = [], more: Files = {}): Files => ({
  [`${RC}/${name}/type`]: 'longrun\n', [`${RC}/${name}/run`]: shell(run),
  ...Object.fromEntries(Object.entries(more).map(([file, text]) => [`${RC}/${name}/${file}`, text])),
  ...of(name, needs),
});
const of = (name: string, needs: string[]): Files =>
  ({ [`${RC}/user/contents.d/${name}`]: '', ...Object.fromEntries(needs.map((need) => [`${RC}/${name}/dependencies.d/${need}`, ''])) });

const booted = (machine: Machine): Promise<unknown> =>
  until(() => /supervises \/etc\/services.d as pid 1/.test(machine.output()), () => machine.output());

describe.runIf(canMakeNamespaces)('an image with s6-rc sources', () => {
  test('901 C01 C09 a longrun waits for its oneshot; at the end everything goes backwards', async () => {
    const machine = await container({}, {
      rootFiles: {
        ...oneshot('o1', 'sleep 0.3; echo o1 up', { down: 'echo o1 down' }),
        ...longrun('l1', 'trap "echo l1 down; exit" TERM; echo l1 up; while :; do sleep 0.1; done', ['o1']),
      },
    });
    await until(() => machine.output().includes('l1 up'), () => machine.output());
    expect(await stop(machine)).toBe(0);
    inOrder(machine.output(), [
      's6-rc: info: service o1: starting', 'o1 up', 's6-rc: info: service o1 successfully started', 'l1 up', 's6-rc: info: service l1: stopping', 'l1 down',
      's6-rc: info: service o1: stopping', 'o1 down',
    ]);
  });

  test('902 C02 a oneshot that fails holds up what needs it, and nothing else; it is named with its code', async () => {
    const machine = await container({ 'legacy/run!': shell('echo legacy; exec sleep 1000') }, {
      rootFiles: { ...oneshot('bad', 'exit 7'), ...longrun('needy', 'echo needy; exec sleep 1000', ['bad']), ...longrun('free', 'echo free; exec sleep 1000') },
    });
    await booted(machine);
    await until(() => machine.output().includes('free\n'), () => machine.output());
    expect(machine.output()).toContain('s6-rc: warning: unable to start service bad: command exited 7\n');
    expect(machine.output()).not.toMatch(/^(needy|legacy)$/m);
    expect(await stop(machine)).toBe(0);
  });

  test('903 C03 what needs a service that says when it is ready starts after it has', async () => {
    const machine = await container({}, {
      rootFiles: {
        ...longrun('first', 'sleep 0.4; echo first ready; echo >&3; exec sleep 1000', [], { 'notification-fd': '3\n' }),
        ...longrun('second', 'echo second; exec sleep 1000', ['first']),
      },
    });
    await until(() => machine.output().includes('second\n'), () => machine.output());
    inOrder(machine.output(), ['first ready', 'second']);
  });

  test('904 C04 a service that is not ready in its time is brought down, and the others go on', async () => {
    const machine = await container({}, {
      rootFiles: {
        ...longrun('slow', 'exec sleep 1000', [], { 'notification-fd': '3\n', 'timeout-up': '700\n' }), ...longrun('other', 'echo other; exec sleep 1000'),
      },
    });
    await booted(machine);
    expect(machine.output()).toContain('unable to start service slow: timed out');
    await until(async () => (await machine.svc('wait', 'slow', '--for', 'down', '--timeout', '5s')).code === 0, () => machine.output());
    expect((await machine.svc('wait', 'other', '--for', 'up', '--timeout', '5s')).code).toBe(0);
  });

  test('905 C05 what producers write their consumer reads; it starts first and stops last, with nothing lost', async () => {
    const talker = (name: string): string => `trap "echo ${name} says goodbye; exit" TERM; echo ${name} says hello; while :; do sleep 0.1; done`;
    const machine = await container({}, {
      rootFiles: {
        ...longrun('talker', talker('talker'), [], { 'producer-for': 'listener\n' }),
        ...longrun('other', talker('other'), [], { 'producer-for': 'listener\n' }),
        ...longrun('listener', 'exec sed -u "s/^/heard: /"', [], { 'consumer-for': 'talker\nother\n', 'pipeline-name': 'talking\n' }),
        [`${RC}/user/contents.d/talking`]: '',
      },
    });
    await until(() => ['talker', 'other'].every((name) => machine.output().includes(`heard: ${name} says hello`)), () => machine.output());
    inOrder(machine.output(), ['service listener: starting', 'service talker: starting']);
    expect(await stop(machine)).toBe(0);
    inOrder(machine.output(), ['heard: talker says goodbye', 'service listener successfully stopped']);
    expect(machine.output()).toContain('heard: other says goodbye');
  });

  test('906 C06 circles, unknown names and bad types are refused by name; what can run, runs; the container fails in the end', async () => {
    const machine = await container({}, {
      environment: { N6_LOG_FORMAT: 'pretty' },
      rootFiles: {
        ...longrun('a', 'echo a; exec sleep 1000', ['b']), ...longrun('b', 'echo b; exec sleep 1000', ['a']),
        ...longrun('c', 'echo c; exec sleep 1000', ['goood']), ...longrun('good', 'echo good; exec sleep 1000'),
        ...longrun('d', 'echo d; exec sleep 1000'), [`${RC}/d/type`]: 'longrum\n',
        ...oneshot('e', 'true'), [`${RC}/e/up`]: 'if {\n echo a\n',
      },
    });
    await booted(machine);
    await until(() => machine.output().includes('good\n'), () => machine.output());
    const output = machine.output();
    expect(output).toMatch(/a needs b needs a: none of them can come first/);
    expect(output).toMatch(/c needs goood, which does not exist; did you mean "good"\?/);
    expect(output).toMatch(/s6-rc\.d\/d\/type: expected oneshot, longrun or bundle, got "longrum"; did you mean "longrun"\?/);
    expect(output).toMatch(/s6-rc\.d\/e\/up:1: expected words and blocks of execline \(the block { is never closed\), got "if {"; add a }/);
    expect(output).not.toMatch(/^[abcd]$/m);
    expect(output).not.toMatch(/user contains/);
    expect(await stop(machine)).toBe(1);
  });

  test('907 C06 with S6_BEHAVIOUR_IF_STAGE2_FAILS=2 nothing is started at all', async () => {
    const machine = await container({}, {
      ready: false, environment: { S6_BEHAVIOUR_IF_STAGE2_FAILS: '2' }, command: ['echo', 'the command'],
      rootFiles: { ...longrun('a', 'echo a; exec sleep 1000', ['nobody']), ...longrun('good', 'echo good; exec sleep 1000') },
    });
    expect(await machine.ended).toBe(1);
    expect(machine.output()).not.toMatch(/^(a|good|the command)$/m);
  });

  test('908 C07 up is a command line of execline; RC_NAME is the name', async () => {
    const machine = await container({}, {
      rootFiles: {
        ...oneshot('words', 'true'), [`${RC}/words/up`]: '#!/bin/sh\n# a comment\necho "one  two" three\\ four\n',
        ...oneshot('blocks', 'true'), [`${RC}/blocks/up`]: 'if { echo a } sh -c "echo b of $RC_NAME"\n',
        ...oneshot('empty', 'true'), [`${RC}/empty/up`]: '# nothing to do\n',
      },
    });
    await booted(machine);
    inOrder(machine.output(), ['a\n', 'b of blocks\n']);
    expect(machine.output()).toContain('one  two three four\n');
    expect(machine.output()).toContain('service empty successfully started');
    expect(machine.output()).toMatch(/words\/up:1: expected a command line: a hashbang means nothing here/);
  });

  test('909 C08 a member of user2 that needs legacy-services starts after services.d', async () => {
    const machine = await container({ 'web/run!': shell('echo web; exec sleep 1000') }, {
      rootFiles: {
        [`${RC}/late/type`]: 'oneshot\n', [`${RC}/late/up`]: 'echo late\n',
        [`${RC}/late/dependencies.d/legacy-services`]: '', [`${RC}/user2/contents.d/late`]: '',
      },
    });
    await until(() => machine.output().includes('late\n'), () => machine.output());
    inOrder(machine.output(), ['service legacy-services successfully started', 'late\n']);
  });

  test('910 names of the overlay itself take dependencies and members; bundles also come from user-bundles.d (corpus 2.7, 12)', async () => {
    const machine = await container({}, {
      rootFiles: {
        'package/admin/s6-overlay/etc/s6-rc/sources/banner/type': 'oneshot\n', 'package/admin/s6-overlay/etc/s6-rc/sources/banner/up': 'echo banner\n',
        'package/admin/s6-overlay/etc/s6-rc/sources/fix-attrs/dependencies.d/banner': '',
        'etc/cont-init.d/1!': shell('echo cont-init'),
        [`${RC}/mine/type`]: 'oneshot\n', [`${RC}/mine/up`]: 'echo mine\n', [`${RC}/mine/dependencies`]: 'base\n',
        'etc/s6-overlay/user-bundles.d/user/contents.d/mine': '',
      },
    });
    await until(() => machine.output().includes('mine\n'), () => machine.output());
    inOrder(machine.output(), ['banner\n', 'cont-init\n', 'mine\n']);
  });

  test("911 a longrun's down is no wish to start down; it runs below servicedirs, and s6's clients reach it", async () => {
    const machine = await container({}, { rootFiles: longrun('svc-web', 'pwd; exec sleep 1000', [], { down: 'echo stopped\n' }) });
    await until(() => machine.output().includes('/run/s6-rc/servicedirs/svc-web\n'), () => machine.output());
    // What a process writes may be here before its start has been told to n6.
    expect((await machine.svc('wait', 'svc-web', '--for', 'up', '--timeout', '5s')).code).toBe(0);
    expect((await inside(machine, 's6-svstat', '-o', 'up,wantedup', '/run/service/svc-web')).stdout).toBe('true true\n');
  });

  test('912 a hook may take services out before they are read (corpus 2.3)', async () => {
    const machine = await container({}, {
      environment: { S6_STAGE2_HOOK: '/hook' },
      rootFiles: {
        'hook!': shell(`rm /${RC}/user/contents.d/unwanted`),
        ...longrun('unwanted', 'echo unwanted; exec sleep 1000'), ...longrun('wanted', 'echo wanted; exec sleep 1000'),
      },
    });
    await until(() => machine.output().includes('wanted\n'), () => machine.output());
    await booted(machine);
    expect(machine.output()).not.toMatch(/^unwanted$/m);
    expect(await stop(machine)).toBe(0);
  });

  test('913 TERM while a oneshot hangs ends the container, and what was up goes down (corpus 2.7, 8)', async () => {
    const machine = await container({}, {
      rootFiles: {
        ...oneshot('before', 'echo before', { down: 'echo before down' }), ...oneshot('hang', 'echo hanging; exec sleep 1000', { needs: ['before'] }),
      },
    });
    await until(() => machine.output().includes('hanging\n'), () => machine.output());
    expect(await stop(machine)).toBe(0);
    expect(machine.output()).toContain('before down\n');
  });

  test('920 changes at run time, lists and queries, by the names of s6-rc (corpus 2.7, 13)', async () => {
    const machine = await container({}, {
      rootFiles: {
        ...oneshot('prepare', 'echo prepare up', { down: 'echo prepare down' }),
        ...longrun('db', 'exec sleep 1000', ['prepare']), ...longrun('web', 'exec sleep 1000', ['db']),
        [`${RC}/extra/type`]: 'longrun\n', [`${RC}/extra/run`]: shell('exec sleep 1000'), [`${RC}/extra/dependencies.d/web`]: '',
        [`${RC}/all/type`]: 'bundle\n', [`${RC}/all/contents.d/extra`]: '', [`${RC}/all/contents.d/web`]: '',
        [`${RC}/bad/type`]: 'oneshot\n', [`${RC}/bad/up`]: 'exit 3\n',
      },
    });
    await booted(machine);
    const rc = (...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> => inside(machine, '/command/s6-rc', ...words);
    const db = (...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> => inside(machine, '/command/s6-rc-db', ...words);
    const listed = async (...words: string[]): Promise<string[]> => (await rc(...words)).stdout.split('\n').filter((name) => name !== '');

    expect(await listed('-a', 'list')).toEqual(['db', 'fix-attrs', 'legacy-cont-init', 'legacy-services', 'prepare', 'web']);
    expect(await listed('-da', 'list')).toEqual(['bad', 'extra']);
    expect(await listed('listall', 'extra')).toEqual(['db', 'extra', 'prepare', 'web']);
    expect((await rc('-u', '-n', '0', 'change', 'all')).stderr).toBe('s6-rc: info: would start service extra\n');
    expect(await rc('-v', '2', '-u', 'change', 'all')).toMatchObject({ code: 0 });
    expect((await machine.svc('wait', 'extra', '--for', 'up', '--timeout', '5s')).code).toBe(0);
    expect(await rc('-d', 'change', 'db')).toMatchObject({ code: 0 });
    // legacy-services needs all of the bundle user.
    expect(await listed('-a', 'list')).toEqual(['fix-attrs', 'legacy-cont-init', 'prepare']);
    expect(await rc('start', 'bad')).toMatchObject({ code: 1, stderr: 's6-rc: warning: unable to start service bad: command exited 3\n' });
    expect((await rc('-u', 'change', 'wbe')).code).toBe(3);
    expect((await rc('-x', 'change')).code).toBe(100);
    expect(await rc('diff')).toMatchObject({ code: 0, stdout: '' });
    await machine.svc('start', 'db');
    expect(await rc('diff')).toMatchObject({ code: 1, stdout: 'service db is down for s6-rc, but wanted up\n' });
    expect(await rc('-pu', 'change', 'prepare')).toMatchObject({ code: 0 });
    expect(await listed('-a', 'list')).toEqual(['prepare']);

    expect((await db('list', 'bundles')).stdout).toBe('all\nbase\ntop\nuser\nuser2\n');
    expect((await db('type', 'web')).stdout).toBe('longrun\n');
    expect((await db('contents', 'all')).stdout).toBe('extra\nweb\n');
    expect((await db('dependencies', 'web')).stdout).toBe('db\n');
    expect((await db('-d', 'dependencies', 'web')).stdout).toBe('extra\nlegacy-services\n');
    expect((await db('all-dependencies', 'web')).stdout).toBe('db\nprepare\nweb\n');
    expect(await stop(machine)).toBe(0);
  });

  test('921 where nothing has dependencies, s6-rc says so', async () => {
    const machine = await container({ 'web/run!': shell('exec sleep 1000') });
    expect(await inside(machine, '/command/s6-rc', '-a', 'list')).toMatchObject({ code: 4 });
  });
});
