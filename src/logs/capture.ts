/** Reads what one service writes to one of its streams, and gives it on in lines. */
import { readSync } from 'node:fs';
import { Socket, type ConnectOpts, type SocketConstructorOpts } from 'node:net';
import { createSplitter, type Held, type Piece } from './lines.ts';

export type CaptureOptions = Readonly<{
  /** The reading end of a pipe; closed at its end. */
  descriptor: number;
  /** Over all captures. */
  held: Held;
  /** The beginning of a line that an earlier life of n6 had read. */
  before: Buffer | undefined;
  give(piece: Piece): void;
  failed(error: unknown): void;
}>;

export type Capture = Readonly<{
  /** Reads nothing for the moment: who writes waits when its pipe is full. */
  pause(paused: boolean): void;
  /** Takes all that has been written until now, also the beginning of a line. */
  drain(): void;
  /** A copy of the beginning of a line that has been read. */
  partial(): Buffer;
}>;

const CHUNK = 64 * 1024;
/** A pipe holds 64 KiB, or up to 1 MiB where its writer has asked for that (fcntl(2), F_SETPIPE_SZ): somebody may write on meanwhile. */
const MOST_CHUNKS = 16;

/** One for all: what is in it has been dealt with when the next one reads. */
const shared = Buffer.allocUnsafeSlow(CHUNK);

export function createCapture({ descriptor, held, before, give, failed }: CaptureOptions): Capture {
  const lines = createSplitter(held, before);
  let over = false;

  function guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      failed(error);
    }
  }

  const options: SocketConstructorOpts & Pick<ConnectOpts, 'onread'> = {
    fd: descriptor, readable: true, writable: false,
    // Into one buffer that is there already, past the stream: a new one for each chunk is most of what reading costs.
    onread: {
      buffer: shared,
      callback(length) {
        guarded(() => lines.push(shared.subarray(0, length), give));
        return true;
      },
    },
  };
  const socket = new Socket(options);
  socket.on('error', failed);
  socket.on('close', () => {
    over = true;
    guarded(() => lines.rest(give));
  });
  // Without it nobody would come to the end.
  socket.resume();

  return {
    pause: (paused) => {
      if (!over) void (paused ? socket.pause() : socket.resume());
    },
    drain: () => guarded(() => {
      if (over) return;
      for (let count = 0; count < MOST_CHUNKS; count++) {
        const length = readNow(descriptor);
        if (length === 0) break;
        lines.push(shared.subarray(0, length), give);
      }
      lines.rest(give);
    }),
    partial: () => lines.held(),
  };
}

/** The socket has made this end non-blocking; the writers have one of their own. */
function readNow(descriptor: number): number {
  try {
    return readSync(descriptor, shared, 0, CHUNK, null);
  } catch {
    // EAGAIN: nothing is there now.
    return 0;
  }
}
