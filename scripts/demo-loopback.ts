/** Hosts that are supervisors of their own on loopback addresses: for everybody who is not root, and where namespaces are forbidden. */
import { spawn } from 'node:child_process';
import { closeSync, cpSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { createClient } from '../src/control/client.ts';
import { answering, endOf, HOST_NAMES, root, run, type Ground, type Host, type HostName, type HostPlan, type Ports } from './demo-ground.ts';

const FIRST_PORT = 18_080;
const LAST_PORT = 18_980;

/** `directory` is an empty one of our own. Throws when no ports are free. */
export async function loopback(directory: string): Promise<Ground> {
  const ports = await freePorts();
  return {
    sentence: 'every host is a `svc supervise` on a loopback address of its own',
    ports,
    address,
    near: () => [],
    start: (plan) => answering(start(directory, ports, plan)),
  };
}

const address = (name: HostName): string => `127.0.0.${1 + HOST_NAMES.indexOf(name)}`;

function start(directory: string, ports: Ports, plan: HostPlan): Host {
  const place = path.join(directory, plan.name);
  const services = path.join(place, 'services.d');
  const log = path.join(place, 'log');
  const haproxyDirectory = path.join(place, 'run');
  const template = path.join(place, 'haproxy.cfg.hbs');
  // A host of this name that was here before has left nothing.
  rmSync(place, { recursive: true, force: true });
  mkdirSync(haproxyDirectory, { recursive: true });
  const copy = (from: string, to: string): void => cpSync(path.join(root, from), path.join(place, to), { recursive: true });
  for (const service of plan.services) copy(`services.d/${service}`, `services.d/${service}`);
  copy('examples/balancer/haproxy.cfg.hbs', 'haproxy.cfg.hbs');
  if (plan.services.includes('ha')) copy('hooks.d', 'hooks.d');

  const environment = {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('N6_'))),
    ...plan.environment,
    PATH: `${path.join(root, 'examples/balancer/bin')}:${path.dirname(process.execPath)}:${process.env.PATH}:/usr/sbin`,
    WEBAPP: path.join(root, 'examples/webapp'),
    HOST: address(plan.name),
    SERVER_IP: address(plan.name),
    PORT: String(ports.node),
    SERF_PORT: String(ports.serf),
    SERF_RPC_ADDR: `${address(plan.name)}:${ports.rpc}`,
    HAPROXY_ADDRESS: address(plan.name),
    HAPROXY_DIR: haproxyDirectory,
    HAPROXY_TEMPLATE: template,
    HTTP_PORT: String(ports.http),
    STATS_PORT: String(ports.stats),
    RUNTIME_PORT: String(ports.runtime),
    N6_LOG_FORMAT: 'pretty',
  };
  const program = path.join(root, 'build/n6/bin/svc');
  const output = openSync(log, 'a');
  // A session of its own, so that Ctrl-C reaches the demonstration alone, which then ends its hosts in order. When the
  // demonstration itself is killed, the kernel sends the supervisor a TERM (PR_SET_PDEATHSIG).
  const words = ['--pdeathsig', 'TERM', program, 'supervise', services];
  const child = spawn('setpriv', words, { cwd: place, env: environment, stdio: ['ignore', output, output], detached: true });
  closeSync(output);
  const ended = endOf(child);
  const prefix = ([name, ...words]: string[]): string[] => (name === 'svc' ? [program, '--dir', services, ...words] : [name!, ...words]);
  return {
    name: plan.name, address: address(plan.name), log, ended, haproxyDirectory, template,
    run: (...words) => run(prefix(words), environment),
    client: createClient(path.join(services, '.n6/control.sock')),
    svc: `${program} --dir ${services}`,
    stop() {
      child.kill('SIGTERM');
      return ended;
    },
    async destroy() {
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) killTree(child.pid);
      await ended;
    },
  };
}

/** The supervisor last: as long as it lives, its orphans are its children and are found. Stopped, it starts nothing anew. */
function killTree(supervisor: number): void {
  process.kill(supervisor, 'SIGSTOP');
  for (let found = descendants(supervisor); found.length > 0; found = descendants(supervisor)) {
    for (const pid of found) send(pid, 'SIGKILL');
  }
  send(supervisor, 'SIGKILL');
}

/** Those that live: a zombie (state Z, proc_pid_stat(5)) waits for the stopped supervisor. */
function descendants(ancestor: number): number[] {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((name) => statOf(name) ?? []);
  const below = (pid: number): number[] => all.filter(({ parent }) => parent === pid).flatMap((child) => [child.pid, ...below(child.pid)]);
  const alive = new Set(all.filter(({ state }) => state !== 'Z').map(({ pid }) => pid));
  return below(ancestor).filter((pid) => alive.has(pid));
}

function statOf(pid: string): { pid: number; state: string; parent: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { pid: Number(pid), state: state!, parent: Number(parent) };
  } catch {
    return undefined;
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}

/** Ten in a row that nobody listens on, at any of the addresses; another demonstration may run beside this one. */
async function freePorts(): Promise<Ports> {
  for (let base = FIRST_PORT; base <= LAST_PORT; base += 10) {
    const ports: Ports = { http: base, stats: base + 1, node: base + 2, serf: base + 3, rpc: base + 4, runtime: base + 5 };
    const everywhere = Object.values(ports).flatMap((port) => HOST_NAMES.map((name) => isFree(port, address(name))));
    if ((await Promise.all(everywhere)).every((free) => free)) return ports;
  }
  throw new Error(`no ten free ports in a row from ${FIRST_PORT} to ${LAST_PORT} on loopback; end what listens there`);
}

function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false)).listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
