/** Templates of a real supervisor: the how-to with a real HAProxy, and what goes wrong. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { supervise, svcProgram, until, write, type Files, type Machine } from '../help/machine.ts';
import { lacking } from '../help/needs.ts';
import { canMakeNamespaces } from '../help/privileges.ts';

const SLEEPS = '#!/bin/sh\ntrap "echo told >>../../told" HUP\nwhile :; do sleep 0.05; done\n';

/** `files` are beside the services. */
async function begin(files: Files, services: Files = { 'web/run!': SLEEPS }, environment: Readonly<Record<string, string>> = {}): Promise<Machine> {
  return supervise(services, { environment, prepare: (place) => write(path.dirname(place), files) });
}

const YAML = 'source: a.hbs\ndestination: ../out/a.cfg\nreload: web\nwait: { min: 50ms, max: 500ms }\n';
const MEMBERS = '{{#each members}}server {{name}} {{address}}\n{{/each}}end\n';

async function join(machine: Machine, ...names: string[]): Promise<void> {
  await hear(machine, 'member-join', names);
}

function hear({ services }: Machine, event: string, names: readonly string[]): Promise<void> {
  const input = names.map((name, i) => `${name}\t10.0.${i >> 8}.${i & 255}\tbackend\trole=backend\n`).join('');
  execFileSync(svcProgram, ['--dir', services, 'event', 'serf'], { input, env: { ...process.env, SERF_EVENT: event } });
  return Promise.resolve();
}

const out = ({ directory }: Machine, name = 'out/a.cfg'): string => {
  const file = path.join(directory, name);
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
};
const told = (machine: Machine): number => out(machine, 'told').split('\n').length - 1;
const why = async (machine: Machine): Promise<string> => (await machine.svc('why', 'web')).stdout.replaceAll('\n', ' ');

describe.runIf(lacking('haproxy').length === 0)('the how-to', () => {
  test('HAProxy follows its cluster, a configuration that it refuses is never installed', async () => {
    const page = readFileSync(path.resolve(import.meta.dirname, '../../docs/how-to/templates.md'), 'utf8');
    const part = (name: string): string => new RegExp('^`' + name.replaceAll('.', '\\.') + '`[^\\n]*\\n\\n```\\w+\\n([\\s\\S]*?)^```', 'm').exec(page)![1]!;
    const port = 20_000 + (process.pid % 10_000);
    const machine = await begin({
      'templates.d/haproxy.yaml': `${part('templates.d/haproxy.yaml')}wait: { min: 100ms, max: 1s }\n`,
      'templates.d/haproxy.cfg.hbs': part('templates.d/haproxy.cfg.hbs'),
    }, { 'ha/run!': part('services.d/ha/run').replace('$CONFIG', '../../haproxy/haproxy.cfg'), 'ha/service.yaml': part('services.d/ha/service.yaml') },
    { WEB_PORT: String(port) });
    const cfg = (): string => out(machine, 'haproxy/haproxy.cfg');
    // Started when its file was there: at once, and only once.
    await until(async () => (await machine.svc('status', 'ha')).code === 0);
    expect(cfg()).toContain(`bind 127.0.0.1:${port}`);
    await join(machine, 's1', 's2');
    await until(() => cfg().includes('server s2 10.0.0.1:3000 check'));
    await until(async () => (await machine.svc('events')).stdout.includes('config-rendered'));
    const good = cfg();
    writeFileSync(path.join(machine.directory, 'templates.d/haproxy.cfg.hbs'), `${part('templates.d/haproxy.cfg.hbs')}  bnid nonsense\n`);
    const refused = await machine.svc('render', '--diff');
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toContain("unknown keyword 'bnid'");
    expect(refused.stderr).not.toContain('.n6');
    expect(refused.stdout).toContain('+  bnid nonsense');
    await until(async () => (await machine.svc('why', 'ha')).stdout.includes('degraded'));
    expect((await machine.svc('status', 'ha')).stdout).toMatch(/ha +(up|ready) .*degraded/);
    expect(cfg()).toBe(good);
    const { services: [{ degraded }] } = JSON.parse((await machine.svc('status', 'ha', '--json')).stdout) as { services: [{ degraded: string }] };
    expect(degraded).toContain("unknown keyword 'bnid'");
    writeFileSync(path.join(machine.directory, 'templates.d/haproxy.cfg.hbs'), part('templates.d/haproxy.cfg.hbs'));
    await until(async () => !(await machine.svc('why', 'ha')).stdout.includes('degraded'));
    expect(cfg()).toBe(good);
  });
});

