import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { PublicEvent } from './backend.ts';
import { Refused, Unreachable } from './client-errors.ts';
import { createEventReader } from './event-reader.ts';
import type { LogLine } from './logs.ts';
import type { ProblemDocument } from './problem.ts';
import { ENDPOINTS, pathOf, SCHEMA, type Answering, type Answers, type EndpointName, type Lost } from './protocol.ts';
import { withSocketPath } from './socket-path.ts';

export type CallOptions = Readonly<{
  /** For the {names} in the path of the resource. */
  parameters?: Readonly<Record<string, string>>;
  query?: readonly [name: string, value: string][];
  /** Sent as JSON; undefined: no body. */
  body?: Readonly<Record<string, unknown>>;
  /** Ends the request: it rejects with the signal's reason. */
  signal?: AbortSignal;
}>;

export type Client = Readonly<{
  /**
   * Asks for one resource. Rejects with Unreachable when nobody answers there, with Refused when the answer is a
   * problem document. There is no time limit but the one in the request: some answers take as long as a service does.
   */
  call<E extends keyof Answers>(endpoint: E, options?: CallOptions): Promise<Answers[E]>;
  /** The same of a resource whose answer is text. */
  text(endpoint: Answering<'text'>, options?: CallOptions): Promise<string>;
  /** Every event after `since` (its seq), or from now on; ends when the supervisor does or the signal is aborted. */
  events(options?: StreamOptions): AsyncGenerator<PublicEvent | Lost, void>;
  /** Lines as `/v1/logs` gives them with `follow`, for this query; ends as `events` does. */
  lines(options?: Readonly<{ query?: CallOptions['query']; signal?: AbortSignal; opened?: () => void }>): AsyncGenerator<LogLine | Lost, void>;
}>;

export type StreamOptions = Readonly<{
  since?: number;
  signal?: AbortSignal;
  /** Called when the stream is open: from then on nothing is missed. */
  opened?: () => void;
}>;

/** A client of the control API on the socket at `path`; connects anew for each request, so that there is nothing to close. */
export function createClient(path: string): Client {
  return {
    async call<E extends keyof Answers>(endpoint: E, options: CallOptions = {}): Promise<Answers[E]> {
      const response = await send(path, endpoint, options);
      return readAnswer(path, response) as Promise<Answers[E]>;
    },
    async text(endpoint, options = {}) {
      const response = await send(path, endpoint, options);
      if (response.statusCode !== 200) await readAnswer(path, response);
      return readText(path, response);
    },
    events: ({ since, signal, opened } = {}) =>
      stream(path, 'events', { ...(since === undefined ? {} : { query: [['since', String(since)]] }), ...(signal === undefined ? {} : { signal }) }, opened),
    lines: ({ query = [], signal, opened } = {}) =>
      stream(path, 'logs', { query: [...query, ['follow', '1']], ...(signal === undefined ? {} : { signal }) }, opened),
  };
}

async function* stream<Item>(path: string, endpoint: EndpointName, options: CallOptions, opened: (() => void) | undefined): AsyncGenerator<Item, void> {
  const reader = createEventReader<Item>();
  try {
    const response = await send(path, endpoint, options);
    if (response.statusCode !== 200) await readAnswer(path, response);
    opened?.();
    for await (const chunk of response) yield* reader.push(chunk as Buffer);
  } catch (error) {
    if (options.signal?.aborted === true) return;
    throw error instanceof Unreachable || error instanceof Refused ? error : new Unreachable(path, codeOf(error), error);
  }
}

function send(path: string, endpoint: EndpointName, { parameters, query = [], body, signal }: CallOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    let socket: Socket;
    try {
      socket = withSocketPath(path, (short) => connect({ path: short }));
    } catch (error) {
      reject(new Unreachable(path, codeOf(error), error));
      return;
    }
    const text = body === undefined ? undefined : JSON.stringify(body);
    const search = query.length === 0 ? '' : `?${new URLSearchParams(query).toString()}`;
    const request = httpRequest({
      createConnection: () => socket,
      method: ENDPOINTS[endpoint].method,
      path: pathOf(endpoint, parameters) + search,
      headers: {
        host: 'n6', connection: 'close',
        ...(text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
      },
      ...(signal === undefined ? {} : { signal }),
    });
    request.once('response', resolve);
    request.on('error', (error) => reject(signal?.aborted === true ? signal.reason as Error : new Unreachable(path, codeOf(error), error)));
    request.end(text);
  });
}

async function readText(path: string, response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of response) chunks.push(chunk as Buffer);
  } catch (error) {
    throw new Unreachable(path, codeOf(error), error);
  }
  return Buffer.concat(chunks).toString();
}

async function readAnswer(path: string, response: IncomingMessage): Promise<unknown> {
  const text = await readText(path, response);
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new Unreachable(path, codeOf(error), error);
  }
  if (response.statusCode !== 200) throw new Refused(document as ProblemDocument);
  if ((document as { schema?: unknown }).schema !== SCHEMA) throw new Unreachable(path, 'a schema that this client does not know');
  return document;
}

/** What went wrong, as a word: an errno where there is one. */
function codeOf(error: unknown): string {
  if (error instanceof SyntaxError) return 'an answer that is not JSON';
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
