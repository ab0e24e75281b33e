import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lacking } from '../help/needs.ts';

const example = path.resolve(import.meta.dirname, '../../examples/balancer');
const program = path.join(example, 'bin/render-haproxy');
let directory: string;
let runtime: Server | undefined;
const running: ChildProcess[] = [];
const at = (name: string): string => path.join(directory, name);

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'n6-render-'));
  mkdirSync(at('bin'));
  writeFileSync(at('bin/serf'), `#!/bin/sh\necho "serf $*" >>"${at('calls')}"; cat "${at('members')}"\n`, { mode: 0o755 });
  writeFileSync(at('bin/svc'), `#!/bin/sh\necho "svc $*" >>"${at('calls')}"\n`, { mode: 0o755 });
});
afterEach(async () => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
  await new Promise((resolve) => (runtime === undefined ? resolve(undefined) : runtime.close(resolve)));
  runtime = undefined;
  rmSync(directory, { recursive: true, force: true });
});

describe.runIf(lacking('haproxy').length === 0)('render-haproxy', () => {
  test('members that are alive and answer requests become servers, in order of their names', async () => {
    await haproxyAnswers();
    cluster([
      member('s2', { role: 'backend', port: '3001' }),
      member('s1', { role: 'backend' }, { addr: '10.0.0.9' }),
      member('six', { role: 'both' }, { addr: '[fd00::1]:7946' }),
      member('ha', { role: 'balancer' }),
      member('gone', { role: 'backend' }, { status: 'failed' }),
      member('left', { role: 'backend' }, { status: 'left' }),
      { name: 'untagged', addr: '10.0.0.7:7946', status: 'alive' },
    ]);
    expect(await render()).toMatchObject({ code: 0, said: '' });
    expect(servers()).toEqual(['s1 10.0.0.9:3000', 's2 10.0.0.1:3001', 'six [fd00::1]:3000']);
    expect(calls().at(-1)).toBe('svc reload ha');
    expect(leftovers()).toEqual([]);
  });

  test('what has not changed is not installed again, and nobody reloads', async () => {
    await haproxyAnswers();
    cluster([member('s1', { role: 'backend' })]);
    await render();
    const before = calls().length;
    expect(await render()).toMatchObject({ code: 0 });
    expect(calls().slice(before)).toEqual(['serf members -format=json -rpc-addr=127.0.0.1:7373']);
  });

  test('an invalid template leaves the old file, says why, and is put beside it; the next good one takes that away', async () => {
    await haproxyAnswers();
    cluster([member('s1', { role: 'backend' })]);
    await render();
    const good = readFileSync(at('haproxy.cfg'), 'utf8');
    writeFileSync(at('bad.hbs'), 'frontend {{httpPort}}\n  bnid nonsense\n');
    const { code, said } = await render({ HAPROXY_TEMPLATE: at('bad.hbs') });
    expect(code).toBe(1);
    expect(said).toContain(`HAProxy refuses the new configuration and goes on with the old one; see ${at('haproxy.cfg.rejected')}`);
    expect(said).toContain("unknown keyword 'bnid'");
    expect(said).not.toContain('.new');
    expect(readFileSync(at('haproxy.cfg'), 'utf8')).toBe(good);
    expect(readFileSync(at('haproxy.cfg.rejected'), 'utf8')).toBe('frontend 80\n  bnid nonsense\n');
    expect(calls().filter((call) => call.startsWith('svc'))).toHaveLength(1);
    expect(await render()).toMatchObject({ code: 0 });
    expect(leftovers()).toEqual([]);
  });

  test('a template that Handlebars cannot take leaves the old file, too', async () => {
    cluster([]);
    for (const template of ['{{#each servers}', '{{noSuchName}}']) {
      writeFileSync(at('bad.hbs'), template);
      const { code, said } = await render({ HAPROXY_TEMPLATE: at('bad.hbs') });
      expect({ code, said }).toEqual({ code: 1, said: expect.stringContaining(`cannot render ${at('bad.hbs')}`) as string });
    }
    expect(existsSync(at('haproxy.cfg'))).toBe(false);
  });

  test('nobody is in the cluster: null members give a configuration without servers', async () => {
    await haproxyAnswers();
    writeFileSync(at('members'), '{"members": null}');
    expect(await render()).toMatchObject({ code: 0 });
    expect(servers()).toEqual([]);
  });

  test('a member that calls itself something HAProxy has no word for is left out and told, the others stay', async () => {
    await haproxyAnswers();
    cluster([
      member('s1', { role: 'backend' }),
      member('x\n  server evil 1.2.3.4:80', { role: 'backend' }),
      member('port', { role: 'backend', port: '80 check-send-proxy' }),
      member('name', { role: 'backend' }, { addr: 'no.address' }),
    ]);
    const { code, said } = await render();
    expect(code).toBe(0);
    expect(said.match(/leaving out/g)!.length).toBeGreaterThanOrEqual(3);
    expect(servers()).toEqual(['s1 10.0.0.1:3000']);
  });

  test('--first: a cluster that does not answer is an empty one, nobody is reloaded', async () => {
    writeFileSync(at('bin/serf'), '#!/bin/sh\necho Error connecting to Serf agent; exit 1\n', { mode: 0o755 });
    expect(await render({}, '--first')).toMatchObject({ code: 0 });
    expect(servers()).toEqual([]);
    expect(existsSync(at('calls'))).toBe(false);
    expect(leftovers()).toEqual([]);
  });

  test('one that died after installing and before telling is made good by the next', async () => {
    await haproxyAnswers();
    cluster([member('s1', { role: 'backend' })]);
    await render();
    writeFileSync(at('haproxy.cfg.untold'), '');
    const before = calls().length;
    expect(await render()).toMatchObject({ code: 0 });
    expect(calls().slice(before)).toContain('svc reload ha');
    expect(leftovers()).toEqual([]);
  });

  test('several at once while the cluster changes end with the truth', async () => {
    await haproxyAnswers();
    const truth: string[] = [];
    const all: Promise<unknown>[] = [];
    for (let count = 1; count <= 4; count++) {
      truth.push(`s${count}`);
      cluster(truth.map((name) => member(name, { role: 'backend' })));
      all.push(render());
    }
    await Promise.all(all);
    expect(servers()).toEqual(truth.map((name) => `${name} 10.0.0.1:3000`));
    expect(leftovers()).toEqual([]);
  });

  test('wrong usage is said', async () => {
    expect(await render({}, '--frist')).toEqual({ code: 2, said: 'render-haproxy: usage: render-haproxy [--first]\n' });
  });
});

