/** A balancer under n6 on loopback: members from a file, HAProxy's configuration from a template, HAProxy reloaded as its service.yaml says. */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createClient, type Client } from '../../src/control/client.ts';
import { Unreachable } from '../../src/control/client-errors.ts';
import { serversOf } from '../../src/core/haproxy/show.ts';
import { createMaster, type Master } from '../../src/haproxy/master.ts';

export type Backend = Readonly<{ name: string; host: string; port: number }>;

export type Site = Readonly<{
  host: string;
  port: number;
  client: Client;
  master: Master;
  /** These are the members of the cluster from now on. */
  write(backends: readonly Backend[]): void;
  /** `write`, and until HAProxy has been reloaded with them. Rejects with what went wrong. */
  apply(backends: readonly Backend[]): Promise<void>;
  /** How each reload so far was done, and how many have failed. */
  tally(): Readonly<Record<string, number>>;
  /** What n6 and HAProxy have written. */
  log(): string;
  close(): Promise<void>;
}>;

export type SiteOptions = Readonly<{
  servers: 'reload' | 'runtime';
  port: number;
  backends: readonly Backend[];
  /** The template's, as it is written. */
  wait: string;
}>;

const svc = path.resolve(import.meta.dirname, '../../build/n6/bin/svc');
const HOST = '127.0.0.1';

/** keep-alive < hard-stop-after < the stop signal's time. */
const template = (port: number): string => `global
  hard-stop-after 20s
  maxconn 2000
defaults
  mode http
  timeout connect 2s
  timeout client 30s
  timeout server 30s
  timeout http-request 10s
  timeout http-keep-alive 5s
  option idle-close-on-response
  option redispatch
  retries 3
frontend web
  bind ${HOST}:${port}
  default_backend nodes
backend nodes
  balance roundrobin
{{#each members}}
  server {{name}} {{address}}:{{port}}
{{/each}}
`;

export async function openSite({ servers, port, backends, wait }: SiteOptions): Promise<Site> {
  const directory = mkdtempSync(path.join(tmpdir(), 'n6-reload-'));
  const services = path.join(directory, 'services.d');
  const file = path.join(directory, 'haproxy.cfg');
  const socket = path.join(directory, 'master.sock');
  const write = (list: readonly Backend[]): void => {
    const members = path.join(directory, 'members.yaml');
    writeFileSync(`${members}.new`, JSON.stringify(list.map(({ name, host, port: at }) => ({ name, address: host, port: at }))));
    renameSync(`${members}.new`, members);
  };
  write(backends);
  mkdirSync(path.join(services, 'ha'), { recursive: true });
  mkdirSync(path.join(directory, 'templates.d'));
  writeFileSync(path.join(directory, 'n6.yaml'), 'membership: { static: { file: members.yaml, role: backend } }\n');
  writeFileSync(path.join(directory, 'templates.d/haproxy.cfg.hbs'), template(port));
  writeFileSync(path.join(directory, 'templates.d/haproxy.yaml'), [
    'source: haproxy.cfg.hbs', `destination: ${file}`, 'data: { members: { role: backend } }', 'check: [haproxy, -c, -q, -f, "{file}"]', 'reload: ha',
    `wait: ${wait}`, '',
  ].join('\n'));
  writeFileSync(path.join(services, 'ha/service.yaml'), [
    `command: [haproxy, -W, -S, ${socket}, -f, ${file}]`,
    `reload: { haproxy: { master: ${socket}, config: ${file}, servers: ${servers} } }`,
    'stop: [USR1 25s, TERM 2s, KILL]', `ready: { tcp: "${HOST}:${port}", interval: 50ms }`, '',
  ].join('\n'));
  const log = path.join(directory, 'log');
  const output = openSync(log, 'a');
  const child = spawn(svc, ['supervise', services], { stdio: ['ignore', output, output], env: { ...process.env, N6_GRACE: '30000' } });
  closeSync(output);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const client = createClient(path.join(services, '.n6/control.sock'));
  const tally: Record<string, number> = {};
  const master = createMaster(socket, { within: 5000 });
  const gone = new AbortController();
  const listeners: ((failure: string | undefined) => void)[] = [];

  async function close(): Promise<void> {
    gone.abort();
    child.kill('SIGTERM');
    await ended;
    rmSync(directory, { recursive: true, force: true });
  }

  try {
    await answering();
    await new Promise<void>((resolve, reject) => void follow(resolve, reject));
    // At boot nobody knows the members yet: they come with the first change.
    for (const began = performance.now(); !(await has(backends));) {
      if (performance.now() - began > 20_000) throw new Error('HAProxy does not have the members of the beginning');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  } catch (error) {
    const said = readFileSync(log, 'utf8');
    await close();
    throw new Error(`the balancer does not start:\n${said}`, { cause: error });
  }

  async function has(list: readonly Backend[]): Promise<boolean> {
    const rows = serversOf(await master.stats('current')).filter(({ status }) => !status.startsWith('MAINT'));
    return rows.map(({ server }) => server).sort().join() === list.map(({ name }) => name).sort().join();
  }

  async function answering(): Promise<void> {
    for (const began = performance.now(); ;) {
      try {
        const { outcome } = await client.call('wait', { parameters: { name: 'ha' }, query: [['for', 'ready'], ['timeout', '20000']] });
        if (outcome === 'reached') return;
        throw new Error(`ha is not ready: ${outcome}`);
      } catch (error) {
        if (!(error instanceof Unreachable) || performance.now() - began > 20_000) throw error;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  async function follow(opened: () => void, failed: (error: unknown) => void): Promise<void> {
    try {
      for await (const event of client.events({ signal: gone.signal, opened })) {
        if (!('event' in event) || event.event !== 'service-reloaded') continue;
        const how = event['ok'] === true ? String(event['how']) : 'failed';
        tally[how] = (tally[how] ?? 0) + 1;
        for (const hear of listeners.splice(0)) hear(how === 'failed' ? `${String(event['step'])}: ${String(event['detail'])}` : undefined);
      }
    } catch (error) {
      if (!gone.signal.aborted) failed(error);
    }
  }

  return {
    host: HOST, port, client, write, close,
    master,
    async apply(list) {
      let reloaded = new Promise<string | undefined>((resolve) => listeners.push(resolve));
      write(list);
      // What was under way before may end first.
      for (;;) {
        const failure = await reloaded;
        if (failure !== undefined) throw new Error(`a change was not applied: ${failure}`);
        reloaded = new Promise((resolve) => listeners.push(resolve));
        if (await has(list)) return;
      }
    },
    tally: () => ({ ...tally }),
    log: () => readFileSync(log, 'utf8'),
  };
}
