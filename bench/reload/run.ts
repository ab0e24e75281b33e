/**
 * Constant load on a HAProxy under n6 while backends come and go. Who leaves is drained first: no request is sent to it any more,
 * and its last session has ended, in every worker; then it goes from the configuration, and ends.
 */
import { isDrained } from '../../src/haproxy/drain.ts';
import { startBackends, startGenerator, type Backends, type Counts, type Generator } from './children.ts';
import { total } from './outcomes.ts';
import { openSite, type Backend, type Site } from './site.ts';

/** Each change by itself. */
const NO_WAIT = '{ min: 0, max: 0 }';

export type Wish = Readonly<{
  servers: 'reload' | 'runtime';
  requests: number;
  changes: number;
  fresh: number;
  keepAlive: number;
  /** Backends that stay; one more comes and goes. */
  backends: number;
  port: number;
  progress(text: string): void;
}>;

export type Result = Readonly<{
  counts: Counts;
  changes: number;
  seconds: number;
  /** Reloads by how they were done, those that failed among them. */
  reloads: Readonly<Record<string, number>>;
  /** Milliseconds from a backend's coming to its first answer through HAProxy. */
  joins: readonly number[];
}>;

export async function runLoad(wish: Wish): Promise<Result> {
  const backends = startBackends();
  const generator = startGenerator();
  const lasting = Array.from({ length: wish.backends }, (_, i): Backend => ({ name: `b${i + 1}`, host: `127.0.1.${i + 1}`, port: wish.port + 1 }));
  let site: Site | undefined;
  try {
    await Promise.all(lasting.map((backend) => backends.open(backend)));
    site = await openSite({ servers: wish.servers, port: wish.port, backends: lasting, wait: NO_WAIT });
    generator.start({ host: site.host, port: site.port, fresh: wish.fresh, keepAlive: wish.keepAlive });
    const began = performance.now();
    const { changes, joins } = await change(wish, site, backends, generator, lasting);
    const counts = await generator.stop();
    return { counts, changes, joins, seconds: (performance.now() - began) / 1000, reloads: site.tally() };
  } catch (error) {
    throw new Error(`${(error as Error).message}; the last that n6 and HAProxy wrote:\n${site?.log().slice(-4000) ?? ''}`, { cause: error });
  } finally {
    generator.kill();
    await site?.close();
    backends.kill();
  }
}

async function change(
  wish: Wish, site: Site, backends: Backends, generator: Generator, lasting: readonly Backend[],
): Promise<{ changes: number; joins: number[] }> {
  const joins: number[] = [];
  let changes = 0;
  const began = performance.now();
  let told = began;
  for (let round = 0; ; round++) {
    const { fresh, keepAlive } = await generator.read();
    const requests = total(fresh) + total(keepAlive);
    if (performance.now() - told > 10_000) {
      told = performance.now();
      wish.progress(`${requests} requests, ${changes} changes, ${Math.round((told - began) / 1000)} s`);
    }
    if (requests >= wish.requests && changes >= wish.changes) return { changes, joins };
    // Changes that are far ahead of requests would only wear the machine out, not test more.
    if (changes >= wish.changes || requests / wish.requests < changes / wish.changes - 0.02) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      continue;
    }
    const guest: Backend = { name: `g${round}`, host: '127.0.2.1', port: wish.port + 2 + (round % 50) };
    await backends.open(guest);
    const joined = performance.timeOrigin + performance.now();
    await site.apply([...lasting, guest]);
    joins.push((await generator.served(guest.name)) - joined);
    changes++;
    await drained(site, guest);
    await site.apply(lasting);
    changes++;
    await backends.close(guest);
  }
}

async function drained(site: Site, { name, host }: Backend): Promise<void> {
  for (const began = performance.now(); !(await isDrained(site.master, { name, address: host }));) {
    if (performance.now() - began > 30_000) throw new Error(`${name} is not drained after 30 s`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
