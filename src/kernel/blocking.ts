import { readFileSync } from 'node:fs';
import { signalNumber } from '../core/signals.ts';
import { memory, type Libc } from './libc.ts';
import { systemError } from './errno.ts';

/** Signals that are kept from n6 until it has become its successor. */
export type Blocked = Readonly<{
  /** Those that have come since, and that nobody has heard of. */
  came(): string[];
  /** Those that come from now on do nothing when they are unblocked, in a successor, too; until then they can be seen. What has come is lost. */
  ignore(signals: readonly string[]): void;
  /** As it was before: those that have come are heard now. */
  unblock(): void;
}>;

/**
 * Blocks signals across execve(2), where a pending one stays pending (signal(7)). The mask is this thread's alone, and a signal to the process
 * may be taken by one of Node's others: so each gets a handler that does nothing (abs(3), which may be called at any time) and puts the default
 * action in its own place (SA_RESETHAND, sigaction(2)): whoever finds that knows that one has come, whichever thread has taken it.
 */
export function blockSignals(libc: Libc, signals: readonly string[]): Blocked {
  const numbers = new Map(signals.flatMap((name) => {
    const number = signalNumber(name);
    return number === undefined ? [] : [[name, number] as const];
  }));
  const trace = memory(SIGACTION_SIZE);
  trace.writeBigUInt64LE(libc.address('abs'), 0);
  trace.writeUInt32LE(SA_RESTART + SA_RESETHAND, FLAGS_AT);
  const set = memory(SIGSET_SIZE);
  const before = memory(SIGSET_SIZE);
  for (const number of numbers.values()) set.writeUInt8(set.readUInt8((number - 1) >> 3) | (1 << ((number - 1) & 7)), (number - 1) >> 3);
  const actions = new Map<number, Buffer>();
  for (const number of numbers.values()) {
    const action = memory(SIGACTION_SIZE);
    if (libc.sigaction(number, trace, action) === 0) actions.set(number, action);
  }
  if (libc.signalMask(SIG_BLOCK, set, before) !== 0) {
    restore(libc, actions);
    throw systemError('pthread_sigmask', 'EINVAL', '');
  }
  const now = memory(SIGACTION_SIZE);
  const isTaken = (number: number): boolean => libc.sigaction(number, null, now) === 0 && now.readBigUInt64LE(0) === SIG_DFL;
  return {
    came() {
      const pending = pendingSignals();
      return [...numbers].filter(([, number]) => ((pending >> BigInt(number - 1)) & 1n) === 1n || isTaken(number)).map(([name]) => name);
    },
    ignore(names) {
      const nothing = memory(SIGACTION_SIZE);
      nothing.writeBigUInt64LE(SIG_IGN, 0);
      for (const name of names) if (numbers.has(name)) libc.sigaction(numbers.get(name)!, nothing, null);
    },
    unblock() {
      const pending = pendingSignals();
      const taken = [...numbers].filter(([, number]) => !((pending >> BigInt(number - 1)) & 1n) && isTaken(number) && actions.has(number));
      restore(libc, actions);
      libc.signalMask(SIG_SETMASK, before, null);
      for (const [, number] of taken) process.kill(process.pid, number);
    },
  };
}

function restore(libc: Libc, actions: ReadonlyMap<number, Buffer>): void {
  for (const [number, action] of actions) libc.sigaction(number, action, null);
}

/** Of the process and of its main thread (proc(5), SigPnd and ShdPnd of /proc/PID/status), signal 1 in the lowest bit. */
function pendingSignals(): bigint {
  const status = readFileSync('/proc/self/status', 'latin1');
  return [...status.matchAll(/^(?:SigPnd|ShdPnd):\s*([0-9a-f]+)$/gm)].reduce((all, [, digits]) => all | BigInt(`0x${digits}`), 0n);
}

const SIG_BLOCK = 0;
const SIG_SETMASK = 2;
const SIG_DFL = 0n;
const SIG_IGN = 1n;
const SIGSET_SIZE = 128;
/** struct sigaction of libc: handler, mask of 1,024 bits, flags, restorer. */
const SIGACTION_SIZE = 256;
const FLAGS_AT = 136;
const SA_RESTART = 0x10000000;
const SA_RESETHAND = 0x80000000;
