import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Files } from './answers.ts';
import type { Backend } from './backend.ts';
import { LIMITS, tendConnections, type Limits } from './connections.ts';
import { OPEN, type Gate } from './gate.ts';
import { fulfil, refuse } from './handler.ts';
import { listenAt, listenOn } from './listen.ts';
import { Refusal } from './problem.ts';

export type ControlOptions = Readonly<{
  backend: Backend;
  /** Of the socket: `/run/n6/control.sock` or DIR/.n6/control.sock (contract section 4). */
  path: string;
  failed(where: string, error: unknown): void;
  /** For each listener. */
  limits?: Limits;
  /** Of the socket; unless given, its mode alone says who may connect. */
  gate?: Gate;
  /** The group, by its number, that may connect beside the owner of the socket, which has the mode 0660 then. */
  group?: number | undefined;
  /** undefined: there are no static files. */
  files?: Files;
  /** The socket, from an earlier life of this process that listened at `path`. */
  known?: number | undefined;
}>;

export type ControlServer = Readonly<{
  /**
   * Serves the same at another listener, which `listen` begins and gives the end of. Rejects with what `listen` throws; one
   * that comes after `close` is closed at once. `name`: in `descriptors`.
   */
  add(gate: Gate, listen: (server: Server) => Promise<() => void>, name: string): Promise<void>;
  /**
   * Ends waits and streams, takes the listeners away and resolves when every connection has ended. `farewell` is the last
   * frame of each stream.
   */
  close(farewell?: string): Promise<void>;
  /** The same, but for the file of the socket: whoever has a copy of that goes on, and new clients wait for him. */
  handOver(farewell: string): Promise<void>;
  /** Of the listening sockets, to be copied before `handOver`: without those of which Node does not tell. `path`: the name of an added one. */
  descriptors(): { path: string; descriptor: number }[];
}>;

/**
 * Serves the control API (contract section 8) as HTTP/1.1 on a Unix socket. Rejects with the errno as
 * `code` when it cannot listen (see listen.ts); afterwards nothing is thrown, and what nobody expected goes to `failed`.
 */
export async function serveControl(
  { backend, path, failed, limits = LIMITS, gate = OPEN, group, files, known }: ControlOptions,
): Promise<ControlServer> {
  const listeners = new Set<Listener>();
  let closed: string | undefined;
  const servers = new Map<string, Server>();

  const add: ControlServer['add'] = async (guard, listen, name) => {
    const listener = createListener((request, response, end) => fulfil({ backend, files }, guard, limits, request, response, end), limits, failed);
    await listener.begin((server) => {
      servers.set(name, server);
      return listen(server);
    });
    listeners.add(listener);
    if (closed !== undefined) await listener.close(closed);
  };
  const close = async (farewell: string): Promise<void> => {
    closed = farewell;
    await Promise.all([...listeners].map((listener) => listener.close(farewell)));
  };
  let remove: (() => void) | undefined;
  await add(gate, async (server) => {
    remove = known === undefined ? await listenAt(server, path, group) : await listenOn(server, path, known);
    return () => remove?.();
  }, path);
  return {
    add,
    close: (farewell = '') => close(farewell),
    handOver(farewell) {
      remove = undefined;
      return close(farewell);
    },
    descriptors: () => [...servers].flatMap(([name, server]) => {
      // libuv's handle knows it, and nobody else.
      const descriptor = (server as unknown as { _handle?: { fd?: number } | null })._handle?.fd;
      return descriptor === undefined || descriptor < 0 ? [] : [{ path: name, descriptor }];
    }),
  };
}

type Listener = Readonly<{ begin(listen: (server: Server) => Promise<() => void>): Promise<void>; close(farewell: string): Promise<void> }>;

/** `answer` may throw the Refusal that is to be the answer. */
function createListener(
  answer: (request: IncomingMessage, response: ServerResponse, end: AbortSignal) => Promise<void>, limits: Limits,
  failed: ControlOptions['failed'],
): Listener {
  /** One for each open request; aborted when its client goes, or when the server closes. */
  const open = new Set<AbortController>();
  const server = createServer({
    // node:http would look for slow requests every 30 s for ever; `timeout` below costs nothing while nobody is connected.
    connectionsCheckingInterval: 2 ** 31 - 1,
    headersTimeout: 0,
    requestTimeout: 0,
    requireHostHeader: false,
    // A peer whose machine has gone says nothing: the kernel asks after a minute (tcp(7)); it costs nobody here a wake-up.
    keepAlive: true,
    keepAliveInitialDelay: 60_000,
  }, (request, response) => void respond(request, response));
  /** The requests of each connection: of several at once, those that have not had their turn do not hear that it has gone. */
  const ofConnection = new WeakMap<Socket, Set<() => void>>();
  server.on('connection', (socket: Socket) => {
    const requests = new Set<() => void>();
    ofConnection.set(socket, requests);
    socket.once('close', () => requests.forEach((over) => over()));
  });
  // Whatever else is expected is not promised by anybody, and nothing is lost by not doing it (RFC 9110, 10.1.1).
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => void respond(request, response));
  server.timeout = limits.silence;
  tendConnections(server, limits);
  let remove: () => void = () => undefined;
  let closing = false;

  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const end = new AbortController();
    open.add(end);
    const over = (): void => {
      if (!open.delete(end)) return;
      ofConnection.get(request.socket)?.delete(over);
      end.abort();
    };
    response.once('close', over);
    ofConnection.get(request.socket)?.add(over);
    // What was promised to be kept alive is not, once there is nobody to serve it.
    response.once('finish', () => void (closing && request.socket.end()));
    // Both tell of a client that has gone, which `close` tells as well; without a listener they would be thrown.
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    // Nobody here speaks anything else, but node:http reads nothing behind such a request.
    if (request.headers.upgrade !== undefined) response.setHeader('connection', 'close');
    try {
      if (open.size > limits.busy) throw new Refusal('too-busy', `${limits.busy} requests are open; end some of them, or try again`);
      await answer(request, response, end.signal);
    } catch (error) {
      if (response.destroyed || request.socket.destroyed) return;
      if (!(error instanceof Refusal)) failed('control API', error);
      refuse(response, error instanceof Refusal ? error : new Refusal('internal', 'a bug in n6; its log says more, please report it'));
    }
  };

  return {
    async begin(listen) {
      remove = await listen(server);
      server.on('error', (error) => failed('control API', error));
    },
    close: (farewell) => new Promise((resolve) => {
      closing = true;
      try {
        remove();
      } catch (error) {
        failed('control API', error);
      }
      const impatience = setTimeout(() => server.closeAllConnections(), FAREWELL);
      server.close(() => {
        clearTimeout(impatience);
        resolve();
      });
      for (const each of open) each.abort(farewell);
      server.closeIdleConnections();
    }),
  };
}

/** Milliseconds that a client has, at the end, to read what it was still told. */
const FAREWELL = 200;
