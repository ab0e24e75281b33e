import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Backend } from './backend.ts';
import { readBody } from './body.ts';
import { LIMITS, tendConnections, type Limits } from './connections.ts';
import { streamEvents } from './event-stream.ts';
import { listenAt } from './listen.ts';
import { problemDocument, PROBLEMS, Refusal } from './problem.ts';
import { ENDPOINTS, matchPath, SCHEMA, type EndpointName } from './protocol.ts';
import { expectKnownQuery, readObject, sinceSequence } from './requests.ts';
import { ROUTES, type Call } from './routes.ts';

/** The path is `/run/n6/control.sock` or DIR/.n6/control.sock (contract section 4). */
export type ControlServer = { close(): Promise<void> };

/**
 * Serves the control API (contract section 8) as HTTP/1.1 on a Unix socket, mode 0600. Rejects with the errno as
 * `code` when it cannot listen (see listen.ts); afterwards nothing is thrown, and what nobody expected goes to `failed`.
 * `close` ends waits and streams, removes the socket file and resolves when every connection has ended.
 */
export async function serveControl(
  backend: Backend, path: string, failed: (where: string, error: unknown) => void, limits: Limits = LIMITS,
): Promise<ControlServer> {
  /** One for each open request; aborted when its client goes, or when the server closes. */
  const open = new Set<AbortController>();
  const server = createServer({
    // node:http would look for slow requests every 30 s for ever; `timeout` below costs nothing while nobody is connected.
    connectionsCheckingInterval: 2 ** 31 - 1,
    headersTimeout: 0,
    requestTimeout: 0,
    requireHostHeader: false,
  }, (request, response) => void respond(request, response));
  server.timeout = limits.silence;
  tendConnections(server, limits);

  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const end = new AbortController();
    open.add(end);
    response.once('close', () => {
      open.delete(end);
      end.abort();
    });
    // Both tell of a client that has gone, which `close` tells as well; without a listener they would be thrown.
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    try {
      if (open.size > limits.busy) throw new Refusal('too-busy', `${limits.busy} requests are open; end some of them, or try again`);
      await fulfil(backend, request, response, end.signal);
    } catch (error) {
      if (response.destroyed) return;
      if (!(error instanceof Refusal)) failed('control API', error);
      refuse(response, error instanceof Refusal ? error : new Refusal('internal', 'a bug in n6; its log says more, please report it'));
    }
  };

  const remove = await listenAt(server, path);
  server.on('error', (error) => failed('control API', error));
  return {
    close: () => new Promise((resolve) => {
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
      for (const each of open) each.abort();
      server.closeIdleConnections();
    }),
  };
}

/** Milliseconds that a client has, at the end, to read what it was still told. */
const FAREWELL = 200;

/** Answers a request, or throws the Refusal that is to be the answer. */
async function fulfil(backend: Backend, request: IncomingMessage, response: ServerResponse, end: AbortSignal): Promise<void> {
  const url = parseUrl(request.url ?? '/');
  const { endpoint, parameters } = find(url.pathname);
  expectMethod(endpoint, request, response);
  expectKnownQuery(endpoint, url.searchParams);
  const body = ENDPOINTS[endpoint].method === 'POST' ? readObject(endpoint, await readBody(request)) : {};
  // The request is whole: from here on silence is ours, and may last.
  request.socket.setTimeout(0);
  if (endpoint === 'events') {
    stream(backend, sinceSequence(url.searchParams, request.headers['last-event-id'] as string | undefined), response, end);
    return;
  }
  const call: Call = { parameters, query: url.searchParams, body, gone: end };
  const answer = await ROUTES[endpoint](backend, call);
  if (response.destroyed) return;
  if (end.aborted) throw new Refusal('closing', 'the supervisor is ending; what was waited for did not happen before');
  send(response, 200, 'application/json', { schema: SCHEMA, ...answer });
}

function stream(backend: Backend, since: number | undefined, response: ServerResponse, end: AbortSignal): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.flushHeaders();
  const stop = response.req.method === 'HEAD' ? undefined : streamEvents(backend, since, response);
  const finish = (): void => {
    stop?.();
    response.end();
  };
  if (stop === undefined || end.aborted) finish();
  else end.addEventListener('abort', finish);
}

function parseUrl(url: string): URL {
  try {
    return new URL(url, 'http://n6');
  } catch (error) {
    throw new Refusal('bad-request', 'the request target is no URL; a path such as /v1/services was expected');
  }
}

function find(path: string): NonNullable<ReturnType<typeof matchPath>> {
  let match;
  try {
    match = matchPath(path);
  } catch (error) {
    throw new Refusal('bad-request', 'the path has a % that no hexadecimal digits follow; write %25 for a percent sign');
  }
  if (match === undefined) throw new Refusal('no-such-resource', `nothing is at ${path.slice(0, 200)}; begin at ${ENDPOINTS.services.path}`);
  return match;
}

/** HEAD is a GET whose body node:http leaves out. */
function expectMethod(endpoint: EndpointName, { method = '' }: IncomingMessage, response: ServerResponse): void {
  const { method: expected, path } = ENDPOINTS[endpoint];
  if (method === expected || (method === 'HEAD' && expected === 'GET')) return;
  response.setHeader('allow', expected === 'GET' ? 'GET, HEAD' : expected);
  throw new Refusal('method-not-allowed', `${path} is for ${expected}, not for ${method}`);
}

function refuse(response: ServerResponse, { code, message, members }: Refusal): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  // The rest of a body that nobody wants must not be taken for the next request.
  if (!response.req.complete) response.setHeader('connection', 'close');
  send(response, PROBLEMS[code].status, 'application/problem+json', problemDocument(code, message, members));
}

function send(response: ServerResponse, status: number, type: string, document: object): void {
  const text = `${JSON.stringify(document)}\n`;
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
