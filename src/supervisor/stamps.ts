/** Monotonic moments as s6's clients read them. */
import { tai64n } from '../control/s6/tai64n.ts';

export type Stamps = Readonly<{
  /** -Infinity, for what has never been, is the moment at which this was made. */
  of(at: number): Buffer;
  save(): [number, string][];
}>;

/**
 * A moment keeps the stamp it was given first, whatever happens to the wall clock afterwards. `known`: moments that an earlier life has stamped,
 * with the stamp as hexadecimal digits.
 */
export function createStamps(now: () => number, wall: () => number, known: readonly (readonly [number, string])[] = []): Stamps {
  const began = now();
  const stamps = new Map<number, Buffer>(known.map(([at, digits]) => [at, Buffer.from(digits, 'hex')]));
  return {
    of(at) {
      let stamp = stamps.get(at);
      if (stamp === undefined) {
        stamp = tai64n(wall() - (now() - (at === -Infinity ? began : at)));
        stamps.set(at, stamp);
        // A record holds two, and a third is on its way: the oldest of four is no longer asked for.
        if (stamps.size > 4) stamps.delete(stamps.keys().next().value!);
      }
      return stamp;
    },
    save: () => [...stamps].map(([at, stamp]) => [at, stamp.toString('hex')]),
  };
}
