/** Asks that somebody waits for: which names have not settled yet, and what became of the others. */
import type { ChangeFailure, Direction, OrderEffect } from '../core/order.ts';

export type ChangeOutcome = Readonly<{
  /** Everything that was asked for is so. */
  ok: boolean;
  timedOut: boolean;
  failed: ReadonlyMap<string, ChangeFailure>;
  /** Left alone, because something they depend on failed, or the change was broken off. */
  skipped: readonly string[];
}>;

export type Request = Readonly<{
  direction: Direction;
  /** Breaks it off: what it has begun is waited for. Nothing when it is over. */
  abort(): void;
}>;

export type RequestOptions = Readonly<{
  direction: Direction;
  names: readonly string[];
  /** Milliseconds for all of it; undefined: no limit. */
  timeout: number | undefined;
  /** Those that have not settled are to be broken off. */
  aborted(names: readonly string[]): void;
  ended(outcome: ChangeOutcome): void;
}>;

export type Requests = Readonly<{
  /** To be called before its names are asked for: some settle at once. */
  open(options: RequestOptions): Request;
  settled(effect: Extract<OrderEffect, { type: 'settled' }>): void;
  all(): readonly Request[];
}>;

export function createRequests(): Requests {
  type Open = Request & { settled(effect: Extract<OrderEffect, { type: 'settled' }>): void };
  const waiting = new Map<string, Set<Open>>();
  const opened = new Set<Open>();

  return {
    open({ direction, names, timeout, aborted, ended }) {
      const left = new Set(names);
      const failed = new Map<string, ChangeFailure>();
      const skipped: string[] = [];
      let over: 'aborted' | 'timed out' | undefined;
      const breakOff = (how: 'aborted' | 'timed out'): void => {
        if (over !== undefined || !opened.has(request)) return;
        over = how;
        aborted([...left]);
      };
      const timer = timeout === undefined ? undefined : setTimeout(() => breakOff('timed out'), timeout);
      const end = (): void => {
        if (timer !== undefined) clearTimeout(timer);
        opened.delete(request);
        const ok = failed.size === 0 && skipped.length === 0 && over === undefined;
        ended({ ok, timedOut: over === 'timed out', failed, skipped: skipped.sort() });
      };
      const request: Open = {
        direction,
        abort: () => breakOff('aborted'),
        settled(effect) {
          const { name } = effect;
          if (effect.direction !== direction || !left.delete(name)) return;
          if (effect.result === 'failed') failed.set(name, effect.failure);
          if (effect.result === 'skipped') skipped.push(name);
          const others = waiting.get(name)!;
          others.delete(request);
          if (others.size === 0) waiting.delete(name);
          if (left.size === 0) end();
        },
      };
      opened.add(request);
      for (const name of left) {
        const others = waiting.get(name);
        if (others === undefined) waiting.set(name, new Set([request]));
        else others.add(request);
      }
      if (left.size === 0) end();
      return request;
    },
    settled(effect) {
      for (const request of [...waiting.get(effect.name) ?? []]) request.settled(effect);
    },
    all: () => [...opened],
  };
}
