/** The site of the demonstration: a balancer that follows its cluster, and backends that come and go. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import path from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { endOf, HOST_NAMES, root, type Ground, type Host, type HostName } from './demo-ground.ts';

export type Greeting = Readonly<{ host: string; ip: string; sessionViews: number }>;
/** A row of HAProxy's own `show stat`; `checked`: its health check has succeeded as often as it has to. */
export type Server = Readonly<{ name: string; status: string; checked: boolean; address: string }>;

export type Site = Readonly<{
  balancer: Host;
  /** Every host that has been started and not stopped. */
  hosts(): readonly Host[];
  /** A further backend. */
  start(name: HostName): Promise<Host>;
  /** The ordered shutdown of one host; gives its exit code. */
  stop(host: Host): Promise<number>;
  /** Ends one host at once, as a power failure does. */
  lose(host: Host): Promise<void>;
  /** One request through HAProxy. Throws when there is no answer of 200. */
  ask(): Promise<Greeting>;
  /** The servers that HAProxy sends requests to, as it tells itself. */
  servers(): Promise<Server[]>;
  /** The members of the cluster that a host's Serf agent takes for alive, by name. */
  members(host: Host): Promise<string[]>;
  url: string;
  /** For a person: the commands that reach front end and statistics page. */
  commands: readonly string[];
  /** Ends whatever is left, at once. */
  close(): Promise<void>;
}>;

/** Starts the balancer, with all three services of services.d; resolves when its supervisor answers. */
export async function openSite(ground: Ground): Promise<Site> {
  const hosts = new Set<Host>();
  const start = async (name: HostName): Promise<Host> => {
    const host = await ground.start({
      name,
      services: name === HOST_NAMES[0] ? ['node', 'ha', 'serf'] : ['node', 'serf'],
      environment: {
        NODE_NAME: name,
        SERVER_IP: ground.address(name),
        ROLE: name === HOST_NAMES[0] ? 'both' : 'backend',
        // Two, so that each of them, when it comes back, has another one to find the cluster by.
        SERF_SEEDS: HOST_NAMES.slice(0, 2).map((seed) => `${ground.address(seed)}:${ground.ports.serf}`).join(' '),
      },
    });
    hosts.add(host);
    return host;
  };
  const balancer = await start(HOST_NAMES[0]);
  const url = `http://${balancer.address}${ground.ports.http === 80 ? '' : `:${ground.ports.http}`}/`;
  const asker = createAsker(ground.near(balancer));
  return {
    balancer, start, url,
    commands: [url, `http://${balancer.address}:${ground.ports.stats}/`].map((where) => [...ground.near(balancer), 'curl', where].join(' ')),
    hosts: () => [...hosts],
    async stop(host) {
      const code = await host.stop();
      hosts.delete(host);
      return code;
    },
    async lose(host) {
      await host.destroy();
      hosts.delete(host);
    },
    ask: () => asker.ask(url),
    servers: () => servers(path.join(balancer.haproxyDirectory, 'admin.sock')),
    members,
    async close() {
      asker.end();
      await Promise.all([...hosts].map((host) => host.destroy()));
    },
  };
}

async function members(host: Host): Promise<string[]> {
  const { code, stdout, stderr } = await host.run('sh', '-c', 'exec serf members -format=json -status=alive -rpc-addr="${SERF_RPC_ADDR:-127.0.0.1:7373}"');
  if (code !== 0) throw new Error(`serf members: ${stdout}${stderr}`);
  const { members: alive } = JSON.parse(stdout) as { members: { name: string }[] | null };
  return (alive ?? []).map(({ name }) => name).sort();
}

/**
 * `show stat` is CSV with a heading; the row of a whole back end has that word for a name. A server that is new, or whose
 * last check failed, is `UP 1/2`: one more failed check makes it DOWN (HAProxy's management guide, 9.1, column 17).
 */
async function servers(socket: string): Promise<Server[]> {
  const connection = connect(socket);
  connection.end('show stat\n');
  const [heading = '', ...rows] = (await text(connection)).trim().split('\n');
  const column = (name: string): number => heading.replace(/^# /, '').split(',').indexOf(name);
  return rows.map((row) => row.split(','))
    .filter((row) => row[column('pxname')] === 'nodes' && row[column('svname')] !== 'BACKEND')
    .map((row) => {
      const [status = '', doubt] = row[column('status')]!.split(' ');
      return { name: row[column('svname')]!, status, checked: status === 'UP' && doubt === undefined, address: row[column('addr')]! };
    });
}

/** One process that stays, so that a request costs no start of Node. */
function createAsker(near: readonly string[]): { ask(url: string): Promise<Greeting>; end(): void } {
  const words = [...near, process.execPath, path.join(root, 'scripts/demo-ask.mjs')];
  const child: ChildProcess = spawn(words[0]!, words.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers: Interface = createInterface({ input: child.stdout! });
  child.stdin!.on('error', () => undefined);
  const gone = endOf(child);
  let last: Promise<unknown> = Promise.resolve();
  const next = async (url: string): Promise<Greeting> => {
    child.stdin!.write(`${url}\n`);
    const [line] = await Promise.race([once(answers, 'line') as Promise<[string]>, gone.then(() => [undefined])]);
    if (line === undefined) throw new Error('nobody is left who could ask');
    const { status, body, error } = JSON.parse(line) as { status?: number; body?: string; error?: string };
    if (status !== 200) throw new Error(error ?? `HAProxy answered ${status}`);
    return JSON.parse(body!) as Greeting;
  };
  return {
    // One after the other: answers come in the order of the questions.
    ask: (url) => {
      const answer = last.then(() => next(url));
      last = answer.catch(() => undefined);
      return answer;
    },
    end: () => void child.kill('SIGKILL'),
  };
}
