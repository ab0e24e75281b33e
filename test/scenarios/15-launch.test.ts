/** 15xx: real service.yaml files; each key has its effect on a real process of a real supervisor. */
import { readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { canMakeNamespaces } from '../help/privileges.ts';
import { container, inside, supervise, until, write, type Machine } from '../help/machine.ts';

const isRoot = process.getuid!() === 0;
const SLEEPER = '#!/bin/sh\nexec sleep 1000\n';

type Listed = { name: string; state: string; pid: number; why: string };
const status = async (machine: Machine, name: string): Promise<Listed | undefined> =>
  (JSON.parse((await machine.svc('status', '--json')).stdout) as { services: Listed[] }).services.find((service) => service.name === name);

/** The pid that n6 tells, once what it was to become is there. */
async function sleeping(machine: Machine, name: string): Promise<number> {
  return until(async () => {
    const pid = (await status(machine, name))!.pid;
    return readlinkSync(`/proc/${pid}/exe`).endsWith('/sleep') && readFileSync(`/proc/${pid}/environ`, 'latin1') !== '' ? pid : 0;
  }, () => machine.output());
}

type Row = [name: string, yaml: string, file: string, fact: RegExp];
const rows: Row[] = [
  ['umask', 'umask: "027"', 'status', /^Umask:\s+0027$/m],
  ['limits', 'limits: { nofile: 64, cpu: { soft: 100, hard: 200 } }', 'limits', /^Max cpu time +100 +200 [^]*^Max open files +64 +64 /m],
  ['nice', 'nice: 5', 'stat', /^(\S+ ){18}5 /],
  ['oom', 'oom-score-adj: 500', 'oom_score_adj', /^500$/m],
  ['command', 'command: [sleep, "1000"]', 'cmdline', /^sleep\x001000\x00$/],
  ['text', 'command: exec sleep 1000', 'cmdline', /^sleep\x001000\x00$/],
  ['env', 'env: { GREETING: "a b" }', 'environ', /(^|\0)GREETING=a b\0/],
  ['secret', 'secrets: [TOKEN]\nenv: { TOKEN_FILE: ../secret/token }', 'environ', /(^|\0)TOKEN=hunter2\0/],
  ['file', 'env-file: [variables]', 'environ', /(^|\0)FROM_FILE=it is\0/],
];
const asRoot: Row[] = [
  ['user', 'user: "54321"\ngroup: "54322"\ngroups: ["7"]', 'status', /^Uid:\s+54321\s+54321\s+54321\s[^]*^Gid:\s+54322\s[^]*^Groups:\s+7 /m],
  ['all', 'user: "54321"\numask: "077"\nnice: 3\nlimits: { nofile: 99 }\ncommand: [sleep, "1000"]', 'status', /^Umask:\s+0077$[^]*^Uid:\s+54321\s/m],
];

describe('1501 each key has its effect', () => {
  test('one supervisor, a service for each', async () => {
    const all = [...rows, ...(isRoot ? asRoot : [])];
    const files = Object.fromEntries(all.flatMap(([name, yaml]) => [
      [`${name}/service.yaml`, `${yaml}\n`], ...(yaml.includes('command') ? [] : [[`${name}/run!`, SLEEPER]]),
    ] as [string, string][]));
    const machine = await supervise({
      ...files, 'secret/token': 'hunter2\n', 'file/variables': 'export FROM_FILE="it is"\n', 'cwd/service.yaml': 'cwd: /usr\n', 'cwd/run!': SLEEPER,
    });
    for (const [name, , file, fact] of all) expect(readFileSync(`/proc/${await sleeping(machine, name)}/${file}`, 'latin1'), name).toMatch(fact);
    expect(readlinkSync(`/proc/${await sleeping(machine, 'cwd')}/cwd`)).toBe('/usr');
    expect(machine.output()).not.toContain('hunter2');
  });
});

test('1502 what is missing is one sentence that names key, value and file; it is mended without a restart of the others', async () => {
  const machine = await supervise({
    'good/run!': SLEEPER,
    'unknown/run!': SLEEPER, 'unknown/service.yaml': 'user: no-such-user\n',
    'secret/run!': SLEEPER, 'secret/service.yaml': 'secrets: [TOKEN]\nenv: { TOKEN_FILE: /no/such/secret }\n',
  });
  const good = await sleeping(machine, 'good');
  await until(() => /user "no-such-user" is neither a number nor in \/etc\/passwd.*unknown\/service\.yaml/.test(machine.output()), () => machine.output());
  await until(() => /TOKEN_FILE says is in \/no\/such\/secret.*secret\/service\.yaml/.test(machine.output()), () => machine.output());
  write(machine.services, { token: 'hunter2\n', 'secret/service.yaml': `secrets: [TOKEN]\nenv: { TOKEN_FILE: ${path.join(machine.services, 'token')} }\n` });
  expect((await machine.svc('rescan')).code).toBe(0);
  expect(readFileSync(`/proc/${await sleeping(machine, 'secret')}/environ`, 'latin1')).toContain('TOKEN=hunter2\0');
  expect((await status(machine, 'good'))!.pid).toBe(good);
});

test.skipIf(!canMakeNamespaces)('1503 in a container: with-contenv, another user and variables of service.yaml', async () => {
  const machine = await container({
    'web/run!': '#!/usr/bin/with-contenv sh\nexec sleep 1000\n',
    'web/service.yaml': 'user: nobody\numask: "027"\nenv: { B: yaml }\nsecrets: [TOKEN]\n',
  }, { environment: { A: 'container', B: 'container', TOKEN_FILE: '/run-token' }, rootFiles: { 'run-token': 'hunter2\n' } });
  const seen = await until(async () => {
    const pid = (await status(machine, 'web'))!.pid;
    const words = `case $(readlink /proc/${pid}/exe) in */sleep) tr "\\0" "\\n" </proc/${pid}/environ; cat /proc/${pid}/status ;; esac`;
    const ran = await inside(machine, 'sh', '-c', words);
    return ran.stdout.includes('TOKEN=') ? ran : undefined;
  }, () => machine.output());
  expect(seen.stdout).toMatch(/^A=container$/m);
  expect(seen.stdout).toMatch(/^B=yaml$/m);
  expect(seen.stdout).toMatch(/^TOKEN=hunter2$/m);
  expect(seen.stdout).toMatch(/^Uid:\s+65534\s/m);
  expect(seen.stdout).toMatch(/^Umask:\s+0027$/m);
});
