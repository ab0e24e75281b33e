import { UsageError } from './command.ts';

/**
 * Milliseconds of a duration such as 500ms, 10s, 1.5m or 2h; 0 needs no unit. Any other bare number is refused,
 * because it means seconds to docker and milliseconds to s6. Throws UsageError.
 */
export function parseDuration(option: string, text: string): number {
  const found = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  const milliseconds = text === '0' ? 0 : found === null ? NaN : Number(found[1]) * UNITS[found[2] as keyof typeof UNITS];
  if (!(milliseconds <= LONGEST)) throw new UsageError(`--${option}: expected a duration such as 500ms, 10s or 1m, got ${JSON.stringify(text)}`);
  return Math.round(milliseconds);
}

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
/** What the control API takes, about 24 days. */
const LONGEST = 2 ** 31 - 1;
