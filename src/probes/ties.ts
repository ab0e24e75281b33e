/**
 * What a service is tied to n6 by from its very start: the socket of sd_notify(3) and the pipes that take its output (logs/pipes.ts).
 * Made before the process is; what comes before somebody listens is kept, because the probes themselves are loaded later.
 */
import type { Definition } from '../core/definition.ts';
import type { SavedSocket, Saving } from '../core/persist/life.ts';
import type { Datagram, DatagramSocket } from '../kernel/datagrams.ts';
import type { LinuxKernel } from '../kernel/kernel.ts';
import type { LogPipes } from '../logs/pipes.ts';
import type { Output } from '../supervisor/pipes.ts';

export type Ties = Readonly<{
  /** What the environment of a `run` that is about to be started says beside all else; opens the socket of that life. */
  variables(definition: Definition): Readonly<Record<string, string>>;
  /** What `run` and `finish` get for 1 and 2. Throws an error with `code` EMFILE or ENFILE. */
  output(definition: Definition): Output;
  /** The socket of the life that was started last. */
  hearingOf(name: string): Hearing | undefined;
  forget(name: string): void;
  /** The socket of a life that is there already; nothing happens where it is known. */
  adopt(saved: SavedSocket): void;
  /** The sockets of lives that go on. */
  save(saving: Saving): SavedSocket[];
}>;

export type Hearing = Readonly<{
  /** Hears what has come already, and all that comes. */
  listen(listener: (datagram: Datagram) => void): void;
  close(): void;
}>;

export const wantsSocket = ({ policy: { ready, health, reload } }: Definition): boolean =>
  ready?.by === 'notify' || health?.watchdog !== undefined || reload?.verify === 'notify';

/** Whether the probes have anything to do for it. */
export const wantsProbes = (definition: Definition): boolean => {
  const { ready, health } = definition.policy;
  return (ready !== undefined && ready.by !== 'fd') || health !== undefined || wantsSocket(definition);
};

/** Datagrams that are kept until somebody listens. */
const KEPT = 64;

/** `saved`: sockets that an earlier life of this process has opened. */
export function createTies(kernel: Pick<LinuxKernel, 'openDatagrams'>, pipes: LogPipes, saved: readonly SavedSocket[] = []): Ties {
  const sockets = new Map<string, Hearing & { socket: DatagramSocket; isOpen: boolean }>();
  for (const each of saved) open(each.name, each);

  function open(name: string, known?: SavedSocket): DatagramSocket {
    sockets.get(name)?.close();
    const waiting: Datagram[] = [];
    let hear = (datagram: Datagram): void => {
      if (waiting.length < KEPT) waiting.push(datagram);
    };
    const socket = kernel.openDatagrams((datagram) => hear(datagram), known);
    const made: Hearing & { socket: DatagramSocket; isOpen: boolean } = {
      socket,
      isOpen: true,
      listen(listener) {
        hear = listener;
        for (const datagram of waiting.splice(0)) listener(datagram);
      },
      close() {
        made.isOpen = false;
        socket.close();
      },
    };
    sockets.set(name, made);
    return socket;
  }

  return {
    variables(definition) {
      pipes.beginLife(definition);
      const { watchdog } = definition.policy.health ?? {};
      if (!wantsSocket(definition)) return {};
      const { address } = open(definition.name);
      return { NOTIFY_SOCKET: address, ...(watchdog === undefined ? {} : { WATCHDOG_USEC: String(Math.round(watchdog * 1000)) }) };
    },
    output: (definition) => pipes.output(definition),
    adopt: (known) => void (sockets.has(known.name) || open(known.name, known)),
    hearingOf: (name) => sockets.get(name),
    save: ({ keep }) => [...sockets].filter(([, { isOpen }]) => isOpen)
      .map(([name, { socket }]) => ({ name, address: socket.address, descriptor: keep(socket.descriptor) })),
    forget(name) {
      sockets.get(name)?.close();
      sockets.delete(name);
    },
  };
}
