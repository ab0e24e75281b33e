import { NoSupervisor } from '../client/errors.ts';
import type { SupervisorInfo } from '../control/backend.ts';
import { Unreachable } from '../control/client-errors.ts';
import { SVC_EXIT } from '../core/exit-codes.ts';
import { version } from '../version.ts';
import type { Invocation } from './command.ts';
import { reach } from './reach.ts';
import { mismatch, unreachable } from './sentences.ts';

type Asking = Pick<Invocation, 'options' | 'terminal'>;

/** `svc --version`: its own and, if one can be reached, the supervisor's; a mismatch is said, and is no failure. */
export async function showVersion(invocation: Asking): Promise<number> {
  const { terminal } = invocation;
  terminal.print(`svc ${version}`);
  const supervisor = await ask(invocation);
  if (supervisor !== undefined) {
    terminal.print(`supervisor ${supervisor.version}, pid ${supervisor.pid}, ${supervisor.directory}`);
    if (supervisor.version !== version) terminal.complain(mismatch(version, supervisor.version));
  }
  return SVC_EXIT.done.code;
}

/** undefined: there is no supervisor, which is no reason not to tell one's own version. */
async function ask(invocation: Asking): Promise<SupervisorInfo | undefined> {
  try {
    return await (await reach(invocation)).supervisor();
  } catch (error) {
    if (error instanceof Unreachable) invocation.terminal.complain(unreachable(error));
    else if (!(error instanceof NoSupervisor)) throw error;
    return undefined;
  }
}
