/** Runs one supervisor on services that tell, through a FIFO, the moment at which each of them is up. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { constants, mkdtempSync, openSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Peer } from './peers/peer.ts';

export type Up = Readonly<{ name: string; pid: number; at: number }>;
export type Stage = Readonly<{
  child: ChildProcess;
  startedAt: number;
  /** The next `count` services that come up. */
  ups(count: number): Promise<Up[]>;
  /** Asks for the end; milliseconds until the supervisor and all services had ended. */
  stop(): Promise<number>;
  /** Seconds of CPU used so far by the supervisor's own processes, its services left out. */
  cpu(): number;
  /** Bytes of memory (PSS) of the supervisor's own processes. */
  memory(): number;
}>;

export const SLEEPER = 'exec sleep 100000';

/** `body` is what each service does after it has said that it is up. */
export async function play<T>(peer: Peer, count: number, body: string, act: (stage: Stage) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(path.join(tmpdir(), 'n6-bench-'));
  const fifo = path.join(directory, 'up');
  execFileSync('mkfifo', [fifo]);
  const services: Record<string, string> = {};
  for (let i = 0; i < count; i++) services[`s${i}`] = `#!/bin/sh\necho "s${i} $$" >${fifo}\n${body}\n`;
  const [program, ...words] = peer.prepare(directory, services);
  const reader = new Socket({ fd: openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK), readable: true, writable: false });
  const seen: Up[] = [];
  const waiting: (() => void)[] = [];
  let rest = '';
  reader.on('data', (chunk) => {
    const at = performance.now();
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      const [name, pid] = line.split(' ');
      seen.push({ name: name!, pid: Number(pid), at });
    }
    for (const wake of waiting.splice(0)) wake();
  });
  const pids = new Set<number>();
  const startedAt = performance.now();
  const child = spawn(program!, words, { stdio: ['ignore', 'ignore', 'ignore'], detached: true });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stage: Stage = {
    child,
    startedAt,
    async ups(wanted) {
      while (seen.length < wanted) await new Promise<void>((resolve) => waiting.push(resolve));
      const taken = seen.splice(0, wanted);
      for (const { pid } of taken) pids.add(pid);
      return taken;
    },
    async stop() {
      const from = performance.now();
      peer.stop(child.pid!, directory);
      await ended;
      while ([...pids].some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 1));
      return performance.now() - from;
    },
    cpu: () => own(child.pid!, pids).reduce((sum, pid) => sum + cpuOf(pid), 0),
    memory: () => own(child.pid!, pids).reduce((sum, pid) => sum + pssOf(pid), 0),
  };
  try {
    return await act(stage);
  } finally {
    if (child.exitCode === null && child.signalCode === null) {
      peer.stop(child.pid!, directory);
      const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
      await ended;
      clearTimeout(timer);
    }
    for (const pid of pids) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
    reader.destroy();
    await removeSoon(directory);
  }
}

/** runsv outlives runsvdir for a moment, and still writes. */
async function removeSoon(directory: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      return rmSync(directory, { recursive: true, force: true });
    } catch (error) {
      if (attempt === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** The supervisor and its helpers: what is below it but no service. */
function own(top: number, services: ReadonlySet<number>): number[] {
  const children = (pid: number): number[] => {
    try {
      return readdirSync(`/proc/${pid}/task`)
        .flatMap((task) => readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number));
    } catch {
      return [];
    }
  };
  const walk = (pid: number): number[] => (services.has(pid) ? [] : [pid, ...children(pid).flatMap(walk)]);
  return walk(top);
}

/** User and system time, its reaped children's included only where it is a helper shell (proc(5), stat fields 14, 15). */
function cpuOf(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return 0;
  }
}

function pssOf(pid: number): number {
  try {
    return 1024 * Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

