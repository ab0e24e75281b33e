/** Each key, on a real process: what /proc says of it. */
import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Launch, Limit } from '../../src/core/policy.ts';
import { RESOURCES } from '../../src/launch/limits.ts';
import { readOwn } from '../../src/launch/own.ts';
import { limitNames } from '../../src/servicedir/yaml/forms.ts';
import { definition } from '../help/definition.ts';
import { kernel, pipe, spawn } from '../kernel/kernel.ts';
import { accounts, asking, homeWithBecome, launcherWith, said, sleeper, tools, type Sleeper } from './help.ts';

const isRoot = process.getuid!() === 0;
const own = (file: string): string => readFileSync(`/proc/self/${file}`, 'latin1');
const niceOf = (stat: string): number => Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
const limit = (process: Sleeper, label: string): string =>
  new RegExp(`^${label}\\s+(\\S+)\\s+(\\S+)`, 'm').exec(process.read('limits'))?.slice(1).join(' ') ?? '';
const people = (): ReturnType<typeof accounts> => accounts(
  'root:x:0:0:root:/root:/bin/bash\nwww:x:1234:1235:w:/srv/www:/bin/sh\nlocked:x:1300:1300::/nowhere:/usr/sbin/nologin\n',
  'root:x:0:\nwww:x:1235:\nssl:x:1240:www\nlog:x:1241:other,www\nadm:x:1242:other\n',
);

type Row = [key: string, launch: Partial<Launch>, fact: (process: Sleeper) => unknown, expected: unknown];
const everywhere: Row[] = [
  ['nothing', {}, (it) => it.read('limits'), own('limits')],
  ['umask', { umask: 0o027 }, (it) => it.status('Umask'), '0027'],
  ['umask 0', { umask: 0 }, (it) => it.status('Umask'), '0000'],
  ['nofile', { limits: { nofile: { soft: 100, hard: 200 } } }, (it) => limit(it, 'Max open files'), '100 200'],
  ['core', { limits: { core: { soft: 0, hard: 4096 } } }, (it) => limit(it, 'Max core file size'), '0 4096'],
  ['two limits', { limits: { cpu: { soft: 50, hard: 60 }, stack: { soft: 1 << 20, hard: 1 << 22 } } },
    (it) => [limit(it, 'Max cpu time'), limit(it, 'Max stack size')], ['50 60', `${1 << 20} ${1 << 22}`]],
  ['unlimited', { limits: { cpu: { soft: 'unlimited', hard: 'unlimited' } } }, (it) => limit(it, 'Max cpu time'), 'unlimited unlimited'],
  ['nice', { nice: 7 }, (it) => niceOf(it.read('stat')), 7],
  ['the nice that it has', { nice: niceOf(own('stat')) }, (it) => niceOf(it.read('stat')), niceOf(own('stat'))],
  ['oom-score-adj', { oomScoreAdj: 500 }, (it) => it.read('oom_score_adj'), '500\n'],
  ['ionice idle', { ionice: { class: 'idle', level: undefined } }, (it) => ionice(it), 'idle'],
  ['ionice best-effort', { ionice: { class: 'best-effort', level: 6 } }, (it) => ionice(it), 'best-effort: prio 6'],
  ['a directory', { cwd: '/usr' }, (it) => readlinkSync(`/proc/${it.pid}/cwd`), '/usr'],
];
const asRoot: Row[] = [
  ['user', { user: 'www' }, identity, ['1234', '1235', '1240 1241']],
  ['user by number, with an entry', { user: '1234' }, identity, ['1234', '1235', '1240 1241']],
  ['user by number, without an entry', { user: '54321' }, identity, ['54321', '0', '']],
  ['user and group by numbers', { user: '54321', group: '54322' }, identity, ['54321', '54322', '']],
  ['user and another group', { user: 'www', group: 'adm' }, identity, ['1234', '1242', '1240 1241']],
  ['user and other groups', { user: 'www', groups: ['adm', '77'] }, identity, ['1234', '1235', '77 1242']],
  ['user without any group', { user: 'www', groups: [] }, identity, ['1234', '1235', '']],
  ['group alone', { group: 'ssl', groups: ['adm'] }, identity, ['0', '1240', '1242']],
  ['a negative nice', { nice: -5 }, (it) => niceOf(it.read('stat')), -5],
  ['ionice realtime', { ionice: { class: 'realtime', level: 5 } }, (it) => ionice(it), 'realtime: prio 5'],
  ['everything', {
    user: 'www', umask: 0o077, nice: 3, oomScoreAdj: 10, ionice: { class: 'idle', level: undefined }, cwd: '/',
    limits: { nproc: { soft: 40, hard: 50 } },
  }, (it) => [...identity(it), it.status('Umask'), niceOf(it.read('stat')), it.read('oom_score_adj'), ionice(it), limit(it, 'Max processes')],
  ['1234', '1235', '1240 1241', '0077', 3, '10\n', 'idle', '40 50']],
];

