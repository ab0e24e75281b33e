/** One request: what it asks for, who asks, the answer. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { streamRoute, textRoute, type Files, type Stream } from './answers.ts';
import type { Backend } from './backend.ts';
import { readBody } from './body.ts';
import { expectAccess, type Gate } from './gate.ts';
import { problemDocument, PROBLEMS, Refusal } from './problem.ts';
import { ENDPOINTS, matchPath, RECONNECT_FRAME, SCHEMA, type EndpointName } from './protocol.ts';
import { expectKnownQuery, readObject } from './requests.ts';
import { jsonRoute, type Call, type Given } from './routes.ts';

export type Resources = Readonly<{ backend: Backend; files: Files | undefined }>;

/** Milliseconds of silence after which a client that does not take its answer is let go. */
export type Patience = Readonly<{ silence: number }>;

/** Answers a request, or throws the Refusal that is to be the answer. `end` is aborted when the client goes, or everything ends. */
export async function fulfil(
  { backend, files }: Resources, gate: Gate, { silence }: Patience, request: IncomingMessage, response: ServerResponse, end: AbortSignal,
): Promise<void> {
  newest.set(request.socket, request);
  gate.enter(request);
  const url = parseUrl(request.url ?? '/');
  const match = find(url.pathname);
  // Who may not know what there is does not learn it from a 404 either.
  const access = match !== undefined && isFile(match.endpoint) ? 'act' : gate.access(request);
  if (match === undefined) throw nothingAt(url.pathname);
  const { endpoint, parameters } = match;
  expectMethod(endpoint, request, response);
  expectAccess(endpoint, access);
  expectKnownQuery(endpoint, url.searchParams);
  const body = ENDPOINTS[endpoint].method === 'POST' ? readObject(endpoint, await readBody(request)) : {};
  // The request is whole: from here on silence is ours, and may last.
  request.socket.setTimeout(0);
  let given: Given | undefined;
  const call: Call = {
    parameters, query: url.searchParams, body, lastEventId: request.headers['last-event-id'] as string | undefined, gone: end,
    done: (what) => void (given = what),
  };
  const stream = streamRoute(endpoint)?.(backend, call);
  if (stream !== undefined) {
    streamTo(response, stream, end);
    return;
  }
  const answer = await whole(endpoint, backend, call, files, url.pathname);
  if (response.destroyed) return;
  if (end.aborted) throw interrupted(end.reason, given);
  send(response, 200, answer);
  // A client that does not take its answer keeps it in memory, but not for ever.
  if (newest.get(request.socket) === request) request.socket.setTimeout(silence);
}

/** What was waited for did not happen before. */
function interrupted(farewell: unknown, given: Given | undefined): Refusal {
  if (farewell !== RECONNECT_FRAME) return new Refusal('closing', 'the supervisor is ending; what was waited for did not happen before');
  return new Refusal('reexecuting', 'the supervisor replaces itself; go on waiting when it answers again', given === undefined ? {} : { given });
}

/** The last request of each connection: whether silence is allowed is for that one to say. */
const newest = new WeakMap<Socket, IncomingMessage>();

type Whole = Readonly<{ type: string; bytes: string | Uint8Array; headers?: Readonly<Record<string, string>> }>;

async function whole(endpoint: EndpointName, backend: Backend, call: Call, files: Files | undefined, path: string): Promise<Whole> {
  const answer = jsonRoute(endpoint);
  if (answer !== undefined) return json('application/json', { schema: SCHEMA, ...await answer(backend, call) });
  const write = textRoute(endpoint);
  if (write !== undefined) {
    const { type, text } = await write(backend, call);
    return { type, bytes: text };
  }
  const file = await files?.(path);
  if (file === undefined) throw nothingAt(path);
  return file;
}

function streamTo(response: ServerResponse, stream: Stream, end: AbortSignal): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.flushHeaders();
  const stop = response.req.method === 'HEAD' ? undefined : stream(response);
  const finish = (): void => {
    stop?.();
    // The reason is the farewell of `close`, or that the client has gone.
    if (typeof end.reason === 'string' && stop !== undefined) response.write(end.reason);
    response.end();
  };
  if (stop === undefined || end.aborted) finish();
  else end.addEventListener('abort', finish);
}

const isFile = (endpoint: EndpointName): boolean => (ENDPOINTS[endpoint].answers as readonly string[]).includes('file');

function parseUrl(url: string): URL {
  try {
    return new URL(url, 'http://n6');
  } catch (error) {
    throw new Refusal('bad-request', 'the request target is no URL; a path such as /v1/services was expected');
  }
}

function find(path: string): ReturnType<typeof matchPath> {
  try {
    return matchPath(path);
  } catch (error) {
    throw new Refusal('bad-request', 'the path has a % that no hexadecimal digits follow; write %25 for a percent sign');
  }
}

const nothingAt = (path: string): Refusal => new Refusal('no-such-resource', `nothing is at ${path.slice(0, 200)}; begin at ${ENDPOINTS.services.path}`);

/** HEAD is a GET whose body node:http leaves out. */
function expectMethod(endpoint: EndpointName, { method = '' }: IncomingMessage, response: ServerResponse): void {
  const { method: expected, path } = ENDPOINTS[endpoint];
  if (method === expected || (method === 'HEAD' && expected === 'GET')) return;
  response.setHeader('allow', expected === 'GET' ? 'GET, HEAD' : expected);
  throw new Refusal('method-not-allowed', `${path} is for ${expected}, not for ${method}`);
}

export function refuse(response: ServerResponse, { code, message, members }: Refusal): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  // The rest of a body that nobody wants must not be taken for the next request.
  if (!response.req.complete) response.setHeader('connection', 'close');
  if (code === 'unauthorized') response.setHeader('www-authenticate', 'Bearer realm="n6"');
  send(response, PROBLEMS[code].status, json('application/problem+json', problemDocument(code, message, members)));
}

const json = (type: string, document: object): Whole => ({ type, bytes: `${JSON.stringify(document)}\n` });

function send(response: ServerResponse, status: number, { type, bytes, headers = {} }: Whole): void {
  response.writeHead(status, { ...headers, 'content-type': type, 'content-length': Buffer.byteLength(bytes) });
  response.end(bytes);
}
