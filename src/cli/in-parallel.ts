/**
 * Calls `act` for every item, at most `limit` at a time, and gives the results in the order of the items. The first
 * rejection rejects the whole.
 */
export async function inParallel<T, R>(items: readonly T[], limit: number, act: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const work = items.entries();
  const one = async (): Promise<void> => {
    for (const [index, item] of work) results[index] = await act(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, one));
  return results;
}

/**
 * Requests that `svc` keeps open at once: half of the connections without a request that the supervisor keeps, among which
 * a new one is until its request has come, and one that was answered until its end has.
 */
export const REQUESTS = 100;
