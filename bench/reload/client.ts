/** A client that never tries again: one request after the other, each counted by what became of it. */
import { connect, type Socket } from 'node:net';
import { LONGEST, SLOW, type Counter, type Outcome } from './outcomes.ts';

export type ClientOptions = Readonly<{
  host: string;
  port: number;
  /** A new connection for each request; else one for as many as the server allows. */
  fresh: boolean;
  counter: Counter;
  /** What the header x-backend of an answer said. */
  answered(backend: string): void;
}>;

/** Milliseconds before a client that has failed goes on: a balancer that is away is not asked a million times. */
const PAUSE = 10;

/** Gives the way to stop after the request that is under way: resolves when that has ended. */
export function startClient({ host, port, fresh, counter, answered }: ClientOptions): () => Promise<void> {
  const request = Buffer.from(`GET / HTTP/1.1\r\nHost: ${host}\r\n${fresh ? 'Connection: close\r\n' : ''}\r\n`);
  let stopping: (() => void) | undefined;
  const next = (): void => (stopping === undefined ? open() : stopping());

  function open(): void {
    let began = performance.now();
    let text = '';
    let over = false;
    const socket: Socket = connect({ host, port, noDelay: true });
    const timer = setInterval(() => {
      if (performance.now() - began > LONGEST) end('timed out');
    }, 1000);

    function end(outcome: Outcome | undefined): void {
      if (over) return;
      over = true;
      clearInterval(timer);
      socket.destroy();
      if (outcome !== undefined) counter.count(outcome, performance.now() - began);
      if (outcome === undefined || outcome === 'ok') next();
      else setTimeout(next, PAUSE);
    }

    socket.on('connect', () => {
      counter.connected();
      socket.write(request);
    });
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      const head = text.indexOf('\r\n\r\n');
      if (head < 0) return;
      const header = text.slice(0, head);
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(header)?.[1] ?? 0);
      if (text.length < head + 4 + length) return;
      const took = performance.now() - began;
      const status = header.slice(9, 12);
      const outcome: Outcome = status === '200' ? (took > SLOW ? 'slow' : 'ok') : status.startsWith('5') ? '5xx' : 'other status';
      const backend = /\r\nx-backend: *(\S+)/i.exec(header)?.[1];
      if (backend !== undefined) answered(backend);
      if (outcome !== 'ok') return end(outcome);
      if (fresh || /\r\nconnection: *close/i.test(header) || stopping !== undefined) return end('ok');
      counter.count('ok', took);
      text = '';
      began = performance.now();
      socket.write(request);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => end(error.code === 'ECONNREFUSED' ? 'refused' : text === '' ? 'reset' : 'truncated'));
    // A connection that is closed with a request under way: what the client does not know is whether it was carried out.
    socket.on('close', () => end(text === '' ? 'reset' : 'truncated'));
  }

  open();
  return () => new Promise((resolve) => (stopping = resolve));
}
