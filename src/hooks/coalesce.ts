/** A burst of events of one kind becomes one event: the last, which says for how many it stands. */
import type { HookWaits } from '../core/hooks.ts';
import type { HookEvent } from './variables.ts';

export type Coalescer = Readonly<{
  /** Hands it on: at once, or when nothing like it has come for a while. */
  give(event: HookEvent): void;
  /** What still waits, oldest first; it waits no more. */
  take(): HookEvent[];
}>;

type Burst = { event: HookEvent; count: number; until: number; timer: NodeJS.Timeout };

/** `now` is monotonic milliseconds. Events are alike that have the same name and are about the same service. */
export function createCoalescer(waits: HookWaits, now: () => number, pass: (event: HookEvent) => void): Coalescer {
  const bursts = new Map<string, Burst>();

  function over(key: string): void {
    const burst = bursts.get(key)!;
    bursts.delete(key);
    pass(whole(burst));
  }

  return {
    give(event) {
      const wait = waits.get(event.event);
      if (wait === undefined) return pass(event);
      const key = `${event.event} ${event.service ?? ''}`;
      const burst = bursts.get(key);
      const until = burst?.until ?? now() + wait.most;
      clearTimeout(burst?.timer);
      const timer = setTimeout(() => over(key), Math.max(0, Math.min(wait.quiet, until - now())));
      bursts.set(key, { event, count: (burst?.count ?? 0) + 1, until, timer });
    },
    take() {
      const waiting = [...bursts.values()];
      bursts.clear();
      for (const { timer } of waiting) clearTimeout(timer);
      return waiting.map(whole);
    },
  };
}

const whole = ({ event, count }: Burst): HookEvent => (count === 1 ? event : { ...event, coalesced: count });
