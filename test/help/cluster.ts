/**
 * Hosts as containers are: n6 as PID 1 of namespaces of its own, each with a network interface on a switch of its own cluster. Nothing of it is in
 * the machine's own network, and everything ends with the test.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, cpSync, existsSync, mkdirSync, openSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { root, run, temporary, until, write, type Files, type Ran } from './machine.ts';

export type HostPlan = Readonly<{
  /** What its image adds to `/`: directories of the project, and files. */
  trees: readonly Readonly<{ from: string; to?: string }>[];
  files?: Files;
  environment?: Readonly<Record<string, string>>;
}>;

export type ClusterHost = Readonly<{
  name: string;
  address: string;
  /** PID 1 of it, as this machine sees it. */
  pid: number;
  /** Runs a program in it. */
  run(...words: string[]): Promise<Ran>;
  svc(...words: string[]): Promise<Ran>;
  /** A file of it, as this machine sees it. */
  inside(file: string): string;
  log(): string;
  /** The ordered shutdown, as by `docker stop`; gives the exit code of n6. */
  stop(): Promise<number>;
  /** The whole host is gone, at once. */
  kill(): Promise<void>;
  /** The cable to the switch. */
  cable(plugged: boolean): Promise<void>;
}>;

export type Cluster = Readonly<{
  start(name: string, plan: HostPlan): Promise<ClusterHost>;
  /** Asks a web server of it once; rejects with what went wrong. */
  get(host: string, port?: number, headers?: readonly string[]): Promise<string>;
  /** Words before a program that is to run on the switch. */
  near: readonly string[];
}>;

const SEARCH_PATH = '/command:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const NAMESPACES = ['--pid', '--fork', '--mount', '--net', '--uts', '--ipc'];

/** Names are known to all hosts; the first one has the address 10.77.0.11. */
export async function openCluster(names: readonly string[]): Promise<Cluster> {
  const directory = temporary();
  const addressOf = (name: string): string => `10.77.0.${11 + names.indexOf(name)}`;
  const carrier = spawn('unshare', ['--net', 'sh', '-c', 'ip link set lo up && echo ready && exec sleep infinity'], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void carrier.kill('SIGKILL'));
  await new Promise((resolve) => carrier.stdout.once('data', resolve));
  const near = ['nsenter', '--target', String(carrier.pid), '--net', '--'];
  const on = async (where: readonly string[], ...words: string[]): Promise<void> => {
    const { code, stderr } = await run(where[0]!, [...where.slice(1), 'ip', ...words]);
    if (code !== 0) throw new Error(`ip ${words.join(' ')}: ${stderr}`);
  };
  await on(near, 'link', 'add', 'name', 'bridge0', 'type', 'bridge');
  await on(near, 'address', 'add', '10.77.0.1/24', 'dev', 'bridge0');
  await on(near, 'link', 'set', 'bridge0', 'up');
  let count = 0;

  async function start(name: string, { trees, files, environment }: HostPlan): Promise<ClusterHost> {
    const place = path.join(directory, `${name}-${count}`);
    const port = `port${count++}`;
    const tree = path.join(place, 'tree');
    mkdirSync(path.join(place, 'disk'), { recursive: true });
    for (const { from, to = '.' } of trees) cpSync(path.resolve(root, from), path.join(tree, to), { recursive: true, verbatimSymlinks: true });
    write(tree, files ?? {});
    mkdirSync(path.join(tree, 'etc'), { recursive: true });
    writeFileSync(path.join(tree, 'etc/hosts'), ['127.0.0.1 localhost', ...names.map((known) => `${addressOf(known)} ${known}`), ''].join('\n'));
    writeFileSync(path.join(tree, 'etc/hostname'), `${name}\n`);
    const log = path.join(place, 'log');
    const output = openSync(log, 'a');
    const variables = Object.entries({ N6_LOG_FORMAT: 'pretty', ...environment }).map((entry) => entry.join('='));
    const child: ChildProcess = spawn('setpriv', [
      '--pdeathsig', 'KILL', 'unshare', '--kill-child', ...NAMESPACES,
      'sh', path.join(root, 'scripts/demo-host.sh'), place, name, realpathSync(process.execPath), ...variables,
    ], { stdio: ['pipe', 'pipe', output] });
    closeSync(output);
    const ended = new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? -1)));
    const kill = async (): Promise<void> => {
      child.kill('SIGKILL');
      await ended;
    };
    // Before the directory goes: its mounts are below it.
    onTestFinished(async () => {
      await kill();
      rmSync(place, { recursive: true, force: true });
    });
    await Promise.race([new Promise((resolve) => child.stdout!.once('data', resolve)), ended]);
    const pid = Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8'));
    const its = ['nsenter', '--target', String(pid), '--net', '--'];
    await on(near, 'link', 'add', 'name', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(pid));
    await on(near, 'link', 'set', port, 'master', 'bridge0', 'up');
    await on(its, 'address', 'add', `${addressOf(name)}/24`, 'dev', 'eth0');
    await on(its, 'link', 'set', 'eth0', 'up');
    await on(its, 'route', 'add', 'default', 'via', '10.77.0.1');
    child.stdin!.end('\n');
    const enter = ['--target', String(pid), '--pid', '--mount', '--net', '--uts', '--ipc', '--root', '--wd', '--'];
    const inside = (file: string): string => `/proc/${pid}/root${file}`;
    const inHost = (...words: string[]): Promise<Ran> => run('nsenter', [...enter, ...words], { env: { PATH: SEARCH_PATH, HOME: '/root' } });
    const readLog = (): string => readFileSync(log, 'utf8');
    await until(() => existsSync(inside('/run/n6/control.sock')), readLog);
    return {
      name, pid, inside, kill,
      address: addressOf(name),
      run: inHost,
      svc: (...words) => inHost('svc', ...words),
      log: readLog,
      async stop() {
        if (child.exitCode === null && existsSync(`/proc/${pid}`)) process.kill(pid, 'SIGTERM');
        return ended;
      },
      cable: (plugged) => on(near, 'link', 'set', port, plugged ? 'up' : 'down'),
    };
  }

  return {
    start, near,
    async get(host, port = 80, headers = []) {
      const options = ['--silent', '--show-error', '--max-time', '5', '--fail', ...headers.flatMap((header) => ['--header', header])];
      const { code, stdout, stderr } = await run(near[0]!, [...near.slice(1), 'curl', ...options, `http://${names.includes(host) ? addressOf(host) : host}:${port}/`]);
      if (code !== 0) throw new Error(stderr);
      return stdout;
    },
  };
}

/** Distinct hosts that have answered, of so many requests. */
export async function answering(cluster: Cluster, balancer: string, requests: number): Promise<string[]> {
  const found = new Set<string>();
  for (let i = 0; i < requests; i++) found.add((JSON.parse(await cluster.get(balancer)) as { host: string }).host);
  return [...found].sort();
}
