import { readdirSync, readlinkSync } from 'node:fs';
import type * as Inspector from 'node:inspector';
import { createRequire } from 'node:module';
import { signalNumber } from '../core/signals.ts';
import { codeOf } from './errno.ts';
import type { Kernel, KernelListeners } from './kernel.ts';
import { memory, type Libc } from './libc.ts';
import { listenRealtime } from './realtime.ts';

export type Signals = Pick<Kernel, 'onSignals' | 'earlySignals' | 'signal'>;

/**
 * Signals to n6 itself, and from it to one process or group (signal(7), kill(2)). Those that arrived while Node was
 * starting are found out afterwards:
 *
 * TERM, INT: Node first gives them a handler that puts the terminal right, resets itself (SA_RESETHAND) and raises the
 * signal again, which kills any process but PID 1. So a PID 1 that finds the default action in place has lost one.
 * USR1: until somebody listens it opens Node's inspector, a port that runs any code it is sent.
 * Others have their default action until `onSignals`: they end n6, or are lost if it is PID 1.
 */
export function createSignals(libc: Libc, listeners: KernelListeners): Signals {
  /**
   * Found and not yet told; and all that was ever found: a handler that has reset itself stays reset, and Node opens its
   * inspector by an interrupt and by an event of the loop, so that one that was closed between the two comes back once.
   */
  const early = new Set<string>();
  const known = new Set<string>();

  const guarded = (call: () => void): void => {
    try {
      call();
    } catch (error) {
      listeners.failed('a signal', error);
    }
  };

  const look = (signal: string): void => {
    const came = signal === 'SIGUSR1' ? closeInspector()
      : RESET_BY_NODE.has(signal) && process.listenerCount(signal) === 0 && isDefault(libc, signal);
    if (!came || known.has(signal)) return;
    known.add(signal);
    early.add(signal);
  };

  const takeEarly = (): string[] => {
    const found = [...early];
    early.clear();
    return found;
  };

  function onSignals(signals: readonly string[], listener: (signal: string) => void): void {
    for (const signal of signals) {
      guarded(() => {
        const number = signalNumber(signal);
        if (number === undefined || UNCATCHABLE.has(signal)) return;
        look(signal);
        const call = (): void => guarded(() => listener(signal));
        if (number >= RTMIN) listenRealtime(libc, number, call);
        else process.on(signal, call);
      });
    }
    setImmediate(() => {
      // A USR1 that came just before its listener opens the inspector only now, or again.
      if (signals.includes('SIGUSR1')) guarded(() => look('SIGUSR1'));
      // Nobody has asked for these: they count as heard now.
      for (const signal of takeEarly()) guarded(() => listener(signal));
    });
  }

  return {
    onSignals,
    earlySignals: () => {
      for (const signal of [...RESET_BY_NODE, 'SIGUSR1']) guarded(() => look(signal));
      return takeEarly();
    },
    signal: (pid, signal) => {
      const number = signalNumber(signal);
      try {
        if (number === undefined) throw new TypeError(`no signal is named ${signal}`);
        // 0 is n6's own group, -1 everybody, 1 the init of this machine: none of them is ever a service.
        if (!Number.isInteger(pid) || Math.abs(pid) < 2) throw new RangeError(`${signal} to ${pid}`);
        return process.kill(pid, number);
      } catch (error) {
        if (codeOf(error) === 'ESRCH') return false;
        listeners.failed('signal', error);
        // EPERM: it is there, and runs as somebody whom n6 may not signal.
        return codeOf(error) === 'EPERM';
      }
    },
  };
}

const RESET_BY_NODE: ReadonlySet<string> = new Set(['SIGTERM', 'SIGINT']);
const UNCATCHABLE: ReadonlySet<string> = new Set(['SIGKILL', 'SIGSTOP']);
const RTMIN = 34;

const SIG_DFL = 0n;
function isDefault(libc: Libc, signal: string): boolean {
  const action = memory(256);
  return libc.sigaction(signalNumber(signal)!, null, action) === 0 && action.readBigUInt64LE(0) === SIG_DFL;
}

/** True when there was one. An inspector that a person asked for stays. */
function closeInspector(): boolean {
  const asked = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].some((option) => /--inspect(?!-port|-publish)/.test(option));
  if (asked || !hasSocket()) return false;
  const inspector = createRequire(import.meta.filename)('node:inspector') as typeof Inspector;
  if (inspector.url() === undefined) return false;
  inspector.close();
  return true;
}

/** Loading the inspector's module costs 3 to 6 ms; an open one has a socket, and while n6 starts it has no other. */
function hasSocket(): boolean {
  return readdirSync('/proc/self/fd').some((number) => {
    try {
      return Number(number) > 2 && readlinkSync(`/proc/self/fd/${number}`).startsWith('socket:');
    } catch {
      return false;
    }
  });
}
