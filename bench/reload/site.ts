/** A balancer under n6 on loopback: HAProxy in the foreground, reloaded as its service.yaml says. */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createClient, type Client } from '../../src/control/client.ts';
import { Unreachable } from '../../src/control/client-errors.ts';
import { createMaster, type Master } from '../../src/haproxy/master.ts';

export type Backend = Readonly<{ name: string; host: string; port: number }>;

export type Site = Readonly<{
  host: string;
  port: number;
  client: Client;
  master: Master;
  /** The configuration with these servers is in place, whole. */
  write(backends: readonly Backend[]): void;
  /** `svc reload ha`: rejects with its detail when it fails, else gives how it was done. */
  reload(): Promise<void>;
  /** How each reload so far was done, and how many have failed. */
  tally(): Readonly<Record<string, number>>;
  close(): Promise<void>;
}>;

export type SiteOptions = Readonly<{ servers: 'reload' | 'runtime'; port: number; backends: readonly Backend[] }>;

const svc = path.resolve(import.meta.dirname, '../../build/n6/bin/svc');
const HOST = '127.0.0.1';

/** keep-alive < hard-stop-after < the stop signal's time. */
const configuration = (port: number, backends: readonly Backend[]): string => `global
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
${backends.map(({ name, host, port: at }) => `  server ${name} ${host}:${at}`).join('\n')}
`;

export async function openSite({ servers, port, backends }: SiteOptions): Promise<Site> {
  const directory = mkdtempSync(path.join(tmpdir(), 'n6-reload-'));
  const services = path.join(directory, 'services.d');
  const file = path.join(directory, 'haproxy.cfg');
  const socket = path.join(directory, 'master.sock');
  const write = (list: readonly Backend[]): void => {
    writeFileSync(`${file}.new`, configuration(port, list));
    renameSync(`${file}.new`, file);
  };
  write(backends);
  mkdirSync(path.join(services, 'ha'), { recursive: true });
  writeFileSync(path.join(services, 'ha/run'), `#!/bin/sh\nexec haproxy -W -S ${socket} -f ${file}\n`, { mode: 0o755 });
  writeFileSync(path.join(services, 'ha/service.yaml'), [
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
  const gone = new AbortController();

  async function close(): Promise<void> {
    gone.abort();
    child.kill('SIGTERM');
    await ended;
    rmSync(directory, { recursive: true, force: true });
  }

  try {
    await answering();
    await new Promise<void>((resolve, reject) => void follow(resolve, reject));
  } catch (error) {
    const said = readFileSync(log, 'utf8');
    await close();
    throw new Error(`the balancer does not start:\n${said}`, { cause: error });
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
      }
    } catch (error) {
      if (!gone.signal.aborted) failed(error);
    }
  }

  return {
    host: HOST, port, client, write, close,
    master: createMaster(socket, { within: 5000 }),
    async reload() {
      const { outcome, detail } = await client.call('command', { parameters: { name: 'ha', command: 'reload' }, body: { wait: true, timeout: 20_000 } });
      if (outcome !== 'reached') throw new Error(`the reload has ${outcome}: ${detail ?? ''}`);
    },
    tally: () => ({ ...tally }),
  };
}
