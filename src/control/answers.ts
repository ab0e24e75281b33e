/** Answers that are not one JSON object, and what each resource that gives such makes of a request. */
import type { Backend } from './backend.ts';
import { streamEvents, type Sink } from './event-stream.ts';
import type { Answering, EndpointName } from './protocol.ts';
import { lineWish } from './log-routes.ts';
import { streamLines } from './log-stream.ts';
import { logWish, sinceSequence, wantsSnapshot } from './requests.ts';
import type { Call } from './routes.ts';

/** `type` is the Content-Type. */
export type Text = Readonly<{ type: string; text: string }>;

/** A static file: it is given to everybody who can connect, so nothing in it may be a secret. */
export type File = Readonly<{ type: string; bytes: Uint8Array; headers?: Readonly<Record<string, string>> }>;

/** The static files by the path of the request; undefined: there is none of that name. */
export type Files = (path: string) => Promise<File | undefined>;

/** Writes server-sent events to a client until it is stopped, and never waits for it (see createFrameQueue). Gives the way to stop. */
export type Stream = (sink: Sink) => () => void;

type TextRoute = (backend: Backend, call: Call) => Text | Promise<Text>;
/** undefined: the request asks for the resource's other answer. */
type StreamRoute = (backend: Backend, call: Call) => Stream | undefined;

/** Each throws a Refusal for what cannot be fulfilled. */
const TEXTS: { [E in Answering<'text'>]: TextRoute } = {
  metrics: async (backend) => ({ type: 'application/openmetrics-text; version=1.0.0; charset=utf-8', text: await backend.metrics() }),
};

const STREAMS: { [E in Answering<'stream'>]: StreamRoute } = {
  events(backend, { query, lastEventId }) {
    const since = sinceSequence(query, lastEventId);
    const snapshot = wantsSnapshot(query);
    return (sink) => streamEvents(backend, { since, snapshot }, sink);
  },
  logs(backend, call) {
    const asked = logWish(call.query, call.lastEventId);
    if (!asked.follow) return undefined;
    const wish = lineWish(backend, asked);
    return (sink) => whenLoaded(backend.logs(), (logs) => streamLines(logs, wish, sink));
  },
};

/** What has to be loaded first begins a little later, or never. */
function whenLoaded<T>(loading: Promise<T>, begin: (loaded: T) => () => void): () => void {
  let stop: (() => void) | undefined;
  let over = false;
  // Who has asked for it to be loaded hears why it cannot be.
  loading.then((loaded) => void (over || (stop = begin(loaded))), () => undefined);
  return () => {
    over = true;
    stop?.();
  };
}

export const textRoute = (endpoint: EndpointName): TextRoute | undefined => (TEXTS as Partial<Record<EndpointName, TextRoute>>)[endpoint];
export const streamRoute = (endpoint: EndpointName): StreamRoute | undefined => (STREAMS as Partial<Record<EndpointName, StreamRoute>>)[endpoint];
