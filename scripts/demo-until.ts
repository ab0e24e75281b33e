/** What nobody may wait for any longer: the demonstration is being ended. */
export class Ended extends Error {}

export type Until = <T>(what: string, fact: () => T | undefined | Promise<T | undefined>, limit?: number) => Promise<{ value: T; milliseconds: number }>;

/**
 * Gives a function that waits for a fact: calls it again and again until it gives something else than undefined, and tells
 * how long that took. What it throws means "not yet". After `limit` milliseconds (20 s: many times what any step takes on
 * a slow machine) it throws an Error that names `what` and the last reason; Ended when `signal` is aborted.
 */
export function createUntil(signal: AbortSignal): Until {
  return async (what, fact, limit = 20_000) => {
    const began = performance.now();
    for (let reason = '';;) {
      if (signal.aborted) throw new Ended();
      try {
        const value = await fact();
        if (value !== undefined) return { value, milliseconds: performance.now() - began };
      } catch (error) {
        reason = `: ${String(error)}`;
      }
      if (performance.now() - began > limit) throw new Error(`waited ${limit / 1000} s in vain until ${what}${reason}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
}
