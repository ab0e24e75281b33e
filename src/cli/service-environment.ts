import type { N6 } from '../client/client.ts';
import { NoSuchService } from '../client/errors.ts';
import type { RunEnvironment } from '../control/backend.ts';
import { findAll, mayBePath } from './names.ts';

/** What the run of the one service that a word means would find; a glob may mean one, too. Throws NoSuchService. */
export async function environmentOf(n6: N6, word: string): Promise<RunEnvironment> {
  // A name that is exactly that of a service needs no list of all of them.
  if (!mayBePath(word) && !/[*?[\\]/.test(word)) return n6.environment(word);
  const [service, ...others] = await findAll(n6, [word]);
  if (others.length > 0) {
    throw new NoSuchService([{ name: word, detail: `${JSON.stringify(word)} means ${others.length + 1} services; name one of them: ${service!.name}` }]);
  }
  return n6.environment(service!.name);
}
