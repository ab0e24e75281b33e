import { closeSync } from 'node:fs';
import { signalNumber } from '../core/signals.ts';
import { blockSignals } from './blocking.ts';
import { createDatagrams } from './datagrams.ts';
import { findChildren, findDescendants, reachDescendants, startTimeOf } from './descendants.ts';
import { codeOf, systemError } from './errno.ts';
import { replaceProcess } from './exec.ts';
import { openFifo } from './fifo.ts';
import { copyHigh, hold } from './holding.ts';
import { adoptOrphans, keepDescriptors } from './inheritance.ts';
import type { KernelListeners, LinuxKernel } from './kernel.ts';
import { loadLibc } from './libc.ts';
import { createDescriptorLimit } from './limits.ts';
import { createLocks } from './lock.ts';
import { readPeer } from './peer.ts';
import { makePipe } from './pipe.ts';
import { readDescriptor, type Reader } from './reader.ts';
import { createReaper } from './reap.ts';
import { createSignals } from './signals.ts';
import { createSpawner } from './spawn.ts';

/**
 * The real kernel; one in a process. `softDescriptorLimit`: what children get, default n6's own. `home`: the directory whose
 * command/ holds the programs that a hashbang may name though they are not installed. Throws only when koffi cannot be loaded.
 */
export function createKernel(given: KernelListeners, options: { softDescriptorLimit?: number; home?: string }): LinuxKernel {
  const libc = loadLibc();
  const listeners = surviving(given);
  const guarded = (where: string, call: () => void): void => {
    try {
      call();
    } catch (error) {
      listeners.failed(where, error);
    }
  };
  guarded('keepDescriptors', () => keepDescriptors(libc));
  guarded('adoptOrphans', () => adoptOrphans(libc));

  const limit = createDescriptorLimit(libc, options.softDescriptorLimit);
  const reaper = createReaper(libc, listeners);
  const spawner = createSpawner(libc, reaper, limit, {
    softDescriptorLimit: options.softDescriptorLimit, home: options.home, chdir: libc.actionsAddChdir !== undefined,
  }, listeners.failed);
  const signals = createSignals(libc, listeners);
  const datagrams = createDatagrams(libc, listeners.failed);
  const readers = new Map<number, Reader>();

  return {
    pid: process.pid,
    now: () => {
      const [seconds, nanoseconds] = process.hrtime();
      return seconds * 1e3 + nanoseconds / 1e6;
    },
    spawn: spawner.spawn,
    ...signals,
    signalRest: (signal) => guarded('signalRest', () => {
      if (process.pid === 1) signalEverybody(signal);
      else reachDescendants((pid) => signals.signal(pid, signal));
    }),
    descendants: findDescendants,
    childless: () => spawner.pending() === 0 && reaper.childless(),
    leaveToLibuv: reaper.leaveToLibuv,
    withGivenLimit: (start) => {
      limit.lower();
      try {
        return start();
      } finally {
        limit.raise();
      }
    },
    pipe: () => makePipe(libc),
    close: (descriptor) => guarded('close', () => {
      const reader = readers.get(descriptor);
      readers.delete(descriptor);
      // Its socket owns the descriptor: closing it behind its back would close a stranger's later.
      if (reader !== undefined) reader.stop();
      else closeSync(descriptor);
    }),
    read: (descriptor, listener) => {
      const reader = readDescriptor(descriptor, (chunk) => {
        if (chunk === undefined) readers.delete(descriptor);
        listener(chunk);
      }, (error) => listeners.failed(`reading descriptor ${descriptor}`, error));
      readers.set(descriptor, reader);
      return () => {
        if (readers.get(descriptor) === reader) readers.delete(descriptor);
        reader.stop();
      };
    },
    fifo: (path, mode) => openFifo(libc, path, mode),
    openDatagrams: datagrams.open,
    peerOf: (socket) => readPeer(libc, socket),
    ...createLocks(libc),
    hold: (descriptor) => hold(libc, descriptor),
    copy: (descriptor) => copyHigh(libc, descriptor),
    adopt: reaper.adopt,
    children: findChildren,
    startTime: startTimeOf,
    blockSignals: (names) => blockSignals(libc, names),
    exit: (code) => {
      libc.exit(code);
      throw systemError('_exit', 'ENOSYS', String(code));
    },
    exec: (successor) => {
      if (spawner.pending() > 0) throw systemError('execve', 'EBUSY', successor.program);
      // Between the end of Node's handlers and that of the sockets SIGIO would end the successor.
      const listen = datagrams.silence();
      try {
        return replaceProcess(libc, limit, successor);
      } catch (error) {
        listen();
        throw error;
      }
    },
  };
}

/** kill(2) with pid -1 reaches everybody but PID 1 itself; ESRCH is nobody there. */
function signalEverybody(signal: string): void {
  const number = signalNumber(signal);
  if (number === undefined) throw new TypeError(`no signal is named ${signal}`);
  try {
    process.kill(-1, number);
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error;
  }
}

/** Whatever the owner of errors does with them must not end this process either. */
const surviving = (listeners: KernelListeners): KernelListeners => ({
  ...listeners,
  failed: (where, error) => {
    try {
      listeners.failed(where, error);
    } catch {
      // There is nobody left to tell.
    }
  },
});
