import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { PublicEvent } from './backend.ts';
import { Refused, Unreachable } from './client-errors.ts';
import { createEventReader } from './event-reader.ts';
import type { ProblemDocument } from './problem.ts';
import { ENDPOINTS, pathOf, SCHEMA, type Answers, type EndpointName, type Lost } from './protocol.ts';
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
  /** Every event after `since` (its seq), or from now on; ends when the supervisor does or the signal is aborted. */
  events(options?: Readonly<{ since?: number; signal?: AbortSignal }>): AsyncGenerator<PublicEvent | Lost, void>;
}>;

/** A client of the control API on the socket at `path`; connects anew for each request, so that there is nothing to close. */
export function createClient(path: string): Client {
  return {
    async call<E extends keyof Answers>(endpoint: E, options: CallOptions = {}): Promise<Answers[E]> {
      const response = await send(path, endpoint, options);
      return readAnswer(path, response) as Promise<Answers[E]>;
    },
    async* events({ since, signal } = {}) {
      const response = await send(path, 'events', {
        ...(since === undefined ? {} : { query: [['since', String(since)]] }),
        ...(signal === undefined ? {} : { signal }),
      });
      if (response.statusCode !== 200) await readAnswer(path, response);
      const reader = createEventReader();
      try {
        for await (const chunk of response) yield* reader.push(chunk as Buffer);
      } catch (error) {
        if (signal?.aborted !== true) throw new Unreachable(path, codeOf(error), error);
      }
    },
  };
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

async function readAnswer(path: string, response: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let document: unknown;
  try {
    for await (const chunk of response) chunks.push(chunk as Buffer);
    document = JSON.parse(Buffer.concat(chunks).toString());
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
