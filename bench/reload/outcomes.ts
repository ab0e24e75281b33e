/** What can become of a request, as its client sees it, and how many of each there were. */

export const OUTCOMES = ['ok', 'refused', 'reset', 'truncated', '5xx', 'other status', 'timed out', 'slow'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Milliseconds: an answer that takes longer has failed, as it hides a SYN that was sent twice. */
export const SLOW = 1000;
/** Milliseconds after which nobody waits any more. */
export const LONGEST = 10_000;

export type Count = Readonly<{
  outcomes: Readonly<Record<Outcome, number>>;
  /** Requests by the whole milliseconds that they took; the last one is for all that took longer. */
  milliseconds: readonly number[];
  connections: number;
}>;

export type Counter = Readonly<{
  count(outcome: Outcome, milliseconds: number): void;
  connected(): void;
  read(): Count;
}>;

export function createCounter(): Counter {
  const outcomes = Object.fromEntries(OUTCOMES.map((name) => [name, 0])) as Record<Outcome, number>;
  const milliseconds = Array.from({ length: SLOW + 1 }, () => 0);
  let connections = 0;
  return {
    count(outcome, took) {
      outcomes[outcome]++;
      milliseconds[Math.min(SLOW, Math.floor(took))]!++;
    },
    connected: () => void connections++,
    read: () => ({ outcomes: { ...outcomes }, milliseconds: [...milliseconds], connections }),
  };
}

export const total = ({ outcomes }: Count): number => OUTCOMES.reduce((sum, name) => sum + outcomes[name], 0);
export const failed = (count: Count): number => total(count) - count.outcomes.ok;

/** Milliseconds in which this part (0 to 1) of all requests were answered. */
export function quantile({ milliseconds }: Count, part: number): number {
  const wanted = milliseconds.reduce((sum, number) => sum + number, 0) * part;
  let seen = 0;
  return milliseconds.findIndex((number) => (seen += number) >= wanted);
}
