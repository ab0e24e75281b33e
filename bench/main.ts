/** `npm run bench [-- NAME…]`: what n6 costs and how fast it is, beside its peers, measured in the same run. */
import { execFileSync } from 'node:child_process';
import { benchLogs } from './logs.ts';
import { PEERS } from './peers/all.ts';
import type { Peer } from './peers/peer.ts';
import { play, SLEEPER } from './stage.ts';

type Bench = Readonly<{ title: string; unit: string; measure(peer: Peer): Promise<number[]> }>;
const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

const BENCHES: Readonly<Record<string, Bench>> = {
  restart: {
    title: 'restart after kill -9 of a service that had run 2 s',
    unit: 'ms',
    measure: (peer) => play(peer, 10, SLEEPER, async (stage) => {
      const ups = await stage.ups(10);
      await wait(2000);
      const times: number[] = [];
      for (const { pid } of ups) {
        const from = performance.now();
        process.kill(pid, 'SIGKILL');
        const [again] = await stage.ups(1);
        times.push(again!.at - from);
      }
      return times;
    }),
  },
  start: {
    title: 'start of 100 services, from the command to the last one up',
    unit: 'ms',
    measure: (peer) => repeat(3, () => play(peer, 100, SLEEPER, async (stage) => (await stage.ups(100)).at(-1)!.at - stage.startedAt)),
  },
  stop: {
    title: 'stop of 100 obedient services, until the supervisor has ended',
    unit: 'ms',
    measure: (peer) => repeat(3, () => play(peer, 100, SLEEPER, async (stage) => {
      await stage.ups(100);
      // supervisord calls a service started only after a second.
      await wait(1500);
      return stage.stop();
    })),
  },
  dying: {
    title: "20 services that die at once for ever: the supervisor's CPU over 30 s",
    unit: '% of a core',
    measure: (peer) => play(peer, 20, 'exit 1', async (stage) => {
      await stage.ups(20);
      await wait(3000);
      const before = stage.cpu();
      await wait(30_000);
      return [(100 * (stage.cpu() - before)) / 30];
    }),
  },
  memory: {
    title: 'memory (PSS) of the supervisor with 100 services',
    unit: 'MB',
    measure: (peer) => play(peer, 100, SLEEPER, async (stage) => {
      await stage.ups(100);
      await wait(1500);
      return [stage.memory() / 2 ** 20];
    }),
  },
};

async function repeat(times: number, act: () => Promise<number>): Promise<number[]> {
  const results: number[] = [];
  for (let i = 0; i < times; i++) results.push(await act());
  return results;
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
const worst = (values: readonly number[]): number => Math.max(...values);
const shown = (value: number): string => (value < 10 ? value.toFixed(2) : value.toFixed(0));

function installed(peer: Peer): boolean {
  try {
    for (const program of peer.needs) execFileSync('which', [program], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const asked = process.argv.slice(2);
const known = [...Object.keys(BENCHES), 'logs'];
const unknown = asked.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`bench: no bench named ${unknown.join(', ')}; there are: ${known.join(', ')}`);
  process.exit(2);
}
for (const [name, { title, unit, measure }] of Object.entries(BENCHES)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  console.log(`\n${name}: ${title} (${unit})`);
  let base: number | undefined;
  for (const peer of PEERS) {
    if (!installed(peer)) {
      console.log(`  ${peer.name.padEnd(12)} not installed`);
      continue;
    }
    const values = await measure(peer);
    const middle = median(values);
    base ??= middle;
    const ratio = peer === PEERS[0] ? '' : `  ${(middle / base).toFixed(2)} x n6`;
    console.log(`  ${peer.name.padEnd(12)} median ${shown(middle).padStart(7)}   worst ${shown(worst(values)).padStart(7)}   of ${values.length}${ratio}`);
  }
}
if (asked.length === 0 || asked.includes('logs')) await benchLogs();
