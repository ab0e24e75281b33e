import type { Client } from '../control/client.ts';
import { textOption, type Invocation } from './command.ts';
import { findSupervisor, type Found } from './find-supervisor.ts';
import { standardPlaces } from './places.ts';

/** There is no socket anywhere: exit code 5. */
export class NoSupervisor extends Error {
  override readonly name = 'NoSupervisor';
  readonly looked: readonly string[];
  constructor(looked: readonly string[]) {
    super(`looked for ${looked.join(', ')}`);
    this.looked = looked;
  }
}

/** A client of the supervisor that this call of `svc` means; throws NoSupervisor. The HTTP client is loaded here, not for help. */
export async function reach(invocation: Invocation): Promise<Client> {
  const found = look(invocation);
  if ('looked' in found) throw new NoSupervisor(found.looked);
  const { createClient } = await import('../control/client.ts');
  return createClient(found.socket);
}

function look(invocation: Invocation): Found {
  return findSupervisor({
    dir: textOption(invocation, 'dir'),
    environmentDir: process.env['N6_DIR'],
    cwd: process.cwd(),
    standard: standardPlaces(process.env),
  });
}
