import { connect, type Socket } from 'node:net';
import type { PublicEvent } from './backend.ts';
import { Refused, Unreachable } from './client-errors.ts';
import { createEventReader } from './event-reader.ts';
import { exchange, type Answer } from './exchange.ts';
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
      if (response.status !== 200) await readAnswer(path, response);
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
    if (response.status !== 200) await readAnswer(path, response);
    opened?.();
    for await (const chunk of response.body) yield* reader.push(chunk);
  } catch (error) {
    if (options.signal?.aborted === true) return;
    throw error instanceof Unreachable || error instanceof Refused ? error : new Unreachable(path, codeOf(error), error);
  }
}

async function send(path: string, endpoint: EndpointName, { parameters, query = [], body, signal }: CallOptions): Promise<Answer> {
  signal?.throwIfAborted();
  try {
    const socket: Socket = withSocketPath(path, (short) => connect({ path: short }));
    const abort = (): void => void socket.destroy(signal!.reason as Error);
    signal?.addEventListener('abort', abort, { once: true });
    // For as long as the answer takes: a stream ends when the signal says so.
    socket.once('close', () => signal?.removeEventListener('abort', abort));
    const search = query.length === 0 ? '' : `?${new URLSearchParams(query).toString()}`;
    return await exchange(socket, {
      method: ENDPOINTS[endpoint].method, target: pathOf(endpoint, parameters) + search, body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    throw signal?.aborted === true ? signal.reason : new Unreachable(path, codeOf(error), error);
  }
}

async function readText(path: string, { body }: Answer): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of body) chunks.push(chunk);
  } catch (error) {
    throw new Unreachable(path, codeOf(error), error);
  }
  return Buffer.concat(chunks).toString();
}

async function readAnswer(path: string, answer: Answer): Promise<unknown> {
  const text = await readText(path, answer);
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new Unreachable(path, codeOf(error), error);
  }
  if (answer.status !== 200) throw new Refused(document as ProblemDocument);
  if ((document as { schema?: unknown }).schema !== SCHEMA) throw new Unreachable(path, 'a schema that this client does not know');
  return document;
}

/** What went wrong, as a word: an errno where there is one. */
function codeOf(error: unknown): string {
  if (error instanceof SyntaxError) return 'an answer that is not JSON';
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
