/** Keeps the connections of the control server few, and answers those that never become a request. */
import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { problemDocument, PROBLEMS, type ProblemCode } from './problem.ts';

export type Limits = Readonly<{
  /** Connections without a request that are kept; beyond it the one that has been idle longest is closed. */
  idle: number;
  /** Requests that may be open at once: waits and event streams stay open for long. */
  busy: number;
  /** Milliseconds of silence after which a request that is only half there is given up. */
  silence: number;
}>;

/** Descriptors are what is short: 200 + 500 stay below the usual hard limit of 1,024, which services need too. */
export const LIMITS: Limits = { idle: 200, busy: 500, silence: 30_000 };

/**
 * Gives every event of a connection that is not a request an owner. A client that opens thousands of connections loses
 * its own oldest ones; nobody else is kept out.
 */
export function tendConnections(server: Server, limits: Limits): void {
  const idle = new Set<Socket>();
  /** The newest request of each connection that has one. */
  const serving = new Map<Socket, ServerResponse>();
  /** Those that were answered once: closing them in silence is what keep-alive means. */
  const answered = new WeakSet<Socket>();

  server.on('connection', (socket: Socket) => {
    idle.add(socket);
    socket.once('close', () => {
      idle.delete(socket);
      serving.delete(socket);
    });
    if (idle.size > limits.idle) idle.values().next().value?.destroy();
  });
  server.on('request', ({ socket }, response) => {
    idle.delete(socket);
    serving.set(socket, response);
    response.once('close', () => {
      if (serving.get(socket) !== response) return;
      serving.delete(socket);
      answered.add(socket);
      if (!socket.destroyed) idle.add(socket);
    });
  });
  /** Those whose client has said something that is no request, behind one that is being answered. */
  const spoilt = new WeakSet<Socket>();
  /** An answer that is under way cannot be taken back, and one that is owed comes first: it is that client's, and in its place. */
  const refuse = (socket: Socket, code: ProblemCode, detail: string): void => {
    const current = serving.get(socket);
    if (current === undefined || (!current.req.complete && !current.headersSent)) return sayNo(socket, code, detail);
    if (current.headersSent && !current.writableEnded) return void socket.destroy();
    if (spoilt.has(socket)) return;
    spoilt.add(socket);
    current.once('finish', () => sayNo(socket, code, detail));
  };
  server.on('timeout', (socket: Socket) => {
    const current = serving.get(socket);
    if (current === undefined ? answered.has(socket) : current.headersSent) socket.destroy();
    // A whole request that waits, behind one whose answer is not taken: that one's time is its own.
    else if (current?.req.complete !== true) refuse(socket, 'request-timeout', `no whole request came within ${limits.silence} ms`);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // A peer that has gone cannot be told anything.
    if (error.code === 'ECONNRESET' || error.code === 'EPIPE') return void socket.destroy();
    if (error.code === 'HPE_HEADER_OVERFLOW') refuse(socket as Socket, 'headers-too-large', 'path and headers may have 16 KiB; send less');
    else refuse(socket as Socket, 'bad-request', `this is not HTTP/1.1: ${error.message}`);
  });
  // CONNECT asks for a tunnel; without a listener node:http would close the connection without a word.
  server.on('connect', (_request, socket) => refuse(socket as Socket, 'method-not-allowed', 'CONNECT is for proxies, and this is none'));
}

/** Answers on the bare socket: there is no response object where there is no request. A client that is gone is let go. */
function sayNo(socket: Socket, code: ProblemCode, detail: string): void {
  if (!socket.writable || socket.destroyed) {
    socket.destroy();
    return;
  }
  const { status, title } = PROBLEMS[code];
  const body = `${JSON.stringify(problemDocument(code, detail))}\n`;
  socket.once('error', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${title}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`
    + `Connection: close\r\n\r\n${body}`, () => socket.destroy());
}
