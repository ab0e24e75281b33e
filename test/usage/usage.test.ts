import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ProcessFacts } from '../../src/core/usage.ts';
import { parseAuxiliary } from '../../src/usage/auxiliary.ts';
import { createUsageReader } from '../../src/usage/read.ts';
import { parseStat } from '../../src/usage/stat.ts';

const units = { ticksPerSecond: 100, pageSize: 4096 };
const tail = '1 20 20 0 -1 4194560 9 8 7 6 150 50 25 75 20 0 3 0 1234 99999 12 18446744073709551615 1';

describe('one line of /proc/PID/stat', () => {
  test('its fields', () => {
    expect(parseStat(`20 (sh) S ${tail}`, units)).toEqual({ pid: 20, parent: 1, session: 20, cpu: 3, memory: 12 * 4096, alive: true });
  });

  test('a name that looks like the rest of the line', () => {
    expect(parseStat(`20 (a) Z 9 (b\n) R ${tail}`, units)).toMatchObject({ pid: 20, parent: 1, alive: true });
  });

  test('the dead; and those whose first thread alone is', () => {
    const one = tail.replace(' 20 0 3 0 ', ' 20 0 1 0 ');
    expect([`20 (x) Z ${one}`, `20 (x) Z ${tail}`, `20 (x) X ${tail}`, `20 (x) D ${one}`].map((line) => parseStat(line, units)!.alive))
      .toEqual([false, true, false, true]);
  });

  test('what is no such line', () => {
    for (const text of ['', '20', '20 (sh)', '20 (sh) S 1 20', ') ']) expect(parseStat(text, units)).toBeUndefined();
  });
});

describe('the auxiliary vector', () => {
  test("this machine's is what getconf(1) says", () => {
    const getconf = (name: string): number => Number(execFileSync('getconf', [name], { encoding: 'utf8' }));
    expect(parseAuxiliary(readFileSync('/proc/self/auxv'), 8)).toEqual({ pageSize: getconf('PAGESIZE'), ticksPerSecond: getconf('CLK_TCK') });
  });

  test('of 32 bits; and none', () => {
    expect(parseAuxiliary(Buffer.from(new Uint32Array([6, 65_536, 17, 250, 0, 0]).buffer), 4)).toEqual({ pageSize: 65_536, ticksPerSecond: 250 });
    for (const vector of [Buffer.alloc(0), Buffer.alloc(3), Buffer.alloc(16)]) expect(parseAuxiliary(vector, 8)).toEqual(units);
  });
});

/** A shell in a session of its own, whose number is its pid, as n6 starts services. */
async function session(script: string): Promise<ChildProcess> {
  const child = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'], detached: true });
  onTestFinished(async () => {
    const over = child.exitCode !== null || child.signalCode !== null ? undefined : once(child, 'exit');
    for (const pid of pidsOf(child.pid!)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has gone by itself.
      }
    }
    await over;
  });
  await once(child.stdout, 'data');
  return child;
}

const pidsOf = (group: number): number[] => execFileSync('ps', ['-eo', 'pid=,sid=,ppid='], { encoding: 'utf8' }).split('\n')
  .map((line) => line.trim().split(/\s+/).map(Number)).filter(([pid, sid, parent]) => pid === group || sid === group || parent === group).map(([pid]) => pid!);

/** Bytes of a process whose memory must not be missing. */
const LARGE = 2 ** 26;

describe('real processes', () => {
  test('the CPU time of a child and of one that was waited for, the memory of all, and how many', async () => {
    const busy = 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done';
    const large = `const bytes = Buffer.alloc(${LARGE}, 1); console.log("ready"); setInterval(() => bytes, 1e9)`;
    const child = await session(`sh -c '${busy}'; setsid sleep 1000 & '${process.execPath}' -e '${large}' & wait`);
    const reader = createUsageReader();
    const [usage] = (await reader.usages([{ name: 'web', pid: child.pid!, group: child.pid! }]))!;
    const resident = (pid: number): number => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
    expect(usage).toMatchObject({ name: 'web', processes: 3 });
    expect(usage!.cpu).toBeGreaterThan(0.03);
    const expected = pidsOf(child.pid!).map(resident).reduce((sum, bytes) => sum + bytes, 0);
    // The kernel counts pages per CPU and sums them now and then: proc(5) calls it inaccurate, by some hundred pages for each process and look.
    expect(Math.abs(usage!.memory - expected)).toBeLessThan(LARGE / 8);
    expect(usage!.memory).toBeGreaterThan(LARGE);
  });

  test('nobody is there', async () => {
    expect(await createUsageReader().usages([{ name: 'web', pid: 2 ** 30, group: 2 ** 30 }])).toEqual([{ name: 'web', cpu: 0, memory: 0, processes: 0 }]);
  });
});

describe('many who ask', () => {
  test('share one walk, and never one that began before they asked', async () => {
    const ends: ((facts: ProcessFacts[]) => void)[] = [];
    const reader = createUsageReader(() => new Promise((resolve) => ends.push(resolve)));
    const owner = { name: 'web', pid: 7, group: 7 };
    const ask = (): Promise<number> => reader.usages([owner]).then((usages) => usages![0]!.processes);
    const process = { pid: 7, parent: 1, session: 7, cpu: 0, memory: 0, alive: true };
    const first = ask();
    const others = [ask(), ask(), ask()];
    expect(ends).toHaveLength(1);
    ends[0]!([]);
    expect(await first).toBe(0);
    await new Promise((resolve) => setImmediate(resolve));
    expect(ends).toHaveLength(2);
    ends[1]!([process]);
    expect(await Promise.all(others)).toEqual([1, 1, 1]);
    const later = ask();
    expect(ends).toHaveLength(3);
    ends[2]!([process, { ...process, pid: 8, parent: 7 }]);
    expect(await later).toBe(2);
  });

  test('one that fails takes nobody else with it', async () => {
    let walks = 0;
    const reader = createUsageReader(() => (walks++ === 0 ? Promise.reject(new Error('planted')) : Promise.resolve([])));
    const [first, second] = await Promise.allSettled([reader.usages([]), reader.usages([])]);
    expect([first.status, second]).toEqual(['rejected', { status: 'fulfilled', value: [] }]);
  });

  test('/proc that cannot be used is told', async () => {
    expect(await createUsageReader(() => Promise.resolve(undefined)).usages([])).toBeUndefined();
  });
});
