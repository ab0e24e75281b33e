/** The server's half of `/v1/events`: one client of the event stream. */
import type { Backend, PublicEvent } from './backend.ts';
import type { Lost } from './protocol.ts';

/** What of a response the stream needs. */
export type Sink = {
  /** False once its buffer is full; `drain` is emitted when it has room again. */
  write(text: string): boolean;
  on(event: 'drain', listener: () => void): unknown;
};

/** Events that wait for a client that does not read; the oldest are dropped beyond it. */
export const QUEUE_LIMIT = 1000;

/**
 * Writes events as server-sent events: those after `since` that are still known, then each new one. The supervisor
 * never waits: a client that does not read loses the oldest events in its queue, and finds {"lost":N} in their place.
 * Returns how to stop.
 */
export function streamEvents(backend: Backend, since: number | undefined, sink: Sink): () => void {
  const queue: PublicEvent[] = [];
  let lost = 0;
  let full = false;

  const give = (event: PublicEvent): void => {
    queue.push(event);
    if (queue.length > QUEUE_LIMIT) {
      queue.shift();
      lost++;
    }
    flush();
  };
  const flush = (): void => {
    if (!full && lost > 0) {
      full = !sink.write(lostFrame({ lost }));
      lost = 0;
    }
    while (!full && queue.length > 0) full = !sink.write(eventFrame(queue.shift()!));
  };
  sink.on('drain', () => {
    full = false;
    flush();
  });
  // Subscribing and looking back happen in one turn, so that no event falls between them and none comes twice.
  if (since !== undefined) {
    const { missed, events } = backlog(backend.recent(), since);
    lost = missed;
    events.forEach(give);
  }
  return backend.subscribe(give);
}

/**
 * The events after `since`, and how many of them are forgotten already. A `since` beyond the newest event is from an
 * earlier life of the supervisor, which counted on its own: then all of this life is new to the client.
 */
export function backlog(recent: readonly PublicEvent[], since: number): { missed: number; events: readonly PublicEvent[] } {
  const newest = recent.at(-1)?.seq ?? 0;
  const from = since > newest ? 0 : since;
  const events = recent.filter(({ seq }) => seq > from);
  return { missed: Math.max(0, (events[0]?.seq ?? 0) - from - 1), events };
}

const eventFrame = (event: PublicEvent): string => `id: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`;
/** Without an id: the client's place in the stream stays that of the last event it has really seen. */
const lostFrame = (lost: Lost): string => `data: ${JSON.stringify(lost)}\n\n`;
