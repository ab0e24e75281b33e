/** One question to a socket of HAProxy, and its whole answer. */
import { connect } from 'node:net';
import { errnoText } from '../core/messages.ts';

/** What is wrong, in one sentence that names the socket. */
export class HaproxyError extends Error {
  override name = 'HaproxyError';
  /** The socket is there, and nobody listens, or who listened has gone without an answer: HAProxy has ended, or is just beginning anew. */
  readonly gone: 'refused' | 'reset' | undefined;

  constructor(sentence: string, gone?: 'refused' | 'reset') {
    super(sentence);
    this.gone = gone;
  }
}

export type AskOptions = Readonly<{
  /** Milliseconds for the whole answer. */
  within: number;
  /** Breaks it off: it rejects. */
  abort?: AbortSignal | undefined;
  /** Bytes; a longer answer is refused. */
  most?: number;
}>;

/** A row of `show stat` has some 400 bytes: these are enough for 20,000 servers. */
const MOST = 8 * 2 ** 20;

/**
 * HAProxy answers one line and closes the connection. Never waits longer than `within`; rejects with a HaproxyError.
 * `socket`: a path, of the master's socket or of a `stats socket`.
 */
export function ask(socket: string, command: string, { within, abort, most = MOST }: AskOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let size = 0;
    const connection = connect(socket, () => connection.end(`${command}\n`));
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      abort?.removeEventListener('abort', given);
      connection.destroy();
      settle();
    };
    const fail = (reason: string, gone?: 'refused' | 'reset'): void => end(() => reject(new HaproxyError(reason, gone)));
    const given = (): void => fail(`${socket} is not waited for any more`);
    const timer = setTimeout(() => fail(`${socket} has not answered "${command}" in ${within} ms`), within);
    abort?.addEventListener('abort', given);
    if (abort?.aborted === true) given();
    connection.on('data', (piece) => {
      pieces.push(piece);
      size += piece.length;
      if (size > most) fail(`${socket} answers "${command}" with more than ${most} bytes`);
    });
    // A master that begins anew, as it does for a reload, resets what it has not read.
    connection.on('error', (error: NodeJS.ErrnoException) => (size > 0 ? connection.destroy()
      : fail(unreachable(socket, error.code ?? String(error)), GONE[error.code ?? ''])));
    connection.on('close', () => end(() => resolve(Buffer.concat(pieces).toString())));
  });
}

const GONE: Readonly<Record<string, 'refused' | 'reset'>> = { ECONNREFUSED: 'refused', ECONNRESET: 'reset', EPIPE: 'reset' };

const unreachable = (socket: string, code: string): string =>
  `cannot talk to HAProxy at ${socket}: ${errnoText(code)}${code === 'ENOENT' || code === 'ECONNREFUSED' ? '; is it started with -W -S and this path?' : ''}`;
