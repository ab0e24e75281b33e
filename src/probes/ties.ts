/**
 * What a service is tied to n6 by from its very start: the socket of sd_notify(3) and the pipes that take its output. Made
 * before the process is; what comes before somebody listens is kept, because the probes themselves are loaded later.
 */
import type { Definition } from '../core/definition.ts';
import type { Datagram, DatagramSocket } from '../kernel/datagrams.ts';
import type { LinuxKernel } from '../kernel/kernel.ts';
import { plainOutput, type Output } from '../supervisor/pipes.ts';

export type Ties = Readonly<{
  /** What the environment of a `run` that is about to be started says beside all else; opens the socket of that life. */
  variables(definition: Definition): Readonly<Record<string, string>>;
  /** What `run` and `finish` get for 1 and 2. Throws an error with `code` EMFILE or ENFILE. */
  output(definition: Definition): Output;
  /** The socket of the life that was started last. */
  hearingOf(name: string): Hearing | undefined;
  captured(name: string): Captured | undefined;
  /** Before the process gets its descriptors: all that is in the pipes is of those before it. */
  whenStarting(listener: (definition: Definition, program: 'run' | 'any') => void): void;
  forget(name: string): void;
}>;

export type Pipe = Readonly<{ read: number; write: number }>;
export type Captured = Readonly<{ stdout: Pipe | undefined; stderr: Pipe }>;

export type Hearing = Readonly<{
  /** Hears what has come already, and all that comes. */
  listen(listener: (datagram: Datagram) => void): void;
  close(): void;
}>;

export const wantsSocket = ({ policy: { ready, health, reload } }: Definition): boolean =>
  ready?.by === 'notify' || health?.watchdog !== undefined || reload?.verify === 'notify';

export const wantsCapture = ({ policy: { ready, logs } }: Definition): boolean => ready?.by === 'log' || logs.prefix !== undefined;

/** Whether the probes have anything to do for it. */
export const wantsProbes = (definition: Definition): boolean => {
  const { ready, health } = definition.policy;
  return (ready !== undefined && ready.by !== 'fd') || health !== undefined || wantsSocket(definition) || wantsCapture(definition);
};

/** Datagrams that are kept until somebody listens. */
const KEPT = 64;

export function createTies(kernel: Pick<LinuxKernel, 'openDatagrams' | 'pipe' | 'close'>): Ties {
  const sockets = new Map<string, Hearing>();
  const pipes = new Map<string, Captured>();
  let starting: ((definition: Definition, program: 'run' | 'any') => void) | undefined;

  function open(name: string): DatagramSocket {
    sockets.get(name)?.close();
    const waiting: Datagram[] = [];
    let hear = (datagram: Datagram): void => {
      if (waiting.length < KEPT) waiting.push(datagram);
    };
    const socket = kernel.openDatagrams((datagram) => hear(datagram));
    sockets.set(name, {
      listen(listener) {
        hear = listener;
        for (const datagram of waiting.splice(0)) listener(datagram);
      },
      close: () => socket.close(),
    });
    return socket;
  }

  /** Kept over restarts: what outlives a `run` and still writes is neither lost nor ended by it. */
  function capture({ name, stdoutPipe }: Definition): Captured {
    const known = pipes.get(name);
    if (known !== undefined && (known.stdout === undefined) === (stdoutPipe !== undefined)) return known;
    if (known !== undefined) hangUp(known);
    const stdout = stdoutPipe === undefined ? kernel.pipe() : undefined;
    try {
      const made = { stdout, stderr: kernel.pipe() };
      pipes.set(name, made);
      return made;
    } catch (error) {
      if (stdout !== undefined) for (const end of [stdout.read, stdout.write]) kernel.close(end);
      throw error;
    }
  }

  /** Whoever reads comes to an end when the last writer has gone. */
  function hangUp({ stdout, stderr }: Captured): void {
    for (const pipe of [stdout, stderr]) if (pipe !== undefined) kernel.close(pipe.write);
  }

  return {
    variables(definition) {
      starting?.(definition, 'run');
      const { watchdog } = definition.policy.health ?? {};
      if (!wantsSocket(definition)) return {};
      const { address } = open(definition.name);
      return { NOTIFY_SOCKET: address, ...(watchdog === undefined ? {} : { WATCHDOG_USEC: String(Math.round(watchdog * 1000)) }) };
    },
    output(definition) {
      if (!wantsCapture(definition)) return plainOutput(definition);
      const { stdout, stderr } = capture(definition);
      starting?.(definition, 'any');
      return { stdout: stdout?.write ?? 'inherit', stderr: stderr.write };
    },
    hearingOf: (name) => sockets.get(name),
    captured: (name) => pipes.get(name),
    whenStarting(listener) {
      starting = listener;
    },
    forget(name) {
      sockets.get(name)?.close();
      sockets.delete(name);
      const captured = pipes.get(name);
      pipes.delete(name);
      if (captured !== undefined) hangUp(captured);
    },
  };
}
