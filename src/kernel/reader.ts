import { createRequire } from 'node:module';
import type * as Net from 'node:net';

export type Reader = Readonly<{
  /** Closes the descriptor; the listener hears nothing any more. */
  stop(): void;
  /** Does not keep the process alive. */
  unref(): void;
}>;

/**
 * Reads a pipe or FIFO through the event loop, without a thread and without polling: `listener` gets every chunk, and
 * `undefined` once at the end, when the descriptor is closed. An error goes to `failed` first and is an end, too.
 * Throws ERR_INVALID_FD_TYPE for what can only be read by waiting, such as a plain file.
 */
export function readDescriptor(
  descriptor: number, listener: (chunk: Buffer | undefined) => void, failed: (error: unknown) => void = () => {},
): Reader {
  // node:net is only loaded when the first one is read; the services are started by then.
  const { Socket } = createRequire(import.meta.filename)('node:net') as typeof Net;
  const socket: Net.Socket = new Socket({ fd: descriptor, readable: true, writable: false });
  let over = false;
  const call = (chunk: Buffer | undefined): void => {
    if (over) return;
    over = chunk === undefined;
    try {
      listener(chunk);
    } catch (error) {
      failed(error);
    }
  };
  socket.on('data', call);
  socket.on('error', failed);
  // After 'end' as after 'error', and always once.
  socket.on('close', () => call(undefined));
  return {
    stop: () => {
      over = true;
      socket.destroy();
    },
    unref: () => socket.unref(),
  };
}
