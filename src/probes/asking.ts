/** Asks something again and again, with a limit for each try; nothing is left when it is stopped. */
import { cannotAsk, noAnswer } from './sentences.ts';
import type { Timing } from '../core/policy.ts';

/** One try: `answer` gets undefined for a success, else why not; called at most once. Gives the way to give it up. */
export type Try = (answer: (failure: string | undefined) => void) => () => void;

/**
 * `first`: milliseconds until the first try; the next one begins `interval` after the end of the last. Gives the way to stop,
 * after which `answered` is not called any more.
 */
export function keepAsking(attempt: Try, timing: Timing, first: number, answered: (failure: string | undefined) => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  let giveUp: (() => void) | undefined;
  let stopped = false;

  function wait(milliseconds: number): void {
    timer = setTimeout(ask, milliseconds);
  }

  function ask(): void {
    let open = true;
    const settle = (failure: string | undefined): void => {
      if (!open || stopped) return;
      open = false;
      clearTimeout(timer);
      // Before the answer is told: whoever hears it may stop all this.
      wait(timing.interval);
      answered(failure);
    };
    timer = setTimeout(() => {
      giveUp?.();
      settle(noAnswer(timing.timeout));
    }, timing.timeout);
    try {
      giveUp = attempt(settle);
    } catch (error) {
      settle(cannotAsk(error));
    }
  }

  wait(first);
  return () => {
    stopped = true;
    clearTimeout(timer);
    giveUp?.();
  };
}