test('a burst is one reload; an empty list does not erase what is there; a thousand members', async () => {
  const machine = await begin({ 'templates.d/a.yaml': YAML, 'templates.d/a.hbs': MEMBERS });
  await until(() => out(machine) === 'end\n');
  const names = Array.from({ length: 1000 }, (_, i) => `s${i}`);
  await join(machine, ...names);
  await until(() => out(machine).split('\n').length === 1002);
  await until(() => told(machine) === 1);
  await hear(machine, 'member-failed', names);
  await until(() => machine.output().includes('no member is there; the last good file stays'));
  expect(out(machine).split('\n')).toHaveLength(1002);
  writeFileSync(path.join(machine.directory, 'templates.d/a.yaml'), `${YAML}minimum-members: 0\n`);
  await until(() => out(machine) === 'end\n');
});

test('names with line breaks, quotes and {{ never become lines of the file', async () => {
  const machine = await begin({ 'templates.d/a.yaml': YAML, 'templates.d/a.hbs': MEMBERS });
  await join(machine, 's1', 'q"x', '{{env.PATH}}', "it's");
  await until(() => out(machine) === 'server s1 10.0.0.0\nend\n');
  expect(machine.output()).toContain('leaves out');
  expect((await machine.svc('render', 'a')).stdout).toBe('a is as it was\n');
});

const refusals: readonly (readonly [what: string, files: Files, reason: RegExp])[] = [
  ['a syntax error', { 'templates.d/a.hbs': 'x\n{{#each members}\n' }, /rendered: .*a\.hbs:2: expected a template of Handlebars/],
  ['a missing field', { 'templates.d/a.hbs': 'x\n\n{{env.NO_SUCH}}' }, /a\.hbs:3: expected a field named "NO_SUCH"/],
  ['no source', { 'templates.d/a.yaml': YAML.replace('a.hbs', 'b.hbs') }, /b\.hbs: expected a file that can be read/],
  ['a data file that is none', {
    'templates.d/a.yaml': `${YAML}data: { files: { site: site.json } }\n`, 'templates.d/site.json': '{"a"', 'templates.d/a.hbs': '{{files.site.a}}',
  }, /expected JSON in .*site\.json/],
  ['a check that is not there', {
    'templates.d/a.yaml': `${YAML}check: [no-such-program, "{file}"]\n`, 'templates.d/a.hbs': 'new',
  }, /its check: .*no-such-program/],
  ['a check that hangs', {
    'templates.d/a.yaml': `${YAML}check: "sleep 1000; : {file}"\ntimeout: 200ms\n`, 'templates.d/a.hbs': 'new',
  }, /it took longer than 200 ms/],
  ['a check that says no', {
    'templates.d/a.yaml': `${YAML}check: "echo hello; echo ERROR in {file} line 7; echo bye; exit 3"\n`, 'templates.d/a.hbs': 'new',
  }, /ERROR in \S*out\/a\.cfg line 7 \(exit 3\)/],
  ['an owner whom nobody knows', { 'templates.d/a.yaml': `${YAML}owner: nobody-here\n`, 'templates.d/a.hbs': 'new' }, /nobody-here/],
];

test.each(refusals)('%s: the last good file stays, and it converges', async (_what, files, reason) => {
  const good = { 'templates.d/a.yaml': YAML, 'templates.d/a.hbs': 'good\n' };
  const machine = await begin(good);
  await until(() => out(machine) === 'good\n');
  // What describes it first: a rendering that was due anyway may come between the two.
  for (const [name, text] of Object.entries(files)) {
    write(machine.directory, { [name]: text });
    await machine.svc('rescan');
  }
  await until(async () => reason.test(await why(machine)));
  expect(out(machine)).toBe('good\n');
  expect((await machine.svc('render')).code).toBe(1);
  expect((await machine.svc('events')).stdout).toContain('config-rejected');
  write(machine.directory, good);
  await machine.svc('rescan');
  await until(async () => !(await why(machine)).includes('degraded'));
  expect((await machine.svc('render')).stdout).toBe('a is as it was\n');
});

test.runIf(canMakeNamespaces)('a full disk, and one that is read-only', async () => {
  const machine = await begin({ 'templates.d/a.hbs': 'good\n' });
  const disk = path.join(machine.directory, 'disk');
  mkdirSync(disk);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]);
  onTestFinished(() => void execFileSync('umount', ['-l', disk]));
  write(machine.directory, { 'templates.d/a.yaml': YAML.replace('../out/', '../disk/') });
  await machine.svc('rescan');
  await until(() => out(machine, 'disk/a.cfg') === 'good\n');
  write(machine.directory, { 'templates.d/a.hbs': 'large\n'.repeat(20_000) });
  await machine.svc('render');
  expect(await why(machine)).toContain('no space left (ENOSPC)');
  expect(out(machine, 'disk/a.cfg')).toBe('good\n');
  execFileSync('mount', ['-o', 'remount,ro', disk]);
  write(machine.directory, { 'templates.d/a.hbs': 'other\n' });
  await machine.svc('render');
  expect(await why(machine)).toContain('read-only file system (EROFS)');
  expect(out(machine, 'disk/a.cfg')).toBe('good\n');
  execFileSync('mount', ['-o', 'remount,rw', disk]);
  await until(() => out(machine, 'disk/a.cfg') === 'other\n');
  await until(async () => !(await why(machine)).includes('degraded'));
});

