/* eslint-disable max-len -- what is written and what is read stand in one line */
/** What `svc import … | sh` makes is run, and does what the other supervisor would have done. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { lines, run, supervise, svcProgram, temporary, until, write, type Files, type Machine } from '../help/machine.ts';

const isRoot = process.getuid?.() === 0;

/** Imports, makes the tree by sh, checks it, and supervises it. */
async function imported(format: string, file: string, files: Files, options: readonly string[] = []): Promise<{ machine: Machine; from: string; script: string }> {
  const from = temporary();
  write(from, files);
  const made = await run(svcProgram, ['import', format, file, ...options], { cwd: from });
  expect([made.code, made.stderr]).toEqual([0, '']);
  const machine = await supervise({}, {
    environment: { COLOUR: 'blue and green' },
    async prepare(services) {
      expect(spawnSync('sh', [], { cwd: services, input: made.stdout, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
      expect(await run(svcProgram, ['check', services])).toMatchObject({ code: 0, stderr: '' });
    },
  });
  return { machine, from, script: made.stdout };
}

type Status = Readonly<{ state: string; pid: number; lastExit: { signal?: string; exitCode?: number } | null; restarts: number }>;
async function statusOf(machine: Machine, name: string): Promise<Status> {
  const { stdout } = await machine.svc('status', name, '--json');
  return (JSON.parse(stdout) as { services: Status[] }).services[0]!;
}
/** The pid of a service whose command has become `word`. */
async function running(machine: Machine, name: string, word: string): Promise<number> {
  return await until(async () => {
    const { pid } = await statusOf(machine, name);
    return wordsOf(pid).includes(word) ? pid : undefined;
  }, () => machine.output());
}

const wordsOf = (pid: number): string[] => readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0').slice(0, -1);
const environmentOf = (pid: number): Record<string, string> =>
  Object.fromEntries(readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').slice(0, -1).map((entry) => [entry.split('=', 1)[0]!, entry.slice(entry.indexOf('=') + 1)]));
const inStatus = (pid: number, name: string): string => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'latin1'))![1]!;

test('supervisord', async () => {
  const user = isRoot ? 'user=nobody\n' : '';
  const { machine, from } = await imported('supervisord', 's.conf', {
    's.conf': `[supervisord]\nenvironment=ALL="1"\n[include]\nfiles=conf.d/*\n[program:last]\ncommand=sleep 1002\npriority=20\n`
      + '[program:job]\ncommand=sh -c "echo run >>%(here)s/job; exit 2"\nexitcodes=0,2\nstartsecs=0\n[program:idle]\ncommand=sleep 1003\nautostart=false\n',
    'conf.d/a': `[program:first]\npriority=10\ncommand=sleep 1001\ndirectory=/tmp\numask=027\n${user}environment=A="b, c",B="%(ENV_COLOUR)s!"\nstopsignal=INT\n`,
    'conf.d/b': '[program:file]\ncommand=sleep 1004\nkillasgroup=true\nstopsignal=QUIT\n',
  });
  const pid = await running(machine, 'first', '1001');
  expect(wordsOf(pid)).toEqual(['sleep', '1001']);
  expect(environmentOf(pid)).toMatchObject({ ALL: '1', A: 'b, c', B: 'blue and green!' });
  expect([readlinkSync(`/proc/${pid}/cwd`), inStatus(pid, 'Umask'), inStatus(pid, 'Uid').split('\t')[1]]).toEqual(['/tmp', '0027', isRoot ? '65534' : String(process.getuid?.())]);
  await running(machine, 'last', '1002');
  await running(machine, 'file', '1004');
  await until(async () => (await statusOf(machine, 'job')).state === 'down', () => machine.output());
  expect(lines(path.join(from, 'job'))).toEqual(['run']);
  expect((await statusOf(machine, 'idle')).state).toBe('down');
  await machine.svc('stop', 'first', 'file');
  expect((await statusOf(machine, 'first')).lastExit).toMatchObject({ signal: 'SIGINT' });
  expect((await statusOf(machine, 'file')).lastExit).toMatchObject({ signal: 'SIGQUIT' });
});

test('supervisord: a process that will not stay up is given up', async () => {
  const { machine, from } = await imported('supervisord', 's.conf', { 's.conf': '[program:x]\ncommand=sh -c "echo run >>%(here)s/runs; exit 1"\nstartretries=1\n' });
  await until(async () => (await statusOf(machine, 'x')).state === 'failed', () => machine.output());
  expect(lines(path.join(from, 'runs'))).toEqual(['run', 'run']);
});

test('pm2', async () => {
  const { machine, from } = await imported('pm2', 'ecosystem.config.js', {
    'ecosystem.config.js': `module.exports = { apps: [
      { name: 'api', script: 'app.mjs', args: '--name "two words"', node_args: '--no-warnings', instances: 2, exec_mode: 'fork', env: { A: 1 }, env_production: { A: 2 } },
      { name: 'sh', script: './app.sh', interpreter: 'sh', kill_timeout: 200 },
      { name: 'text', script: 'echo "$COLOUR" >text && exec sleep 1005' },
    ] };`,
    'app.mjs': 'import { writeFileSync } from "node:fs"; process.on("SIGINT", () => process.exit(5)); setInterval(() => undefined, 1e6);'
      + 'writeFileSync(`ready-${process.env.NODE_APP_INSTANCE}`, JSON.stringify([process.argv.slice(2), process.execArgv, process.env.A]));',
    'app.sh': 'trap "" INT\necho >ready-sh\nwhile :; do sleep 0.1; done\n',
  }, ['--env', 'production']);
  const told = (number: number): string => readFileSync(path.join(from, `ready-${number}`), 'utf8');
  for (const number of [0, 1]) {
    await until(() => told(number) !== '', () => machine.output());
    expect(JSON.parse(told(number))).toEqual([['--name', 'two words'], ['--no-warnings'], '2']);
  }
  await until(() => existsSync(path.join(from, 'ready-sh')), () => machine.output());
  const text = await running(machine, 'text', '1005');
  expect([readlinkSync(`/proc/${text}/cwd`), lines(path.join(from, 'text'))]).toEqual([from, ['blue and green']]);
  await machine.svc('stop', 'api-0', 'sh');
  expect((await statusOf(machine, 'api-0')).lastExit).toMatchObject({ exitCode: 5 });
  expect((await statusOf(machine, 'sh')).lastExit).toMatchObject({ signal: 'SIGKILL' });
  expect((await statusOf(machine, 'api-1')).state).toBe('up');
});

test('s6: a scan directory', async () => {
  const { machine, script } = await imported('s6', 's6', {
    's6/plain/run': '#!/bin/sh\nset -e\nexec sleep 1006\n', 's6/plain/down-signal': 'USR1\n', 's6/plain/timeout-kill': '3000\n',
    's6/ready/run': '#!/bin/sh\nX=1; echo >&3; exec sleep 1007\n', 's6/ready/notification-fd': '3\n', 's6/ready/down-signal': 'INT\n',
    's6/logged/run': '#!/bin/sh\necho "a line"; exec sleep 1008\n', 's6/logged/log/run': '#!/bin/sh\nexec cat >../../../logged\n',
  });
  expect(script).toContain('command: [ sleep, "1006" ]');
  await running(machine, 'plain', '1006');
  await until(async () => (await statusOf(machine, 'ready')).state === 'ready', () => machine.output());
  await until(() => lines(path.join(machine.directory, 'logged'))[0] === 'a line', () => machine.output());
  await machine.svc('stop', 'plain', 'ready');
  expect((await statusOf(machine, 'plain')).lastExit).toMatchObject({ signal: 'SIGUSR1' });
  expect((await statusOf(machine, 'ready')).lastExit).toMatchObject({ signal: 'SIGINT' });
});

test('s6: sources of s6-rc', async () => {
  const log = (word: string): string => `echo ${word} >>../../order`;
  const { machine } = await imported('s6', 'rc', {
    'rc/db/type': 'longrun\n', 'rc/db/run': `#!/bin/sh\n${log('db')}\nexec sleep 1009\n`,
    'rc/migrate/type': 'oneshot\n', 'rc/migrate/up': 'sh -c "echo migrate >>../../order"\n', 'rc/migrate/down': 'foreground { echo hi } sh -c "echo undo >>../../order"\n',
    'rc/migrate/dependencies.d/db': '',
    'rc/app/type': 'longrun\n', 'rc/app/run': `#!/bin/sh\n${log('app')}\nexec sleep 1010\n`, 'rc/app/dependencies.d/migrate': '',
    'rc/extra/type': 'longrun\n', 'rc/extra/run': '#!/bin/sh\nexec sleep 1011\n', 'rc/user/contents.d/app': '',
  });
  await running(machine, 'app', '1010');
  expect(lines(path.join(machine.directory, 'order'))).toEqual(['db', 'migrate', 'app']);
  expect((await statusOf(machine, 'migrate')).state).toBe('done');
  expect((await statusOf(machine, 'extra')).state).toBe('down');
  expect((await machine.svc('stop', 'migrate')).code).toBe(0);
  expect(lines(path.join(machine.directory, 'order'))).toContain('undo');
});