function identity(it: Sleeper): string[] {
  const groups = it.status('Groups').split(' ').filter((group) => group !== '' && group !== it.status('Gid').split(' ')[0]);
  const numbers = [it.status('Uid'), it.status('Gid')].map((ids) => [...new Set(ids.split(' '))].join('/'));
  return [...numbers, groups.sort((a, b) => Number(a) - Number(b)).join(' ')];
}
function ionice(it: Sleeper): string {
  return execFileSync('ionice', ['-p', String(it.pid)], { encoding: 'utf8' }).trim();
}

describe('the tools of this machine', () => {
  test.each([...everywhere, ...(isRoot ? asRoot : [])])('%s', async (_key, launch, fact, expected) => {
    expect(fact(await sleeper(asking(launch), people()))).toEqual(expected);
  });
});

const NO_SETPRIV = { env: '/usr/bin/env' };
const identities = asRoot.filter(([, launch]) => launch.user !== undefined || launch.group !== undefined).slice(0, 8);

describe.skipIf(!isRoot)('chroot, where setpriv is missing', () => {
  test.each(identities)('%s', async (_key, launch, fact, expected) => {
    const it = await sleeper(asking(launch), { ...people(), ...tools({ ...NO_SETPRIV, chroot: '/usr/sbin/chroot', setpriv: '/usr/bin/busybox' }) });
    expect(fact(it)).toEqual(expected);
    expect(readlinkSync(`/proc/${it.pid}/root`)).toBe('/');
  });
});

/** su-exec as it is: the same two forms, the same exec, HOME of the account. */
const SU_EXEC = `#!/bin/sh
who=$1; shift
export HOME=/wrong
case $who in
  *:*) exec /usr/bin/setpriv --reuid "\${who%:*}" --regid "\${who#*:}" --clear-groups "$@" ;;
  www) exec /usr/bin/setpriv --reuid 1234 --regid 1235 --groups 1240,1241 "$@" ;;
esac
exit 1
`;

describe.skipIf(!isRoot).each(['su-exec', 'gosu'])('%s, where both are missing', (name) => {
  test.each(identities.filter(([, { group, groups }]) => group !== 'adm' && (groups?.length ?? 0) === 0))('%s', async (_key, launch, fact, expected) => {
    const it = await sleeper(asking(launch), { ...people(), ...tools(NO_SETPRIV, { [`${name}!`]: SU_EXEC }) });
    expect(fact(it)).toEqual(expected);
    expect(it.variables().filter((one) => /^HOME=/.test(one))).toEqual(launch.user === undefined ? [] : [launch.user === '54321' ? 'HOME=/' : 'HOME=/srv/www']);
  });
});

describe.skipIf(!isRoot)('Node, where the image has none of them', () => {
  test.each(identities)('%s', async (_key, launch, fact, expected) => {
    const given = ['PATH=/usr/bin:/bin', 'NODE_OPTIONS=--no-such-option', 'a.b=1'];
    const options = { ...people(), ...tools(NO_SETPRIV), home: homeWithBecome(), environment: () => given.map((one) => Buffer.from(one)) };
    const it = await sleeper(asking({ ...launch, limits: { nofile: { soft: 300, hard: 400 } } }), options);
    expect(fact(it)).toEqual(expected);
    expect(limit(it, 'Max open files')).toBe('300 400');
    expect(it.variables()).toEqual(expect.arrayContaining(given));
  });
});

describe('a shell, where prlimit and choom are missing', () => {
  const rows = everywhere.filter(([, { limits, oomScoreAdj }]) => limits !== undefined || oomScoreAdj !== undefined);
  const raising: Row = ['a soft limit above the hard one of before', { limits: { core: { soft: 'unlimited', hard: 'unlimited' } } },
    (it) => limit(it, 'Max core file size'), 'unlimited unlimited'];
  const [mega, giga] = [2 ** 20, 2 ** 30];
  const many: Row = ['all that shells know', {
    limits: {
      as: { soft: giga, hard: 2 * giga }, data: { soft: giga / 2, hard: giga }, fsize: { soft: mega, hard: mega }, memlock: { soft: 65536, hard: 65536 },
      rss: { soft: 'unlimited', hard: 'unlimited' }, locks: { soft: 9, hard: 10 }, nproc: { soft: 1000, hard: 1001 },
    },
  }, (it) => ['address space', 'data size', 'file size', 'locked memory', 'file locks', 'processes'].map((name) => limit(it, `Max ${name}`)),
  [`${giga} ${2 * giga}`, `${giga / 2} ${giga}`, `${mega} ${mega}`, '65536 65536', '9 10', '1000 1001']];
  test.each<Row>([...rows, ...(isRoot ? [raising] : []), many])('%s', async (_key, launch, fact, expected) => {
    expect(fact(await sleeper(asking(launch), { ...people(), ...tools({ env: '/usr/bin/env' }) }))).toEqual(expected);
  });
});