test.runIf(canMakeNamespaces)('a file that is mounted by itself is written in place', async () => {
  const machine = await begin({ 'templates.d/a.hbs': 'new\n', 'image.cfg': 'old', 'out/a.cfg': 'old' });
  const file = path.join(machine.directory, 'out/a.cfg');
  execFileSync('mount', ['--bind', path.join(machine.directory, 'image.cfg'), file]);
  onTestFinished(() => void execFileSync('umount', ['-l', file]));
  write(machine.directory, { 'templates.d/a.yaml': `${YAML}mode: "0640"\n` });
  await machine.svc('rescan');
  await until(() => out(machine, 'image.cfg') === 'new\n');
  await until(() => execFileSync('stat', ['-c', '%a', file]).toString().trim() === '640');
});

test('at boot: who reads a file waits for it, others do not; after ten seconds it is started without', async () => {
  const machine = await begin(
    { 'templates.d/a.yaml': `${YAML}check: "test -e ../../go && : {file}"\n`, 'templates.d/a.hbs': 'x\n' }, { 'web/run!': SLEEPS, 'other/run!': SLEEPS });
  await until(async () => (await machine.svc('status', 'other')).code === 0);
  expect((await machine.svc('status', 'web')).stdout).toContain('waits for template a');
  expect(await why(machine)).toContain('template a (being rendered)');
  await until(async () => (await machine.svc('status', 'web')).code === 0);
  expect(machine.output()).toContain('starts without the file of template a');
  writeFileSync(path.join(machine.directory, 'go'), '');
  await machine.svc('render');
  await until(() => out(machine) === 'x\n');
});

test('killed while its check runs, and started again', async () => {
  const files = { 'templates.d/a.yaml': `${YAML}check: "while test -e ../../hang; do sleep 0.05; done; : {file}"\n`, 'templates.d/a.hbs': 'old\n' };
  const machine = await begin(files);
  await until(() => out(machine) === 'old\n');
  write(machine.directory, { 'hang': '', 'templates.d/a.hbs': 'new\n' });
  await machine.svc('rescan');
  await until(() => existsSync(path.join(machine.directory, 'out/.a.cfg.n6')));
  const { services: [{ pid }] } = JSON.parse((await machine.svc('status', 'web', '--json')).stdout) as { services: [{ pid: number }] };
  machine.process.kill('SIGKILL');
  await until(() => machine.process.signalCode !== null);
  process.kill(pid, 'SIGKILL');
  expect(out(machine)).toBe('old\n');
  rmSync(path.join(machine.directory, 'hang'));
  const next = spawn(svcProgram, ['supervise', machine.services], { stdio: 'ignore' });
  onTestFinished(() => new Promise((resolve) => {
    next.on('exit', () => resolve());
    next.kill('SIGTERM');
  }));
  await until(() => out(machine) === 'new\n');
  await until(() => !existsSync(path.join(machine.directory, 'out/.a.cfg.n6')));
});

test('names and words of svc render', async () => {
  const machine = await begin({ 'templates.d/a.yaml': YAML, 'templates.d/a.hbs': 'x {{#each files.d}}{{this}}{{/each}}\n' });
  expect(await machine.svc('render', 'b')).toMatchObject({ code: 4, stderr: 'svc: no template named "b"; did you mean "a"?\n' });
  const none = await begin({});
  expect(await none.svc('render')).toMatchObject({ code: 0, stdout: expect.stringContaining('no templates') as string });
});

test('a data file is followed, and svc check knows of it all', async () => {
  const machine = await begin({
    'templates.d/a.yaml': `${YAML}data: { files: { d: ../d.yaml } }\n`, 'templates.d/a.hbs': '{{files.d.x}}\n', 'd.yaml': 'x: 1\n',
  });
  await until(() => out(machine) === '1\n');
  // Written until it is seen, because the watch may be ready a moment later; not all the time: it waits for quiet.
  let written = 0;
  await until(() => {
    if (Date.now() - written > 1000) {
      writeFileSync(path.join(machine.directory, 'd.yaml'), 'x: 2\n');
      written = Date.now();
    }
    return out(machine) === '2\n';
  });
  write(machine.directory, { 'templates.d/b.yaml': 'source: b.hbs\n', 'templates.d/a.hbs': '{{#if}}' });
  const checked = await machine.svc('check', machine.services);
  expect(checked.code).toBe(1);
  expect(checked.stdout).toMatch(/b\.yaml:1: expected .*destination/);
  expect(checked.stdout).toContain('a.hbs:1: expected');
});
