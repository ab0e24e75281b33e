/** Announcements become public events here: numbered, dated, kept for clients that resume, and handed to everyone who listens. */
import type { Announcement } from '../core/announcements.ts';
import type { SavedJournal } from '../core/persist/life.ts';
import type { PublicEvent } from '../control/backend.ts';

export type Journal = Readonly<{
  announce(announcement: Announcement): PublicEvent;
  subscribe(listener: (event: PublicEvent) => void): () => void;
  recent(): readonly PublicEvent[];
  /** Number of the newest event; 0: there was none. */
  seq(): number;
  save(): SavedJournal;
  /** Numbers go on where an earlier life has left off; nobody is told of its events again. */
  adopt(saved: SavedJournal): void;
}>;

/** How many events a client may have missed and still get them. */
export const KEPT = 512;

/** `failed` owns the errors of listeners: one that throws does not keep the others from hearing. */
export function createJournal(wall: () => number, failed: (where: string, error: unknown) => void): Journal {
  const listeners = new Set<(event: PublicEvent) => void>();
  const kept: PublicEvent[] = [];
  let seq = 0;
  return {
    announce(announcement) {
      const event: PublicEvent = { seq: ++seq, at: new Date(wall()).toISOString(), ...announcement };
      kept.push(event);
      // Cut in blocks, so that an event does not cost a move of all that are kept.
      if (kept.length >= 2 * KEPT) kept.splice(0, kept.length - KEPT);
      for (const listener of listeners) {
        try {
          listener(event);
        } catch (error) {
          failed(`a listener of ${event.event}`, error);
        }
      }
      return event;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    recent: () => kept.slice(-KEPT),
    seq: () => seq,
    save: () => ({ seq, events: kept.slice(-KEPT) }),
    adopt(saved) {
      kept.push(...saved.events as readonly PublicEvent[]);
      seq = Math.max(saved.seq, kept.at(-1)?.seq ?? 0);
    },
  };
}
