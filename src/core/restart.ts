/** When may a service that has ended be started again? Contract section 10; spec/s6-compat 1.5. */

/** `n6`: at once after a life of a second or more. `s6`: by readiness, to the letter. */
export const RESTART_RULES = ['n6', 's6'] as const;
export type RestartRule = (typeof RESTART_RULES)[number];

/** Milliseconds: the pause both rules know. */
export const RESTART_DELAY = 1000;
/** Milliseconds until a `run` that could not be started is tried again: s6-supervise 2.11 (spec 1.3.1). */
export const RETRY_HOPELESS = 10_000;
/** Milliseconds until a start that failed for lack of memory, processes or descriptors is tried again. */
export const RETRY_TEMPORARY = 1000;

/** What the rule asks about the life that has just ended; all monotonic milliseconds. */
export type Life = Readonly<{
  startedAt: number;
  /** When `run` said it was ready, if it did. */
  readyAt: number | undefined;
  diedAt: number;
  /** When `finish` ended; the death itself where there is none. */
  endedAt: number;
  /** Somebody asked for the next start. */
  asked: boolean;
}>;

/** The earliest moment of the next automatic start. */
export function earliestRestart(rule: RestartRule, life: Life): number {
  if (rule === 's6') {
    return life.readyAt === undefined
      ? life.endedAt + RESTART_DELAY
      : Math.max(life.endedAt, life.readyAt + RESTART_DELAY);
  }
  if (life.asked) return life.endedAt;
  return life.diedAt - life.startedAt >= RESTART_DELAY ? life.endedAt : life.startedAt + RESTART_DELAY;
}
