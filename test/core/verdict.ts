/** What must become of a service whose life has ended: the policy in the world's own words, held against what the core does. */
import type { Event } from '../../src/core/events.ts';
import { shellCode, type Exit } from '../../src/core/exit.ts';
import type { Policy } from '../../src/core/policy.ts';
import type { State } from '../../src/core/service.ts';

/** What the world remembers of a service beyond its process. */
export type Book = {
  /** The next start was asked for. */
  asked: boolean;
  /** n6 ended the last life itself. */
  condemned: boolean;
  lastExit: Exit | undefined;
  startedAt: number;
  diedAt: number;
  failures: number[];
  /** Starts by itself in a row. */
  tries: number;
  /** Of the definition with which the last life ended. */
  backoff: Policy['backoff'];
  /** What a oneshot had done has been undone since its last run. */
  undone: boolean;
  /** When a start failed, and none has been tried since. */
  failedStart: number | undefined;
};

export const newBook = (): Book =>
  ({
    asked: true, condemned: false, lastExit: undefined, startedAt: -Infinity, diedAt: -Infinity, failures: [], tries: 0,
    backoff: undefined, undone: false, failedStart: undefined,
  });

export type Verdict = 'again' | 'down' | 'done' | 'failed';

/** Notes a wish of an operator. `state`: before it. */
export function noteWish(book: Book, event: Event, state: State): void {
  if (event.type === 'downWanted' || event.type === 'downInsisted') book.asked = false;
  if (!['upWanted', 'onceWanted', 'restartWanted'].includes(event.type)) return;
  if (state.name !== 'running' || event.type === 'restartWanted') book.asked = true;
  book.failures = [];
  book.tries = 0;
}

/** The end of a life that nobody asked for. */
export function judgeEnd(book: Book, policy: Policy, at: number): Verdict {
  const exit = book.lastExit!;
  const success = !book.condemned && policy.successes.includes('code' in exit ? exit.code : exit.signal);
  if (success && policy.kind === 'oneshot') return 'done';
  if (success && policy.restart !== 'always') return 'down';
  return count(book, policy, at, success, book.diedAt - book.startedAt >= (policy.backoff?.resetAfter ?? 10_000));
}

export function judgeStart(book: Book, policy: Policy, at: number): Verdict {
  book.failedStart = at;
  return count(book, policy, at, false, false);
}

function count(book: Book, { restart, backoff, giveUp }: Policy, at: number, success: boolean, longLife: boolean): Verdict {
  // What nobody counts now counts for nobody later.
  book.tries = backoff === undefined && giveUp === undefined ? 0 : (longLife ? 0 : book.tries) + 1;
  const within = giveUp?.within;
  book.failures = book.failures.filter((time) => (within === undefined ? !longLife && !success : at - time < within));
  if (success) return 'again';
  if (giveUp === undefined) book.failures = [];
  else book.failures.push(at);
  if (restart === 'never') return 'failed';
  return giveUp !== undefined && book.failures.length >= giveUp.after ? 'failed' : 'again';
}

/** Least milliseconds from the end of a life to a start by itself, where there is a back-off. */
export function leastDelay({ tries, backoff }: Book): number {
  const { initial, factor, max, jitter } = backoff!;
  return tries <= 1 ? 0 : Math.max(10, Math.floor(Math.min(max, initial * factor ** (tries - 2)) * (1 - jitter)));
}

/** The container's exit code; undefined: it goes on. `failure`: errno of a start that failed. */
export function containerCode(book: Book, policy: Policy, verdict: Verdict, failure: string | undefined, mayGiveUp: boolean): number | undefined {
  const ends = verdict === 'failed' || verdict === 'down';
  const gaveUp = mayGiveUp && verdict === 'failed';
  if (!ends || !(policy.critical || (gaveUp && policy.giveUp?.then === 'shutdown'))) return undefined;
  if (failure !== undefined) return failure === 'ENOENT' ? 127 : 126;
  const code = shellCode(book.lastExit!);
  return code === 0 && book.condemned ? 1 : code;
}
