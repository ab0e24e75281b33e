/** 21xx: who may do what through the control socket and on TCP, with real supervisors and real users. */
import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { container, inside, run, supervise, until, type Machine, type SuperviseOptions } from '../help/machine.ts';
import { lacking } from '../help/needs.ts';
import { canMakeNamespaces } from '../help/privileges.ts';

const SLEEPER = '#!/bin/sh\nexec sleep 1000\n';
const users = process.getuid?.() === 0 && lacking('setpriv', 'curl').length === 0;
const GROUP = 4242;
const TOKEN = 'correct-horse-battery-staple';
type Told = { code: number; body: Record<string, unknown> };

/** A supervisor whose directory everybody may enter: what is closed below it is n6's doing. */
async function begin(options: SuperviseOptions = {}): Promise<Machine> {
  const machine = await supervise({ 'web/run!': SLEEPER }, options);
  chmodSync(machine.directory, 0o755);
  return machine;
}

const socketOf = (machine: Machine): string => path.join(machine.services, '.n6/control.sock');

/** The answer that a user gets; code 0 is none. */
async function as(words: readonly string[], machine: Machine, target: string, ...more: string[]): Promise<Told> {
  const asked = ['curl', '-sS', '-w', '\n%{http_code}', '--unix-socket', socketOf(machine), ...more, `http://n6${target}`];
  const { stdout } = await run([...words, ...asked][0]!, [...words, ...asked].slice(1));
  const at = stdout.lastIndexOf('\n');
  return { code: Number(stdout.slice(at + 1)), body: at <= 0 ? {} : JSON.parse(stdout.slice(0, at)) as Told['body'] };
}

const user = (uid: number, gid: number, ...groups: number[]): string[] =>
  ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, groups.length === 0 ? '--clear-groups' : `--groups=${groups.join(',')}`];

test.runIf(users)('2101 without a group the socket is for its owner; whoever connects all the same is known and refused', async () => {
  const machine = await begin();
  expect(await as(user(1000, GROUP), machine, '/v1/services')).toMatchObject({ code: 0 });
  // As if an administrator had opened it: who connects counts, not the mode.
  chmodSync(path.dirname(socketOf(machine)), 0o755);
  chmodSync(socketOf(machine), 0o666);
  const attempts = [['/v1/services'], ['/v1/nothing'], ['/v1/events'], ['/v1/shutdown', '-X', 'POST'], ['/v1/services/web/stop', '-d', '{}']] as const;
  for (const [target, ...more] of attempts) {
    const { code, body } = await as(user(1000, GROUP, 0), machine, target, ...more);
    expect([target, code, body['code'], body['detail']]).toEqual([target, 403, 'forbidden', 'you are the user 1000; this is for root']);
  }
  expect((await as([], machine, '/v1/services/web')).body).toMatchObject({ service: { state: 'up' } });
});

test.runIf(users)('2102 the group of N6_CONTROL_GROUP may read and nothing else, root everything, others nothing', async () => {
  const machine = await begin({ environment: { N6_CONTROL_GROUP: String(GROUP), SECRET: 'of the services' } });
  const directory = path.dirname(socketOf(machine));
  await until(() => statSync(socketOf(machine)).gid === GROUP);
  expect((statSync(socketOf(machine)).mode & 0o777).toString(8)).toBe('660');
  expect((statSync(directory).mode & 0o777).toString(8)).toBe('750');
  for (const reader of [user(1000, GROUP), user(1000, 1000, 7, GROUP)]) {
    expect((await as(reader, machine, '/v1/services')).body).toMatchObject({ services: [{ name: 'web', state: 'up' }] });
    expect(await as(reader, machine, '/v1/services/web/wait?for=up')).toMatchObject({ code: 200 });
    for (const target of ['/v1/services/web/stop', '/v1/services/web/kill', '/v1/shutdown', '/v1/rescan', '/v1/changes', '/v1/poke/serf']) {
      const { code, body } = await as(reader, machine, target, '-X', 'POST');
      expect([target, code, body['code']]).toEqual([target, 403, 'forbidden']);
    }
    const { stdout } = await run([...reader, 'cat'][0]!, [...reader, 'cat', path.join(directory, 'container_environment/SECRET')].slice(1));
    expect(stdout).toBe('');
  }
  expect(await as(user(1000, 1000, 7), machine, '/v1/services')).toMatchObject({ code: 0 });
  expect(await as([], machine, '/v1/services/web/restart', '-d', '{"wait":true}')).toMatchObject({ code: 200, body: { outcome: 'reached' } });
  expect((await machine.svc('stop', 'web')).code).toBe(0);
});

