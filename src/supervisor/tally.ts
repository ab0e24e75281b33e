/** What is counted from the first event on, for whoever asks later (`GET /metrics`). */
import type { PublicEvent } from '../control/backend.ts';
import type { SavedTally } from '../core/persist/life.ts';

/** Upper bounds of the buckets, in seconds; what took longer is in none of them. */
export const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] as const;

/** `buckets`: how many starts took as long as each bound and longer than the one before; `sum` in seconds. */
export type Histogram = Readonly<{ count: number; sum: number; buckets: readonly number[] }>;

/** By `up` (the process is there) and `ready` (it has said that it can be used). */
export type Stage = 'up' | 'ready';

export type ServiceCounts = Readonly<{
  /** By exit code or name of a signal. */
  exits: ReadonlyMap<string, number>;
  reloads: Readonly<{ ok: number; failed: number }>;
}>;

export type Counts = Readonly<{
  /** Those that have counted something and are still there. */
  services: ReadonlyMap<string, ServiceCounts>;
  starts: Readonly<Record<Stage, Histogram>>;
  /** By the event that they were for. */
  hookFailures: ReadonlyMap<string, number>;
  orphans: number;
}>;

export type Tally = Readonly<{
  count(event: PublicEvent): void;
  /** A process that was nobody's here has been reaped. */
  orphanReaped(): void;
  counts(): Counts;
  save(): SavedTally;
  /** Counting goes on where an earlier life has left off. */
  adopt(saved: SavedTally): void;
}>;

/** Codes of one service that are told apart; a service that ends with ever new ones does not fill the memory of those who ask. */
const MOST_CODES = 20;
export const OTHER_CODES = 'other';

type Counting = { exits: Map<string, number>; reloads: { ok: number; failed: number } };

/** `now` gives milliseconds of a clock that nobody sets. */
export function createTally(now: () => number): Tally {
  const services = new Map<string, Counting>();
  /** When the start began that is not yet over. */
  const begun = new Map<string, number>();
  const starts = { up: createHistogram(), ready: createHistogram() };
  const hookFailures = new Map<string, number>();
  let orphans = 0;

  const of = (service: string): Counting => {
    const known = services.get(service);
    if (known !== undefined) return known;
    const counting: Counting = { exits: new Map(), reloads: { ok: 0, failed: 0 } };
    services.set(service, counting);
    return counting;
  };
  const arrived = (service: string, stage: Stage): void => {
    const at = begun.get(service);
    if (at !== undefined) starts[stage].add((now() - at) / 1000);
  };

  return {
    count(event) {
      const { service = '' } = event;
      switch (event.event) {
        case 'service-starting': return void begun.set(service, now());
        case 'service-up': return arrived(service, 'up');
        case 'service-ready':
          arrived(service, 'ready');
          return void begun.delete(service);
        case 'service-exited':
          begun.delete(service);
          return increase(of(service).exits, nameOfExit(event));
        case 'service-reloaded':
          if (event['ok'] === false) of(service).reloads.failed++;
          else of(service).reloads.ok++;
          return;
        case 'service-removed':
          begun.delete(service);
          return void services.delete(service);
        // Events are a list of their own: there are no more of them than that.
        case 'hook-failed': return increase(hookFailures, String(event['cause']), Infinity);
        default:
      }
    },
    orphanReaped() {
      orphans++;
    },
    save: () => ({
      services: [...services].map(([name, { exits, reloads }]) => ({ name, exits: [...exits], reloads: { ...reloads } })),
      begun: [...begun], up: starts.up.read(), ready: starts.ready.read(), hookFailures: [...hookFailures], orphans,
    }),
    adopt(saved) {
      for (const { name, exits, reloads } of saved.services) services.set(name, { exits: new Map(exits), reloads: { ...reloads } });
      for (const [name, at] of saved.begun) begun.set(name, at);
      for (const [event, count] of saved.hookFailures) hookFailures.set(event, count);
      starts.up.adopt(saved.up);
      starts.ready.adopt(saved.ready);
      orphans = saved.orphans;
    },
    counts: () => ({ services, starts: { up: starts.up.read(), ready: starts.ready.read() }, hookFailures, orphans }),
  };
}

const nameOfExit = (event: PublicEvent): string => String(event['signal'] ?? event['exitCode']);

function increase(counts: Map<string, number>, name: string, most = MOST_CODES): void {
  const key = counts.has(name) || counts.size < most ? name : OTHER_CODES;
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function createHistogram(): { add(seconds: number): void; read(): Histogram; adopt(saved: Histogram): void } {
  const buckets = BUCKETS.map(() => 0);
  let count = 0;
  let sum = 0;
  return {
    add(seconds) {
      const index = BUCKETS.findIndex((bound) => seconds <= bound);
      if (index >= 0) buckets[index]!++;
      count++;
      sum += seconds;
    },
    read: () => ({ count, sum, buckets: [...buckets] }),
    adopt(saved) {
      // Of a build with other bounds nothing can be used.
      if (saved.buckets.length !== buckets.length) return;
      ({ count, sum } = saved);
      saved.buckets.forEach((each, index) => (buckets[index] = each));
    },
  };
}
