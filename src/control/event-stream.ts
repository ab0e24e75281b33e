/** The server's half of server-sent events: the queue of one client, and what `/v1/events` puts into it. */
import type { Backend, PublicEvent } from './backend.ts';
import type { Lost, Snapshot } from './protocol.ts';

/** What of a response a stream needs. */
export type Sink = {
  /** False once its buffer is full; `drain` is emitted when it has room again. */
  write(text: string): boolean;
  on(event: 'drain', listener: () => void): unknown;
};

/** Events that wait for a client that does not read; the oldest are dropped beyond it. */
export const QUEUE_LIMIT = 1000;
/** The same in bytes, about: events of members and files can be long. */
export const QUEUE_BYTES = 1024 * 1024;

export type FrameQueue = Readonly<{
  /** A whole frame, up to its empty line. */
  give(frame: string): void;
  /** So many were lost before they came here. */
  lose(count: number): void;
}>;

/**
 * The frames that wait for one client. Nobody ever waits for it: one that does not read loses the oldest frames that wait,
 * and finds {"lost":N} in their place.
 */
export function createFrameQueue(sink: Sink, limits: Readonly<{ frames: number; bytes: number }> = { frames: QUEUE_LIMIT, bytes: QUEUE_BYTES }): FrameQueue {
  const queue: string[] = [];
  let bytes = 0;
  let lost = 0;
  let full = false;

  const take = (): string => {
    const frame = queue.shift()!;
    bytes -= frame.length;
    return frame;
  };
  const flush = (): void => {
    if (!full && lost > 0) {
      full = !sink.write(lostFrame({ lost }));
      lost = 0;
    }
    while (!full && queue.length > 0) full = !sink.write(take());
  };
  sink.on('drain', () => {
    full = false;
    flush();
  });
  return {
    give(frame) {
      queue.push(frame);
      bytes += frame.length;
      // The newest stays, however long it is.
      while (queue.length > 1 && (queue.length > limits.frames || bytes > limits.bytes)) {
        take();
        lost++;
      }
      flush();
    },
    lose(count) {
      lost += count;
      flush();
    },
  };
}

export type StreamWish = Readonly<{ since: number | undefined; snapshot?: boolean }>;

/**
 * Writes events as server-sent events: what is there now if that is wanted, events after `since` that are still known, then
 * each new one. Returns how to stop.
 */
export function streamEvents(backend: Backend, { since, snapshot = false }: StreamWish, sink: Sink): () => void {
  const queue = createFrameQueue(sink);
  const give = (event: PublicEvent): void => queue.give(eventFrame(event));
  // Subscribing and looking back happen in one turn, so that no event falls between them and none comes twice.
  if (snapshot) queue.give(snapshotFrame({ snapshot: { seq: backend.info().seq, services: backend.statuses() } }, since === undefined));
  if (since !== undefined) {
    const { missed, events } = backlog(backend.recent(), since);
    queue.lose(missed);
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
/** With an id where nothing older follows: who comes again then goes on from here. */
const snapshotFrame = (snapshot: Snapshot, isPlace: boolean): string =>
  `event: snapshot\n${isPlace ? `id: ${snapshot.snapshot.seq}\n` : ''}data: ${JSON.stringify(snapshot)}\n\n`;
/** Without an id: the client's place in the stream stays that of the last event it has really seen. */
const lostFrame = (lost: Lost): string => `data: ${JSON.stringify(lost)}\n\n`;
