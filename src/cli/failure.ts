/** What went wrong, as sentences and an exit code. */
import { NoSuchService, NoSupervisor } from '../client/errors.ts';
import { Refused, Unreachable } from '../control/client-errors.ts';
import { SVC_EXIT } from '../core/exit-codes.ts';
import { UsageError } from './command.ts';
import { internalError, noService, noSupervisor, unreachable, usage } from './sentences.ts';

export function failure(error: unknown): { sentences: readonly string[]; code: number } {
  if (error instanceof UsageError) return { sentences: [usage(error)], code: SVC_EXIT.usage.code };
  if (error instanceof NoSuchService) return { sentences: error.unmatched.map(noService), code: SVC_EXIT.noSuchService.code };
  if (error instanceof NoSupervisor) return { sentences: [noSupervisor(error.looked)], code: SVC_EXIT.noSupervisor.code };
  if (error instanceof Unreachable) return { sentences: [unreachable(error)], code: SVC_EXIT.noSupervisor.code };
  if (error instanceof Refused) {
    const { code } = error.problem.code === 'no-such-service' ? SVC_EXIT.noSuchService : SVC_EXIT.notFulfilled;
    return { sentences: [error.message], code };
  }
  return { sentences: [internalError(error)], code: SVC_EXIT.notFulfilled.code };
}