test('every limit that service.yaml may have is known: each can be raised up to its hard one', async () => {
  expect(Object.keys(RESOURCES)).toEqual([...limitNames]);
  const had = readOwn().limits();
  const most = (name: string): number | 'unlimited' => {
    const { hard } = had.get(RESOURCES[name]!.label)!;
    return hard === Infinity ? 'unlimited' : hard;
  };
  const it = await sleeper(asking({ limits: Object.fromEntries(limitNames.map((name): [string, Limit] => [name, { soft: most(name), hard: most(name) }])) }));
  for (const name of limitNames) expect(limit(it, RESOURCES[name]!.label), name).toBe(`${most(name)} ${most(name)}`);
});

test('the tools of busybox do as well', async () => {
  const busybox = tools({ ionice: '/usr/bin/busybox', env: '/usr/bin/busybox' });
  const odd = { environment: () => [Buffer.from('PATH=/bin'), Buffer.from('a.b=1')] };
  const it = await sleeper(asking({ ionice: { class: 'best-effort', level: 2 }, umask: 0o007 }), { ...busybox, ...odd });
  expect([ionice(it), it.status('Umask'), it.variables()]).toEqual(['best-effort: prio 2', '0007', ['PATH=/bin', 'a.b=1']]);
});

test('a tool that was missing is found once it is there', () => {
  const { toolPlaces } = tools({});
  const launcher = launcherWith({ toolPlaces });
  const service = asking({ nice: 4 });
  expect(launcher.prepare(service, ['/bin/true'])).toMatchObject({ failure: { step: 'tool', code: 'ENOENT' } });
  execFileSync('ln', ['-s', '/usr/bin/nice', toolPlaces[0]!]);
  expect(launcher.prepare(service, ['/bin/true'])).toMatchObject({ program: `${toolPlaces[0]}/nice` });
});

const EVERYTHING: Partial<Launch> = {
  umask: 0o077, nice: 3, oomScoreAdj: 10, ionice: { class: 'idle', level: undefined }, limits: { nofile: { soft: 90, hard: 99 } },
  ...(isRoot ? { user: 'www' } : {}),
};

const SAYS = 'open my $o, ">&=", 7; print $o join "|", $$, getppid(), getpgrp(), @ARGV, <STDIN> // "-"';

test('descriptors, arguments, the session and argv[0] come through all the tools', async () => {
  const service = asking({ ...EVERYTHING, cwd: '/' });
  const launched = launcherWith(people()).prepare(service, ['perl', '-e', SAYS, 'a b', '', '--', '$x']);
  if ('failure' in launched) throw new Error(launched.failure.subject);
  const { write, content } = pipe();
  const answer = await spawn({ ...launched, session: true, stdio: ['null', 'inherit', 'inherit'], descriptors: [{ child: 7, source: write }] });
  kernel.close(write);
  const pid = 'pid' in answer ? answer.pid : 0;
  expect((await content).toString()).toBe([pid, process.pid, pid, 'a b', '', '--', '$x', '-'].join('|'));
  expect(await said(service, ['cat', '/proc/self/cmdline'], people())).toBe('cat\0/proc/self/cmdline\0');
});

test('the environment comes through a shell byte for byte, odd names too', async () => {
  const given = ['PATH=/usr/bin:/bin', 'a.b=1 2', 'PWD=/elsewhere', 'SHLVL=7', 'N=x\ny'].map((text) => Buffer.from(text));
  given.push(Buffer.from([66, 61, 0xff, 0xfe]));
  const service = asking({ umask: 0o022 });
  const seen = await said(service, ['/bin/cat', '/proc/self/environ'], { environment: () => given });
  expect(seen.split('\0').slice(0, -1).sort()).toEqual(given.map((one) => one.toString('latin1')).sort());
  const plain = await said(service, ['/bin/cat', '/proc/self/environ'], { environment: () => [Buffer.from('A=1')] });
  expect(plain).toBe('A=1\0');
});

test('a service that asks for nothing is started as ever: the same environment, nothing in between', () => {
  const environment = [Buffer.from('A=1')];
  const launcher = launcherWith({ environment: () => environment });
  for (const service of [definition(), asking({})]) {
    const launched = launcher.prepare(service, ['./run', 'web']);
    expect(launched).toEqual({ directory: service.directory, program: './run', arguments: ['./run', 'web'], environment });
    expect('environment' in launched && launched.environment).toBe(environment);
  }
});

test.skipIf(!isRoot)('oom-score-adj in a PID namespace is its own, not that of n6', () => {
  const service = asking({ oomScoreAdj: 123 }, {}, { pidNamespace: true });
  const launched = launcherWith().prepare(service, ['/bin/cat', '/proc/self/oom_score_adj']);
  expect('program' in launched && launched.program).toBe('/bin/sh');
});

test('a relative program is the service\'s own, also from another directory', async () => {
  const service = asking({ cwd: '/usr', umask: 0o022 }, { 'run!': '#!/bin/sh\necho "$0" "$1" "$PWD"\n' });
  expect(await said(service, ['./run', 'web'])).toBe(`${service.directory}/run web /usr\n`);
  expect(await said(asking({ umask: 0o022 }, { 'run!': '#!/bin/sh\necho "$0" "$1"\n' }), ['./run', 'web'])).toBe('./run web\n');
});
