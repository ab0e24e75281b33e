import { closeSync, readFileSync } from 'node:fs';
import { systemError } from './errno.ts';
import { memory, type Libc, type SocketCalls } from './libc.ts';

/** One datagram, and who has sent it: the uid and pid that the system vouches for (unix(7), SCM_CREDENTIALS). */
export type Datagram = Readonly<{ uid: number; pid: number; bytes: Buffer }>;

export type DatagramSocket = Readonly<{
  /** As NOTIFY_SOCKET names it: `@` and the name in the abstract namespace. */
  address: string;
  /** For a successor of this process, which opens the same again by it. */
  descriptor: number;
  /** Nobody hears of what is still in it. May be called again. */
  close(): void;
}>;

export type Datagrams = Readonly<{
  /**
   * A socket of datagrams with a name that nobody can guess, in the abstract namespace (unix(7)). Descriptors that come with
   * a datagram are closed when the listener has returned. `known`: one of an earlier life of this process, with what has come since. Throws an
   * error with `code`: EMFILE, ENFILE.
   */
  open(listener: (datagram: Datagram) => void, known?: Readonly<{ address: string; descriptor: number }>): DatagramSocket;
  /** No signal comes any more, for a program that would not hear it. Gives the way back. */
  silence(): () => void;
}>;

/**
 * Node has no datagrams of AF_UNIX and cannot poll such a descriptor, and a thread that waits for ever is one that starts
 * nothing. So the system is asked for a signal when something has come (fcntl(2), O_ASYNC and F_SETOWN): SIGIO, which Node
 * can hear. Signals of one kind merge, so each of them means: look at all sockets, one poll(2), and empty those that have
 * something. What comes after a socket was found empty makes a signal of its own, so nothing is left lying.
 */
export function createDatagrams(libc: Libc, failed: (where: string, error: unknown) => void): Datagrams {
  const sockets = new Map<number, (datagram: Datagram) => void>();
  let listening = false;
  let calls: SocketCalls | undefined;
  let receiver: Receiver | undefined;
  /** For poll(2); made anew when a socket has come or gone. */
  let entries: Buffer | undefined;
  let looksAgain = false;

  function look(): void {
    looksAgain = false;
    const descriptors = [...sockets.keys()];
    if (descriptors.length === 0) return;
    entries ??= pollEntries(descriptors);
    if (libc.poll(entries, descriptors.length, 0) <= 0) return;
    const full = descriptors.filter((_, index) => entries!.readInt16LE(index * POLLFD_SIZE + REVENTS_AT) !== 0);
    for (const descriptor of full) empty(descriptor);
  }

  /** So many at a time that a sender who never stops does not keep everybody else waiting. */
  function empty(descriptor: number): void {
    for (let count = 0; count < AT_A_TIME; count++) {
      const listener = sockets.get(descriptor);
      if (listener === undefined) return;
      const came = receiver!.receive(descriptor);
      if (came === 'nothing') return;
      try {
        if (came.datagram !== undefined) listener(came.datagram);
      } catch (error) {
        failed('a datagram', error);
      }
      // Only now: for who waits until his descriptor is closed, all that he has sent before has been dealt with (BARRIER=1).
      for (const passed of came.descriptors) closeSync(passed);
    }
    lookAgain();
  }

  function lookAgain(): void {
    if (looksAgain) return;
    looksAgain = true;
    setImmediate(look);
  }

  /** Before the first socket can make the signal, whose default action ends n6; for the same reason nobody ever stops listening. */
  function listen(): void {
    if (listening) return;
    listening = true;
    process.on('SIGIO', look);
  }

  return {
    open(listener, known) {
      calls ??= libc.sockets();
      receiver ??= createReceiver(libc, calls);
      listen();
      const name = known?.address.slice(1) ?? `n6/${readFileSync('/proc/sys/kernel/random/uuid', 'latin1').trimEnd()}`;
      const descriptor = known?.descriptor ?? bound(libc, calls, name);
      sockets.set(descriptor, listener);
      entries = undefined;
      if (known !== undefined) {
        libc.fcntl(descriptor, F_SETFL, O_NONBLOCK | O_ASYNC);
        lookAgain();
      }
      return {
        address: `@${name}`,
        descriptor,
        close() {
          if (sockets.get(descriptor) !== listener) return;
          sockets.delete(descriptor);
          entries = undefined;
          closeSync(descriptor);
        },
      };
    },
    silence() {
      for (const descriptor of sockets.keys()) libc.fcntl(descriptor, F_SETFL, O_NONBLOCK);
      return () => {
        for (const descriptor of sockets.keys()) libc.fcntl(descriptor, F_SETFL, O_NONBLOCK | O_ASYNC);
        lookAgain();
      };
    },
  };
}

const AT_A_TIME = 64;

