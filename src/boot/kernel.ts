/** The kernel must exist before there is a supervisor to listen to it: the runtime directory is locked first. */
import { closeSync } from 'node:fs';
import type { KernelListeners, LinuxKernel } from '../kernel/kernel.ts';
import { createKernel } from '../kernel/linux.ts';
import type { Handover } from './handover.ts';
import { MEANINGS } from './signals.ts';

export type EarlyKernel = Readonly<{
  kernel: LinuxKernel;
  /** Says who listens; until then what is heard waits in libuv, because the boot does not give up the loop. */
  listen(listeners: KernelListeners, signal: (signal: string) => void): void;
}>;

export function createEarlyKernel(handover: Handover): EarlyKernel {
  let listeners: KernelListeners | undefined;
  let hear: ((signal: string) => void) | undefined;
  const failures: [where: string, error: unknown][] = [];
  const kernel = createKernel(
    {
      exited: (pid, exit) => listeners?.exited(pid, exit),
      orphanReaped: (pid, exit) => listeners?.orphanReaped(pid, exit),
      childless: () => listeners?.childless(),
      failed: (where, error) => (listeners === undefined ? void failures.push([where, error]) : listeners.failed(where, error)),
    },
    {
      ...(handover.softDescriptorLimit === undefined ? {} : { softDescriptorLimit: handover.softDescriptorLimit }),
      ...(handover.home === undefined ? {} : { home: handover.home }),
    },
  );
  // First of all: a signal without a handler is lost to PID 1 and ends anybody else (pid_namespaces(7)).
  kernel.onSignals(Object.keys(MEANINGS), (signal) => hear?.(signal));
  return {
    kernel,
    listen(given, signal) {
      listeners = given;
      hear = signal;
      for (const [where, error] of failures.splice(0)) given.failed(where, error);
    },
  };
}

/** For copies of service directories, which nobody reads yet. */
export const fifoMaker = (kernel: LinuxKernel) => (file: string, mode: number): void => closeSync(kernel.fifo(file, mode));
