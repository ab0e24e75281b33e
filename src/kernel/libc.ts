/**
 * The only file that knows koffi. Everything here is a plain C call: numbers and buffers in, a number out; -1 or an errno
 * is left to the caller. Structures are buffers, laid out as on 64-bit Linux (x64 and arm64 agree, glibc and musl agree).
 */
import { existsSync, readlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import type * as Koffi from 'koffi';
import { errnoName } from './errno.ts';
import { beginningOf } from './program.ts';

export type Libc = Readonly<{
  /** The name of the errno that the last call here left behind; to be asked at once. */
  errno(): string;
  /** posix_spawn(3) on the thread pool; `answer` gets the errno it returned, 0 for none. */
  spawn(request: RawSpawn, answer: (errno: number) => void): void;
  /** The same at once; blocks until the program is executed. */
  spawnNow(request: RawSpawn): number;
  spawnattrInit: Call<[Buffer]>;
  spawnattrSetFlags: Call<[Buffer, number]>;
  spawnattrSetSignalDefault: Call<[Buffer, Buffer]>;
  spawnattrSetSignalMask: Call<[Buffer, Buffer]>;
  actionsInit: Call<[Buffer]>;
  actionsDestroy: Call<[Buffer]>;
  actionsAddDup2: Call<[Buffer, number, number]>;
  actionsAddOpen: Call<[Buffer, number, string, number, number]>;
  /** Absent in glibc before 2.29 and musl before 1.1.24. */
  actionsAddChdir: Call<[Buffer, string]> | undefined;
  waitid: Call<[number, number, Buffer, number]>;
  execve: Call<[string, Buffer, Buffer]>;
  /** _exit(2); does not return. */
  exit: Call<[number]>;
  pipe2: Call<[Buffer, number]>;
  mkfifo: Call<[string, number]>;
  /** fcntl(2) whose third argument is an int, and the one whose third argument points to a structure. */
  fcntl(descriptor: number, command: number, argument: number): number;
  fcntlPointer(descriptor: number, command: number, structure: Buffer): number;
  /** Absent in some libc: what needs a PID namespace cannot be started then. */
  unshare: Call<[number]> | undefined;
  setns: Call<[number, number]> | undefined;
  dup3: Call<[number, number, number]>;
  prctl(option: number, argument: number): number;
  getrlimit: Call<[number, Buffer]>;
  setrlimit: Call<[number, Buffer]>;
  sigaction: Call<[number, Buffer | null, Buffer | null]>;
  /** pthread_sigmask(3) of the calling thread. */
  signalMask: Call<[number, Buffer, Buffer | null]>;
  poll: Call<[Buffer, number, number]>;
  /** The same on the thread pool; `answer` gets what it returned. */
  pollLater(descriptors: Buffer, count: number, timeout: number, answer: (result: number) => void): void;
  clockGettime: Call<[number, Buffer]>;
  /** What datagrams and peers need; looked up when it is first called, because many lives never do. */
  sockets(): SocketCalls;
  /** Address of a function of libc, for structures that hold one. */
  address(symbol: string): bigint;
  /** A NULL-ended array of C strings, as execve(2) wants argv and environ. Throws EINVAL if one holds a NUL byte. */
  table(strings: readonly (string | Buffer)[]): StringTable;
}>;

export type SocketCalls = Readonly<{
  socket: Call<[number, number, number]>;
  bind: Call<[number, Buffer, number]>;
  setsockopt: Call<[number, number, number, Buffer, number]>;
  getsockopt: Call<[number, number, number, Buffer, Buffer]>;
  /** Its length as an int: no message here is longer. */
  recvmsg: Call<[number, Buffer, number]>;
  /** Where a buffer made by {@link memory} lies, for structures that point to it. */
  locate(buffer: Buffer): bigint;
}>;

export type RawSpawn = Readonly<{ pid: Buffer; path: string; actions: Buffer; attributes: Buffer; argv: StringTable; environment: StringTable }>;
/** `pointers` points into `block`: both must be kept alive together. */
export type StringTable = Readonly<{ block: Buffer; pointers: Buffer }>;

type Callable = ReturnType<Koffi.LibraryHandle['func']>;
type Call<A extends unknown[]> = (...args: A) => number;

/** Throws an Error that says where it looked when koffi's binary is nowhere to be found. */
export function loadLibc(): Libc {
  const koffi = loadKoffi();
  const library = koffi.load(null);
  const define = (name: string, ...types: string[]): Callable => library.func(name, 'int', types);
  const pointer = 'void *';
  const posixSpawn = define('posix_spawn', pointer, 'str', pointer, pointer, pointer, pointer);
  const fcntl = define('fcntl', 'int', 'int', '...');
  const prctl = define('prctl', 'int', '...');
  const poll = define('poll', pointer, 'unsigned long', 'int');
  /** Keeps every buffer that a thread is reading from the garbage collector. */
  const inFlight = new Set<RawSpawn>();
  const polled = new Set<Buffer>();
  let sockets: SocketCalls | undefined;
  const raw = ({ pid, path, actions, attributes, argv, environment }: RawSpawn): [Buffer, string, Buffer, Buffer, Buffer, Buffer] =>
    [pid, path, actions, attributes, argv.pointers, environment.pointers];
  return {
    errno: () => errnoName(koffi.errno()),
    spawn: (request, answer) => {
      inFlight.add(request);
      posixSpawn.async(...raw(request), (error: Error | null, errno: number) => {
        inFlight.delete(request);
        answer(error === null ? errno : constants.errno.EAGAIN);
      });
    },
    spawnNow: (request) => posixSpawn(...raw(request)) as number,
    spawnattrInit: define('posix_spawnattr_init', pointer),
    spawnattrSetFlags: define('posix_spawnattr_setflags', pointer, 'short'),
    spawnattrSetSignalDefault: define('posix_spawnattr_setsigdefault', pointer, pointer),
    spawnattrSetSignalMask: define('posix_spawnattr_setsigmask', pointer, pointer),
    actionsInit: define('posix_spawn_file_actions_init', pointer),
    actionsDestroy: define('posix_spawn_file_actions_destroy', pointer),
    actionsAddDup2: define('posix_spawn_file_actions_adddup2', pointer, 'int', 'int'),
    actionsAddOpen: define('posix_spawn_file_actions_addopen', pointer, 'int', 'str', 'int', 'unsigned int'),
    actionsAddChdir: ifThere(() => define('posix_spawn_file_actions_addchdir_np', pointer, 'str')),
    waitid: define('waitid', 'int', 'unsigned int', pointer, 'int'),
    execve: define('execve', 'str', pointer, pointer),
    exit: define('_exit', 'int'),
    pipe2: define('pipe2', pointer, 'int'),
    mkfifo: define('mkfifo', 'str', 'unsigned int'),
    fcntl: (descriptor, command, argument) => fcntl(descriptor, command, 'int', argument) as number,
    fcntlPointer: (descriptor, command, structure) => fcntl(descriptor, command, pointer, structure) as number,
    unshare: ifThere(() => define('unshare', 'int')),
    setns: ifThere(() => define('setns', 'int', 'int')),
    dup3: define('dup3', 'int', 'int', 'int'),
    prctl: (option, argument) => prctl(option, ...[argument, 0, 0, 0].flatMap((value) => ['unsigned long', value])) as number,
    getrlimit: define('getrlimit', 'int', pointer),
    setrlimit: define('setrlimit', 'int', pointer),
    sigaction: define('sigaction', 'int', pointer, pointer),
    signalMask: define('pthread_sigmask', 'int', pointer, pointer),
    poll,
    pollLater: (descriptors, count, timeout, answer) => {
      polled.add(descriptors);
      poll.async(descriptors, count, timeout, (error: Error | null, result: number) => {
        polled.delete(descriptors);
        answer(error === null ? result : -1);
      });
    },
    clockGettime: define('clock_gettime', 'int', pointer),
    sockets: () => sockets ??= {
      socket: define('socket', 'int', 'int', 'int'),
      bind: define('bind', 'int', pointer, 'unsigned int'),
      setsockopt: define('setsockopt', 'int', 'int', 'int', pointer, 'unsigned int'),
      getsockopt: define('getsockopt', 'int', 'int', 'int', pointer, pointer),
      recvmsg: define('recvmsg', 'int', pointer, 'int'),
      locate: (buffer) => koffi.address(buffer),
    },
    address: (symbol) => BigInt(library.symbol(symbol) as bigint),
    table: (strings) => table(strings, (buffer) => koffi.address(buffer)),
  };
}

/** Zeroed memory that never moves: a small Buffer made by Buffer.alloc may lie inside V8's heap, where it can. */
export const memory = (bytes: number): Buffer => Buffer.from(new ArrayBuffer(bytes));

/**
 * koffi without its JavaScript half: dlopen of the binary costs 1 to 3 ms, require('koffi') 12 to 18. It lies beside the
 * built program, or in node_modules during development.
 */
function loadKoffi(): typeof Koffi {
  const here = import.meta.filename;
  const looked: string[] = [];
  for (const platform of platforms()) {
    const built = join(dirname(here), `koffi.${platform}.node`);
    const path = existsSync(built) ? built : installed(here, platform);
    looked.push(path ?? built);
    if (path === undefined) continue;
    const module = { exports: {} };
    try {
      process.dlopen(module, path);
      return module.exports as typeof Koffi;
    } catch (error) {
      looked.push(String(error));
    }
  }
  throw new Error(`cannot load koffi for ${process.platform}-${process.arch}, looked at ${looked.join(', ')}; install it: npm ci`);
}

/** A glibc binary cannot live in a musl process, nor the other way round: the running program's loader tells which it is. */
function platforms(): string[] {
  const self = '/proc/self/exe';
  const beginning = ifThere(() => beginningOf(self));
  // Node may also be run by its loader, which is then the program itself.
  const paths = [ifThere(() => readlinkSync(self)), beginning?.kind === 'binary' ? beginning.loader : undefined];
  const names = [`linux_${process.arch}`, `musl_${process.arch}`];
  return paths.some((path) => path?.includes('musl')) ? names.reverse() : names;
}

/** Resolved from koffi's own place, because a package manager may keep koffi's packages out of our reach. */
function installed(here: string, platform: string): string | undefined {
  return ifThere(() => {
    const koffi = createRequire(here).resolve('koffi');
    return createRequire(koffi).resolve(`@koromix/koffi-linux-${process.arch}/${platform}/koffi.node`);
  });
}

function table(strings: readonly (string | Buffer)[], address: (buffer: Buffer) => bigint): StringTable {
  const bytes = strings.map((item) => (typeof item === 'string' ? Buffer.from(item) : item));
  if (bytes.some((item) => item.includes(0))) throw Object.assign(new Error('a NUL byte in an argument'), { code: 'EINVAL' });
  const block = memory(bytes.reduce((sum, item) => sum + item.length + 1, 1));
  const pointers = memory((bytes.length + 1) * 8);
  const start = address(block);
  let at = 0;
  bytes.forEach((item, index) => {
    item.copy(block, at);
    pointers.writeBigUInt64LE(start + BigInt(at), index * 8);
    at += item.length + 1;
  });
  return { block, pointers };
}

function ifThere<T>(find: () => T): T | undefined {
  try {
    return find();
  } catch {
    return undefined;
  }
}
