import type { Socket } from 'node:net';
import type { SpawnFailure } from '../core/events.ts';
import type { Exit } from '../core/exit.ts';
import type { Blocked } from './blocking.ts';
import type { Datagram, DatagramSocket } from './datagrams.ts';
import type { Child } from './descendants.ts';
import type { HeldLock } from './lock.ts';
import type { Peer } from './peer.ts';

/** Everything a new process is given. What is not said here it does not get (all of n6's descriptors are close-on-exec). */
export type SpawnRequest = Readonly<{
  /** Absolute path; the working directory of the process. */
  directory: string;
  /** Path of the program: absolute, or relative to `directory` such as `./run`. Never searched in PATH. */
  program: string;
  /** argv, the program's own name first. */
  arguments: readonly string[];
  /** `NAME=value` as bytes, without the final NUL. */
  environment: readonly Buffer[];
  /** A session of its own: pid, process group and session are the same number (spec/s6-compat 1.2.1). */
  session: boolean;
  /** For 0, 1, 2: `null` opens /dev/null, `inherit` gives what n6 itself was given, a number is one of n6's descriptors. */
  stdio: readonly ['null' | 'inherit' | number, 'null' | 'inherit' | number, 'null' | 'inherit' | number];
  /** Its process is number 1 of a PID namespace of its own (pid_namespaces(7)); the pid that is told is the one out here. */
  pidNamespace?: boolean;
  /** Further descriptors: number in the child, number here. */
  descriptors?: readonly Readonly<{ child: number; source: number }>[];
}>;

export type SpawnResult = { pid: number } | { failure: SpawnFailure };

/** The only one who does things: performs what the core decided, and turns the world into calls of its listeners. */
export interface Kernel {
  readonly pid: number;
  /** Milliseconds on the monotonic clock (clock_gettime(2), CLOCK_MONOTONIC). */
  now(): number;
  /**
   * Starts a process on the thread pool (posix_spawn(3)), as many at a time as there are cores, the others in order.
   * `done` is called exactly once, from the event loop, and always before the exit of that process is told.
   */
  spawn(request: SpawnRequest, done: (result: SpawnResult) => void): void;
  /** Sends a signal to a process (`pid` > 0) or to a group (`-pgid`). False when there is no such process any more. */
  signal(pid: number, signal: string): boolean;
  /** As PID 1 kill(-1); otherwise every descendant found in /proc, never a process that is not ours. */
  signalRest(signal: string): void;
  /** What is alive below n6, zombies left out; for messages, never for decisions. */
  descendants(): { pid: number; command: string }[];
  /** True when waitid(2) says that n6 has no child of any kind, and none is being started. */
  childless(): boolean;
  /** A child of libuv (execa, child_process) is left to libuv: enter it in the same turn in which it was started. */
  leaveToLibuv(pid: number): void;
  /** Runs what starts a child of libuv in this very turn, so that it inherits the soft descriptor limit that n6 was given. */
  withGivenLimit<T>(start: () => T): T;
  /**
   * A pipe (pipe2(2), close-on-exec on both ends): never a socket, so that /dev/stdout can be opened by the child.
   * Throws an error with `code` EMFILE or ENFILE.
   */
  pipe(): { read: number; write: number };
  close(descriptor: number): void;
  /**
   * Calls back for every chunk that can be read from a pipe or FIFO, and once at its end; closes it then. Returns how to
   * stop, which closes it, too.
   */
  read(descriptor: number, listener: (chunk: Buffer | undefined) => void): () => void;
  /**
   * Takes a POSIX write lock (fcntl(2) F_SETLK) for the life of this process. False when somebody else has it.
   * Throws an error with `code` when the file cannot be opened for writing.
   */
  lock(path: string): boolean;
  /**
   * Opens a file, makes it if need be, and locks it for as long as anybody has the descriptor, heirs included (fcntl(2),
   * F_OFD_SETLK). Undefined when somebody else has it. Throws an error with `code` when the file cannot be opened.
   */
  openLocked(path: string): number | undefined;
  /** Calls back for each catchable signal of this list; a signal in this list never has its default action again. */
  onSignals(signals: readonly string[], listener: (signal: string) => void): void;
  /**
   * Signals that came while Node was starting, seen afterwards (architecture, "Facts"); asked once, at boot. What has come
   * but was not asked for by the turn after `onSignals` is given to its listener instead, so that none is told twice.
   */
  earlySignals(): readonly string[];
  /** Ends n6 at once (_exit(2)): no handler of Node's runs, no thread is waited for. */
  exit(code: number): never;
}

/** What the real kernel can do beyond: for the doors of s6 and for a second life. */
export interface LinuxKernel extends Kernel {
  /**
   * Makes the FIFO if there is none and opens it so that it never comes to an end (fifo(7)); gives a descriptor for `read`.
   * Throws an error with `code`: EEXIST when something else is in its place, or what mkfifo(3) and open(2) say.
   */
  fifo(path: string, mode: number): number;
  /**
   * A socket for sd_notify(3), with a name that nobody can guess. The listener hears of every datagram, of whomever; descriptors
   * that come with it are closed when it has returned. `known`: one that an earlier life of this process has opened. Throws an error with
   * `code`: EMFILE, ENFILE.
   */
  openDatagrams(listener: (datagram: Datagram) => void, known?: Readonly<{ address: string; descriptor: number }>): DatagramSocket;
  openDatagrams(listener: (datagram: Datagram) => void): DatagramSocket;
  /** Who connected to a Unix socket; undefined where the kernel does not say, or the connection has ended. */
  peerOf(socket: Socket): Peer | undefined;
  /** Gives a lock back; nothing happens when there is none. */
  unlock(path: string): void;
  /**
   * execve(2): this process becomes another program and keeps its pid and its children. Returns only by throwing an error
   * with `code`: EBUSY while a start is in flight.
   */
  exec(successor: Successor): never;
  /** For `keep` of {@link Successor}: the same open file at a number that is free in a second life. Throws an error with `code` EMFILE. */
  hold(descriptor: number): number;
  /** The same, as a second descriptor of that file: the first may be closed. */
  copy(descriptor: number): number;
  /** Locks that `lock` has taken, and that go on in a successor which gets their descriptors. */
  held(): readonly HeldLock[];
  /** Those of the life before this one: `lock` knows them, and they are not lost. */
  adoptLocks(locks: readonly HeldLock[]): void;
  /** A child of an earlier life of this process: its end is told by `exited`. To be called in the first turn. */
  adopt(pid: number): void;
  /** Whose parent n6 is just now, zombies included, oldest first. */
  children(): readonly Child[];
  /** With the pid it names one process for ever; undefined when there is none. */
  startTime(pid: number): string | undefined;
  /** Keeps these signals pending, also across `exec`, until they are unblocked; at once before it. */
  blockSignals(signals: readonly string[]): Blocked;
}

/** What becomes of this process in `exec`. */
export type Successor = Readonly<{
  /** Absolute path. */
  program: string;
  arguments: readonly string[];
  environment: readonly Buffer[];
  /** Descriptors beside 0, 1, 2 that it gets under the same number. */
  keep?: readonly number[];
}>;

export type KernelListeners = Readonly<{
  /** A child that `spawn` started has ended and is reaped. */
  exited(pid: number, exit: Exit): void;
  /** A process that was not ours, an adopted orphan, is reaped. While starts are in flight this is told a little later. */
  orphanReaped(pid: number, exit: Exit): void;
  /** Called after a round of reaping when waitid(2) said ECHILD: nothing is left, and nothing is being started. */
  childless(): void;
  /** An error that has no other owner. */
  failed(where: string, error: unknown): void;
}>;
