/** A cluster that cannot make up its mind: how often HAProxy is reloaded, and how soon after the last change it is right. */
import { serversOf } from '../../src/core/haproxy/show.ts';
import { startBackends } from './children.ts';
import { openSite, type Backend } from './site.ts';

export type Flaps = Readonly<{
  flaps: number;
  /** Milliseconds from the first one to the last one. */
  took: number;
  reloads: number;
  /** Milliseconds from the last one until HAProxy has the members that there are then. */
  converged: number;
}>;

export type FlapsWish = Readonly<{ flaps: number; milliseconds: number; port: number; wait: string }>;

/** One member goes and comes back, at equal distances; in the end it is there, and another one with it that was not. */
export async function runFlaps({ flaps, milliseconds, port, wait }: FlapsWish): Promise<Flaps> {
  const backends = startBackends();
  const members = ['b1', 'b2', 'b3'].map((name, i): Backend => ({ name, host: `127.0.1.${i + 1}`, port: port + 1 }));
  const [steady, flapping, late] = members as [Backend, Backend, Backend];
  let site: Awaited<ReturnType<typeof openSite>> | undefined;
  try {
    await Promise.all(members.map((backend) => backends.open(backend)));
    site = await openSite({ servers: 'reload', port, backends: [steady, flapping], wait });
    const before = sum(site.tally());
    const began = performance.now();
    for (let i = 1; i <= flaps; i++) {
      site.write(i === flaps ? members : i % 2 === 1 ? [steady] : [steady, flapping]);
      if (i < flaps) await new Promise((resolve) => setTimeout(resolve, began + (milliseconds * i) / (flaps - 1) - performance.now()));
    }
    const last = performance.now();
    const wanted = [steady, flapping, late].map(({ name }) => name).join();
    for (;;) {
      const rows = await site.master.stats('current').catch(() => []);
      if (serversOf(rows).map(({ server }) => server).sort().join() === wanted) break;
      if (performance.now() - last > 60_000) throw new Error('HAProxy is not right 60 s after the last change');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const converged = performance.now() - last;
    // What is under way may not have been told yet.
    await new Promise((resolve) => setTimeout(resolve, 500));
    return { flaps, took: last - began, reloads: sum(site.tally()) - before, converged };
  } finally {
    await site?.close();
    backends.kill();
  }
}

const sum = (tally: Readonly<Record<string, number>>): number => Object.values(tally).reduce((all, number) => all + number, 0);
