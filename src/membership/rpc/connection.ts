/** One connection to the RPC of a Serf agent: requests, and what keeps coming for them. It ends with the first thing that is wrong. */
import { createConnection } from 'node:net';
import type { Address } from '../../core/address.ts';
import { createFramer } from './frames.ts';
import { decodeMessage, encodeMessage, isMessage, textOf, type Message } from './wire.ts';

/** Milliseconds. */
const CONNECT_TIMEOUT = 3000;
const REQUEST_TIMEOUT = 10_000;

export type Connection = Readonly<{
  /** Its answer; undefined: one without a body. Rejects when the agent refuses, does not answer in time (which ends the connection), or has gone. */
  request(command: string, body?: Message, timeout?: number): Promise<Message | undefined>;
  /** As a request; what comes for it later is handed over until `hear` says that it was the last. */
  open(command: string, body: Message, hear: (message: Message) => boolean): Promise<void>;
  close(): void;
}>;

type Pending = {
  number: number;
  resolve(body: Message | undefined): void;
  reject(error: Error): void;
  timer: NodeJS.Timeout;
  hasBody: boolean;
  /** Answered: what comes is for `hear`. */
  hear: ((message: Message) => boolean) | undefined;
  answered: boolean;
};

/** Commands whose answers have a body (spec/peers section 7). */
const WITH_BODY: readonly string[] = ['members', 'join', 'stats'];

/** `ended`: called once when it has, with the reason. `patience`: milliseconds for each answer. Resolves when it is connected; rejects where it cannot be. */
export function connect({ host, port }: Address, ended: (reason: Error) => void, patience = REQUEST_TIMEOUT): Promise<Connection> {
  const socket = createConnection({ host, port, noDelay: true });
  const framer = createFramer();
  const pending = new Map<number, Pending>();
  let seq = 0;
  /** Whose body the next message is, unless it is a header: who refuses gives one or none. */
  let awaiting: Pending | undefined;
  let over: Error | undefined;
  /** While it is not connected. */
  let refused: ((reason: Error) => void) | undefined;

  function end(reason: Error): void {
    if (over !== undefined) return;
    over = reason;
    socket.destroy();
    for (const { reject, timer, answered } of pending.values()) {
      clearTimeout(timer);
      if (!answered) reject(reason);
    }
    pending.clear();
    clearTimeout(timer);
    if (refused !== undefined) refused(reason);
    else ended(reason);
  }

  function take(message: unknown): void {
    if (!isMessage(message)) throw new TypeError('an answer that is no map');
    if (typeof message['Seq'] === 'number' && Object.hasOwn(message, 'Error')) return header(message['Seq'], textOf(message['Error']));
    if (awaiting === undefined) throw new TypeError('an answer to nothing');
    const known = awaiting;
    awaiting = undefined;
    if (!known.answered) settle(known, () => known.resolve(message));
    else if (known.hear?.(message) === true) pending.delete(known.number);
  }

  function header(number: number, refusal: string): void {
    const known = pending.get(number);
    if (known === undefined) throw new TypeError(`an answer to ${number}, which was not asked`);
    awaiting = known.hasBody || known.answered ? known : undefined;
    if (known.answered) return;
    if (refusal !== '') {
      settle(known, () => known.reject(new Error(refusal.slice(0, 200))));
      pending.delete(number);
    } else if (!known.hasBody) {
      settle(known, () => known.resolve(undefined));
    }
  }

  function settle(known: Pending, act: () => void): void {
    clearTimeout(known.timer);
    known.answered = true;
    if (known.hear === undefined) pending.delete(known.number);
    act();
  }

  function send(command: string, body: Message | undefined, timeout: number, hear?: (message: Message) => boolean): Promise<Message | undefined> {
    return new Promise((resolve, reject) => {
      if (over !== undefined) return reject(over);
      const number = ++seq;
      const timer = setTimeout(() => end(new Error(`no answer to ${command} in ${timeout} ms`)), timeout);
      pending.set(number, { number, resolve, reject, timer, hasBody: WITH_BODY.includes(command), hear, answered: false });
      socket.write(encodeMessage({ Command: command, Seq: number }));
      if (body !== undefined) socket.write(encodeMessage(body));
    });
  }

  socket.on('data', (chunk) => {
    try {
      for (const frame of framer.push(chunk)) if (over === undefined) take(decodeMessage(frame));
    } catch (error) {
      end(new Error(`what it says is no RPC of Serf: ${(error as Error).message}`));
    }
  });
  socket.on('end', () => end(new Error('it has closed the connection')));
  socket.on('close', () => end(new Error('the connection was closed')));

  const timer = setTimeout(() => end(new Error(`no connection in ${CONNECT_TIMEOUT} ms`)), CONNECT_TIMEOUT);
  socket.on('error', (error) => end(error));
  return new Promise((resolve, reject) => {
    refused = reject;
    socket.once('connect', () => {
      clearTimeout(timer);
      refused = undefined;
      resolve({
        request: (command, body, timeout = patience) => send(command, body, timeout),
        open: async (command, body, hear) => void await send(command, body, patience, hear),
        close: () => end(new Error('closed')),
      });
    });
  });
}
