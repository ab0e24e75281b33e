/** Hosts that are sets of namespaces on a private root, connected by a bridge in the first one's network namespace. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, cpSync, existsSync, mkdirSync, openSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createClient } from '../src/control/client.ts';
import { answering, endOf, HOST_NAMES, root, run, succeed, type Ground, type Host, type HostName, type HostPlan } from './demo-ground.ts';

const NAMESPACES = ['--pid', '--fork', '--mount', '--net', '--uts', '--ipc'];

/** Root in a container is often root without the right to mount. */
export function mayMakeNamespaces(): boolean {
  const proof = 'mount -t tmpfs none /proc && mkdir /proc/u /proc/w /proc/r && mount -t overlay -o lowerdir=/etc,upperdir=/proc/u,workdir=/proc/w none /proc/r'
    + ' && ip link add name proof type bridge';
  return process.getuid?.() === 0 && spawnSync('unshare', [...NAMESPACES, 'sh', '-c', proof], { stdio: 'ignore' }).status === 0;
}

/** `directory` is an empty one of our own. The first host that is started carries the network. */
export function namespaces(directory: string): Ground {
  const pids: number[] = [];
  return {
    sentence: 'every host is n6 as PID 1 of namespaces of its own (PID, mount, network …)',
    ports: { http: 80, stats: 1936, node: 3000, serf: 7946, rpc: 7373, runtime: 9999 },
    address,
    near: () => ['nsenter', '--target', String(pids[0]), '--net', '--'],
    async start(plan) {
      const place = path.join(directory, plan.name);
      furnish(place, plan);
      const log = path.join(place, 'log');
      const child = unshare(place, log, plan);
      const ended = endOf(child);
      const [line] = await Promise.race([once(child.stdout!, 'data') as Promise<[Buffer]>, ended.then(() => [undefined])]);
      if (String(line) !== 'ready\n') throw new Error(`cannot make the host ${plan.name}: ${readFileSync(log, 'utf8')}`);
      const pid = Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8'));
      pids.push(pid);
      await connect(pids[0]!, pid, plan);
      child.stdin!.end('\n');
      return answering(hostOf(plan, child, pid, log, ended));
    },
  };
}

const address = (name: HostName): string => `10.66.0.${10 + HOST_NAMES.indexOf(name)}`;

/** What an image of this host would add to a plain Debian with Node, HAProxy and Serf. */
function furnish(place: string, { services, name }: HostPlan): void {
  const tree = path.join(place, 'tree');
  const copy = (from: string, to: string): void => cpSync(path.join(root, from), path.join(tree, to), { recursive: true, verbatimSymlinks: true });
  // A host of this name that was here before has left nothing: every life begins with the image.
  rmSync(place, { recursive: true, force: true });
  mkdirSync(path.join(place, 'disk'), { recursive: true });
  copy('build/layer', '.');
  for (const service of services) copy(`services.d/${service}`, `etc/services.d/${service}`);
  mkdirSync(path.join(tree, 'usr/local/bin'), { recursive: true });
  if (services.includes('node')) copy('examples/webapp', 'usr/local/lib/webapp');
  if (services.includes('ha')) {
    copy('hooks.d', 'etc/n6/hooks.d');
    copy('examples/balancer', 'usr/local/lib/balancer');
    cpSync(realpathSync(path.join(root, 'node_modules/handlebars')), path.join(tree, 'usr/local/lib/balancer/node_modules/handlebars'), { recursive: true });
    symlinkSync('../lib/balancer/render-haproxy.mjs', path.join(tree, 'usr/local/bin/render-haproxy'));
  }
  const known = ['127.0.0.1 localhost', ...HOST_NAMES.map((host) => `${address(host)} ${host}`)];
  writeFileSync(path.join(tree, 'etc/hosts'), [...known, ''].join('\n'));
  writeFileSync(path.join(tree, 'etc/hostname'), `${name}\n`);
}

/**
 * In a session of its own, so that Ctrl-C reaches the demonstration alone, which then ends its hosts in order. When the
 * demonstration itself is killed, its end ends unshare (PR_SET_PDEATHSIG), and that ends PID 1 and with it everything.
 */
function unshare(place: string, log: string, { name, environment }: HostPlan): ChildProcess {
  const output = openSync(log, 'a');
  const variables = Object.entries({ ...environment, N6_LOG_FORMAT: 'pretty' }).map(([variable, value]) => `${variable}=${value}`);
  const child = spawn('setpriv', [
    '--pdeathsig', 'KILL', 'unshare', '--kill-child', ...NAMESPACES,
    'sh', path.join(root, 'scripts/demo-host.sh'), place, name, realpathSync(process.execPath), ...variables,
  ], { stdio: ['pipe', 'pipe', output], detached: true });
  closeSync(output);
  child.stdin!.on('error', () => undefined);
  return child;
}

/** `ip link … netns PID` names a network namespace by one of its processes: nothing in /run/netns, nothing in the machine's own network. */
async function connect(carrier: number, pid: number, { name }: HostPlan): Promise<void> {
  const on = (where: number, ...words: string[]): Promise<void> => succeed(['nsenter', '--target', String(where), '--net', '--', 'ip', ...words]);
  if (pid === carrier) {
    await on(pid, 'link', 'add', 'name', 'bridge0', 'type', 'bridge');
    await on(pid, 'address', 'add', `${address(name)}/24`, 'dev', 'bridge0');
    return on(pid, 'link', 'set', 'bridge0', 'up');
  }
  const port = `to-${name}`;
  await on(carrier, 'link', 'add', 'name', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(pid));
  await on(carrier, 'link', 'set', port, 'master', 'bridge0', 'up');
  await on(pid, 'address', 'add', `${address(name)}/24`, 'dev', 'eth0');
  await on(pid, 'link', 'set', 'eth0', 'up');
}

function hostOf({ name }: HostPlan, child: ChildProcess, pid: number, log: string, ended: Promise<number>): Host {
  const enter = ['nsenter', '--target', String(pid), '--pid', '--mount', '--net', '--uts', '--ipc', '--root', '--wd'];
  const inside = (file: string): string => `/proc/${pid}/root${file}`;
  const searchPath = '/command:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  return {
    name, log, ended,
    address: address(name),
    run: (...words) => run([...enter, '--', ...words], { PATH: searchPath, HOME: '/root' }),
    client: createClient(inside('/run/n6/control.sock')),
    haproxyDirectory: inside('/run/haproxy'),
    template: inside('/usr/local/lib/balancer/haproxy.cfg.hbs'),
    svc: `${enter.slice(0, 4).join(' ')} --mount --root --wd svc`,
    stop() {
      // To PID 1 itself: unshare(1) passes no signal on.
      if (child.exitCode === null && existsSync(`/proc/${pid}`)) process.kill(pid, 'SIGTERM');
      return ended;
    },
    async destroy() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
