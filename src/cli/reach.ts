import type { N6 } from '../client/client.ts';
import { textOption, type Invocation } from './command.ts';

/** A client of the supervisor that this call of `svc` means; throws NoSupervisor. The HTTP client is loaded here, not for help. */
export async function reach(invocation: Pick<Invocation, 'options'>): Promise<N6> {
  const directory = textOption(invocation, 'dir');
  const { connect } = await import('../client/connect.ts');
  return connect(directory === undefined ? {} : { directory });
}
