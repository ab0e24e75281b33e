/** The stream of events as one, whatever happens to the connection and to the supervisor behind it. */
import type { PublicEvent } from '../control/backend.ts';
import type { Client, StreamOptions } from '../control/client.ts';
import type { Lost } from '../control/protocol.ts';
import { mayPass } from './errors.ts';
import { PATIENCE } from './waits.ts';

/** An event, or how many of them could not be had. */
export type StreamItem = PublicEvent | Lost;

export type EventOptions = Readonly<{
  /** Begin with what happened after the event of this seq, as far as it is remembered; unless given, with what happens now. */
  since?: number | undefined;
  /**
   * Milliseconds in which a supervisor that has gone may come back, {@link PATIENCE} unless given; 0: the stream ends with the
   * connection. After an ordered shutdown nobody is waited for.
   */
  patience?: number | undefined;
  /** Ends the stream. */
  signal?: AbortSignal | undefined;
  /** Called once the stream is open, and every time it is so again: whatever is asked from now on cannot be missed. */
  opened?: (() => void) | undefined;
}>;

/** Milliseconds between two tries to reach a supervisor that has gone; a re-execution takes about two of them. */
const RETRY = 100;

/**
 * Yields every event. When the connection is lost, it is taken up where it was: after the last event that was seen or, when
 * another supervisor answers, with that one's first. Throws Unreachable when it cannot be reached at the beginning, or does not
 * come back; ends after an ordered shutdown, or when the signal is aborted.
 */
export async function* followEvents(client: Client, options: EventOptions = {}): AsyncGenerator<StreamItem, void> {
  const { patience = PATIENCE, signal } = options;
  let { since } = options;
  let life: string | undefined;
  let over = false;
  let until: number | undefined;
  const opened = (): void => {
    until = undefined;
    options.opened?.();
  };
  for (;;) {
    let lost: Error | undefined;
    try {
      const { startedAt, seq } = (await client.call('supervisor', only({ signal }))).supervisor;
      // A seq of one life says nothing about another one, which counts on its own.
      if (life !== undefined && startedAt !== life) since = 0;
      life = startedAt;
      // A number, so that it is known where to go on even if nothing is seen before the connection is lost.
      since ??= seq;
      for await (const item of client.events(only({ since, signal, opened }))) {
        if ('reconnect' in item) break;
        if ('seq' in item) {
          since = item.seq;
          over = item.event === 'shutdown-started' || over;
        }
        yield item;
      }
    } catch (error) {
      if (signal?.aborted === true) return;
      if (life === undefined || !mayPass(error)) throw error;
      lost = error;
    }
    if (signal?.aborted === true || over) return;
    until ??= performance.now() + patience;
    if (performance.now() + RETRY > until) {
      if (lost === undefined) return;
      throw lost;
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY));
  }
}

/** Without what is not given, as types with exactOptionalPropertyTypes want it. */
const only = ({ since, signal, opened }: EventOptions): StreamOptions =>
  ({ ...(since === undefined ? {} : { since }), ...(signal === undefined ? {} : { signal }), ...(opened === undefined ? {} : { opened }) });
