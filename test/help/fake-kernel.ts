/** A kernel without processes: spawns are answered when the test says so, the clock stands still until it is moved. */
import type { Kernel, SpawnRequest, SpawnResult } from '../../src/kernel/kernel.ts';

export type FakeKernel = Kernel & {
  /** Spawns that wait for an answer, oldest first. */
  pending: { request: SpawnRequest; answer(result: SpawnResult): void }[];
  signals: [pid: number, signal: string][];
  rest: string[];
  childrenLeft: boolean;
  time: number;
  readers: Map<number, (chunk: Buffer | undefined) => void>;
  closed: number[];
  exitCode: number | undefined;
};

export function fakeKernel(): FakeKernel {
  let descriptor = 100;
  const kernel: FakeKernel = {
    pid: 1,
    pending: [], signals: [], rest: [], childrenLeft: true, time: 0, readers: new Map(), closed: [], exitCode: undefined,
    now: () => kernel.time,
    spawn(request, done) {
      kernel.pending.push({ request, answer: done });
    },
    signal(pid, signal) {
      kernel.signals.push([pid, signal]);
      return true;
    },
    signalRest: (signal) => void kernel.rest.push(signal),
    descendants: () => [],
    childless: () => !kernel.childrenLeft,
    leaveToLibuv: () => undefined,
    withGivenLimit: (start) => start(),
    pipe: () => ({ read: descriptor++, write: descriptor++ }),
    close: (closed) => void kernel.closed.push(closed),
    read(from, listener) {
      kernel.readers.set(from, listener);
      return () => void kernel.readers.delete(from);
    },
    lock: () => true,
    openLocked: () => descriptor++,
    onSignals: () => undefined,
    earlySignals: () => [],
    exit(code) {
      kernel.exitCode = code;
      return undefined as never;
    },
  };
  return kernel;
}