type Member = { name: string; addr: string; status: string; tags?: Record<string, string> };

const member = (name: string, tags: Record<string, string>, rest: Partial<Member> = {}): Member =>
  ({ name, addr: '10.0.0.1:7946', status: 'alive', tags, ...rest });

/** By rename: a stand-in for serf that reads while we write must see the one or the other. */
function cluster(members: Member[]): void {
  writeFileSync(at('members.next'), JSON.stringify({ members }));
  spawnSync('mv', [at('members.next'), at('members')]);
}

/** What HAProxy's runtime socket does as far as it matters here: it answers. */
async function haproxyAnswers(): Promise<void> {
  runtime = createServer((connection) => connection.on('data', () => connection.end('2.6.12\n')).on('error', () => undefined));
  await new Promise<void>((resolve) => runtime!.listen(at('admin.sock'), resolve));
}

async function render(env: Record<string, string> = {}, ...words: string[]): Promise<{ code: number | null; said: string }> {
  const child = spawn(program, words, {
    env: { PATH: `${at('bin')}:${process.env.PATH}`, HAPROXY_DIR: directory, ...env }, stdio: ['ignore', 'inherit', 'pipe'],
  });
  running.push(child);
  const code = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { said: await text(child.stderr), code: await code };
}

const servers = (): string[] =>
  [...readFileSync(at('haproxy.cfg'), 'utf8').matchAll(/^ {2}server (\S+) (\S+) cookie \1 check$/gm)].map(([, name, address]) => `${name} ${address}`);
const calls = (): string[] => readFileSync(at('calls'), 'utf8').trim().split('\n');
const leftovers = (): string[] => readdirSync(directory).filter((name) => name.startsWith('haproxy.cfg.'));
