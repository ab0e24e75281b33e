/** What became of a wish for several services: one line for each, one exit code for all. */
import type { N6 } from '../client/client.ts';
import { Refused } from '../control/client-errors.ts';
import type { CommandOutcome } from '../control/protocol.ts';
import type { Goal } from '../core/commands.ts';
import { SVC_EXIT } from '../core/exit-codes.ts';
import type { Status } from '../core/status.ts';
import type { Invocation } from './command.ts';
import type { ServiceResult } from './documents.ts';
import { inParallel, REQUESTS } from './in-parallel.ts';
import { printJson } from './json.ts';
import { createProgress } from './progress.ts';
import { notFulfilled } from './sentences.ts';

type Answer = Readonly<{ service: Status | null; outcome: CommandOutcome; detail?: string }>;
export type Result = Readonly<{
  name: string;
  service: Status | null;
  /** `refused`: the supervisor says no, and `refusal` why. */
  outcome: CommandOutcome | 'refused';
  refusal: string | undefined;
  /** Why it failed, where the answer says so. */
  detail: string | undefined;
  /** It came true. */
  came: boolean;
}>;

/**
 * Waits for the answer about one service. That it is refused (a shutdown has begun) or that the service has gone since
 * its name was looked up is a result like others: those that were asked at the same time have one, too.
 */
export async function resultOf(name: string, goal: Goal | undefined, answer: Promise<Answer>): Promise<Result> {
  try {
    const { service, outcome, detail } = await answer;
    return { name, service, outcome, refusal: undefined, detail, came: isTrue(outcome, goal) };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const gone = error.problem.code === 'no-such-service';
    return gone
      ? { name, service: null, outcome: 'removed', refusal: undefined, detail: undefined, came: isTrue('removed', goal) }
      : { name, service: null, outcome: 'refused', refusal: error.message, detail: undefined, came: false };
  }
}

const documentOf = ({ name, service, outcome, detail }: Result): ServiceResult =>
  ({ name, ...service, outcome, ...(detail === undefined ? {} : { detail }) });

/** A service that was removed has stopped. */
const isTrue = (outcome: CommandOutcome, goal: Goal | undefined): boolean =>
  outcome === 'reached' || outcome === 'sent' || (outcome === 'removed' && goal === 'down');

/** What `ask` gives for each, in their order; people who wait are told for what. */
export async function waitForAll(
  invocation: Invocation, n6: N6, services: readonly Status[], ask: (service: Status) => Promise<Result>,
): Promise<readonly Result[]> {
  const progress = createProgress(invocation, n6, new Map(services.map(({ name, state }) => [name, state])));
  try {
    return await inParallel(services, REQUESTS, async (service) => {
      const result = await ask(service);
      progress.done(service.name);
      return result;
    });
  } finally {
    progress.end();
  }
}

export type Telling = Readonly<{
  /** A verb, for "cannot … web". */
  wish: string;
  /** Milliseconds that were waited at most; undefined: without limit. */
  timeout: number | undefined;
  /** The line for what came true; undefined says nothing. */
  done(result: Result): string | undefined;
}>;

/** Prints every result, and gives the exit code of all. */
export function tellResults({ terminal, options }: Invocation, results: readonly Result[], { wish, timeout, done }: Telling): number {
  const json = options['json'] === true;
  if (json) printJson<'start'>(terminal, { services: results.map(documentOf) });
  for (const result of results) {
    const { outcome, refusal, came } = result;
    const line = came && !json ? done(result) : undefined;
    if (line !== undefined) terminal.print(line);
    if (!came) terminal.complain(outcome === 'refused' ? refusal! : notFulfilled(wish, result, timeout));
  }
  return results.every(({ came }) => came) ? SVC_EXIT.done.code : SVC_EXIT.notFulfilled.code;
}