function bound(libc: Libc, calls: SocketCalls, name: string): number {
  const descriptor = calls.socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) throw systemError('socket', libc.errno(), 'AF_UNIX');
  const check = (call: string, result: number): void => {
    if (result === 0) return;
    const code = libc.errno();
    closeSync(descriptor);
    throw systemError(call, code, `@${name}`);
  };
  const one = memory(4);
  one.writeInt32LE(1, 0);
  check('setsockopt', calls.setsockopt(descriptor, SOL_SOCKET, SO_PASSCRED, one, 4));
  check('fcntl', libc.fcntl(descriptor, F_SETOWN, process.pid));
  check('fcntl', libc.fcntl(descriptor, F_SETFL, O_NONBLOCK | O_ASYNC));
  // struct sockaddr_un: family, a NUL byte that makes the name abstract, the name without an end.
  const address = memory(3 + name.length);
  address.writeUInt16LE(AF_UNIX, 0);
  address.write(name, 3, 'latin1');
  check('bind', calls.bind(descriptor, address, address.length));
  return descriptor;
}

/** `datagram` undefined: one that cannot be used, because it is too long or nobody vouches for its sender. */
type Came = Readonly<{ datagram: Datagram | undefined; descriptors: readonly number[] }>;
type Receiver = Readonly<{ receive(descriptor: number): Came | 'nothing' }>;

/**
 * The structures of recvmsg(2), made once: nothing of them is kept by anybody. All lie in one piece of memory, because they
 * point to each other, which the garbage collector does not see.
 */
function createReceiver(libc: Libc, calls: SocketCalls): Receiver {
  const block = memory(CONTENT_AT + LONGEST);
  const [control, content] = [block.subarray(CONTROL_AT, CONTENT_AT), block.subarray(CONTENT_AT)];
  const start = calls.locate(block);
  // struct msghdr: name and its length, vector and its length, control and its length, flags; behind it a struct iovec.
  block.writeBigUInt64LE(start + BigInt(VECTOR_AT), 16);
  block.writeBigUInt64LE(1n, 24);
  block.writeBigUInt64LE(start + BigInt(CONTROL_AT), 32);
  block.writeBigUInt64LE(start + BigInt(CONTENT_AT), VECTOR_AT);
  block.writeBigUInt64LE(BigInt(LONGEST), VECTOR_AT + 8);
  return {
    receive(descriptor) {
      for (;;) {
        block.writeBigUInt64LE(BigInt(CONTROL_SIZE), CONTROL_LENGTH_AT);
        const length = calls.recvmsg(descriptor, block, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (length < 0 && libc.errno() === 'EINTR') continue;
        if (length < 0) return 'nothing';
        const { sender, descriptors } = readControl(control.subarray(0, Number(block.readBigUInt64LE(CONTROL_LENGTH_AT))));
        const isWhole = (block.readInt32LE(FLAGS_AT) & MSG_TRUNC) === 0;
        const datagram = sender === undefined || !isWhole ? undefined : { ...sender, bytes: Buffer.from(content.subarray(0, length)) };
        return { datagram, descriptors };
      }
    },
  };
}

/** struct cmsghdr: length with this header, level, type; the next one begins at a multiple of eight (cmsg(3)). */
function readControl(control: Buffer): { sender: { pid: number; uid: number } | undefined; descriptors: number[] } {
  const descriptors: number[] = [];
  let sender: { pid: number; uid: number } | undefined;
  for (let at = 0; at + CMSG_HEADER <= control.length;) {
    const length = Number(control.readBigUInt64LE(at));
    if (length < CMSG_HEADER || at + length > control.length) break;
    const data = control.subarray(at + CMSG_HEADER, at + length);
    const type = control.readInt32LE(at + 8) === SOL_SOCKET ? control.readInt32LE(at + 12) : undefined;
    if (type === SCM_RIGHTS) for (let i = 0; i + 4 <= data.length; i += 4) descriptors.push(data.readInt32LE(i));
    if (type === SCM_CREDENTIALS) sender = { pid: data.readInt32LE(0), uid: data.readUInt32LE(4) };
    at += Math.ceil(length / 8) * 8;
  }
  return { sender, descriptors };
}

function pollEntries(descriptors: readonly number[]): Buffer {
  const entries = memory(descriptors.length * POLLFD_SIZE);
  descriptors.forEach((descriptor, index) => {
    entries.writeInt32LE(descriptor, index * POLLFD_SIZE);
    entries.writeInt16LE(POLLIN, index * POLLFD_SIZE + 4);
  });
  return entries;
}

/** What systemd takes at most, too. */
const LONGEST = 4096;
/** SCM_MAX_FD (253) descriptors and one set of credentials, each with its header. */
const CONTROL_SIZE = 2048;
const CMSG_HEADER = 16;
const CONTROL_LENGTH_AT = 40;
const FLAGS_AT = 48;
const VECTOR_AT = 56;
const CONTROL_AT = 72;
const CONTENT_AT = CONTROL_AT + CONTROL_SIZE;

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_PASSCRED = 16;
const SCM_RIGHTS = 1;
const SCM_CREDENTIALS = 2;
const MSG_TRUNC = 0x20;
const MSG_DONTWAIT = 0x40;
const MSG_CMSG_CLOEXEC = 0x40000000;
const F_SETFL = 4;
const F_SETOWN = 8;
const O_NONBLOCK = 0o4000;
const O_ASYNC = 0o20000;
const POLLIN = 1;
const POLLFD_SIZE = 8;
const REVENTS_AT = 6;