test.runIf(users)('2103 a group that is not there is told, and the socket is for its owner', async () => {
  const machine = await begin({ environment: { N6_CONTROL_GROUP: 'no-such-group' } });
  await until(() => machine.output().includes('N6_CONTROL_GROUP'), () => machine.output());
  expect(machine.output()).toContain('read through the control socket: group "no-such-group" is neither a number nor in /etc/group');
  expect((statSync(socketOf(machine)).mode & 0o777).toString(8)).toBe('600');
  expect((await machine.svc('status', 'web')).code).toBe(0);
});

test.runIf(users && canMakeNamespaces && lacking('nsenter').length === 0)('2104 a container: a monitoring user reads, root of the container acts', async () => {
  const machine = await container({ 'web/run!': SLEEPER }, { environment: { N6_CONTROL_GROUP: 'adm' } });
  const ask = async (...words: string[]): Promise<string> => {
    const { stdout, stderr } = await inside(machine, ...words);
    return stdout + stderr;
  };
  await until(async () => (await ask('svc', 'status', 'web')).includes('up'), () => machine.output());
  const reader = ['setpriv', '--reuid=65534', '--regid=65534', '--groups=4'];
  expect(await ask(...reader, 'svc', 'status')).toMatch(/web\s+up/);
  expect(await ask(...reader, 'svc', 'stop', 'web')).toContain('you may only read');
  expect(await ask('setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', 'svc', 'status')).toMatch(/EACCES|permission/i);
  expect((await inside(machine, 'svc', 'stop', 'web')).code).toBe(0);
});

/** Where it said that it listens. */
const urlOf = (machine: Machine): Promise<string> => until(() => /listens on (http:\S+)\//.exec(machine.output())?.[1], () => machine.output());

test('2110 TCP: off by default; with a token file it listens on loopback, and the token is asked for', async () => {
  const off = await begin();
  expect((await off.svc('status')).code).toBe(0);
  const file = path.join(off.directory, 'token');
  writeFileSync(file, `${TOKEN}\n`);
  const machine = await begin({ environment: { N6_LISTEN: '0', N6_TOKEN_FILE: file } });
  const url = await urlOf(machine);
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect((await fetch(`${url}/v1/services`)).status).toBe(401);
  const headers = { authorization: `Bearer ${TOKEN}` };
  expect(await (await fetch(`${url}/v1/services`, { headers })).json()).toMatchObject({ services: [{ name: 'web', state: 'up' }] });
  const stop = await fetch(`${url}/v1/services/web/stop`, { headers, method: 'POST', body: '{"wait":true}' });
  expect(await stop.json()).toMatchObject({ outcome: 'reached', service: { state: 'down' } });
  expect(machine.output()).not.toContain(TOKEN);
  expect(off.output()).not.toContain('listens');
});

test.each([
  [{}, 'nobody is let in without a token'],
  [{ N6_TOKEN: 'short' }, '16 or more visible ASCII characters'],
  [{ N6_TOKEN: 'a token with blanks in it' }, '16 or more visible ASCII characters'],
  [{ N6_TOKEN_FILE: '/nowhere/token' }, 'cannot read the token: N6_TOKEN_FILE=/nowhere/token: no such file'],
  [{ N6_TOKEN_FILE: '/tmp', N6_TOKEN: TOKEN }, 'cannot read the token: N6_TOKEN_FILE=/tmp'],
  [{ N6_TOKEN: TOKEN, N6_LISTEN: '192.0.2.1:80' }, 'cannot listen on 192.0.2.1:80: '],
])('2111 %j: nothing listens, and it is said why', async (environment, sentence) => {
  const machine = await begin({ environment: { N6_LISTEN: '0', ...environment } });
  await until(() => machine.output().includes(sentence), () => machine.output());
  expect(machine.output()).not.toContain('listens on http');
  expect((await machine.svc('status', 'web')).code).toBe(0);
});

test('2112 two supervisors want the same port: the second says so and supervises', async () => {
  const first = await begin({ environment: { N6_LISTEN: 'localhost:0', N6_TOKEN: TOKEN } });
  const url = await urlOf(first);
  const second = await begin({ environment: { N6_LISTEN: url.slice('http://'.length), N6_TOKEN: TOKEN } });
  await until(() => second.output().includes('EADDRINUSE'), () => second.output());
  expect((await second.svc('status', 'web')).code).toBe(0);
  await first.svc('shutdown');
  await first.ended;
  await expect(fetch(url)).rejects.toThrow();
});

test('2113 a directory that an earlier life opened to a group is closed again', async () => {
  const machine = await supervise({ 'web/run!': SLEEPER }, {
    prepare: (services) => {
      mkdirSync(path.join(services, '.n6'));
      chmodSync(path.join(services, '.n6'), 0o750);
    },
  });
  expect((statSync(path.join(machine.services, '.n6')).mode & 0o777).toString(8)).toBe('700');
});
