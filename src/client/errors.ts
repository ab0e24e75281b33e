/** What a client throws beside {@link Refused} and {@link Unreachable} of the control API. */
import { Refused, Unreachable } from '../control/client-errors.ts';
import type { Unmatched } from '../control/protocol.ts';

/** There is no socket anywhere. */
export class NoSupervisor extends Error {
  override readonly name = 'NoSupervisor';
  /** Every place that was looked at. */
  readonly looked: readonly string[];
  constructor(looked: readonly string[]) {
    super(`no supervisor found; looked for ${looked.join(', ')}`);
    this.looked = looked;
  }
}

/** One of the services that were named does not exist. */
export class NoSuchService extends Error {
  override readonly name = 'NoSuchService';
  /** Each name or glob that means nothing, with the sentence that says so. */
  readonly unmatched: readonly Unmatched[];
  constructor(unmatched: readonly Unmatched[]) {
    super(unmatched.map(({ detail }) => detail).join('\n'));
    this.unmatched = unmatched;
  }
}

/** The supervisor has gone, or is about to, and another one may come. */
export const mayPass = (error: unknown): error is Error =>
  error instanceof Unreachable || (error instanceof Refused && ['closing', 'reexecuting'].includes(error.problem.code));
