/** Instances of one service are restarted one after the other: the next one when the one before is ready, and not at all when it does not become so. */
import type { N6 } from '../client/client.ts';
import type { Status } from '../core/status.ts';
import { resultOf, type Result } from './results.ts';

type Ask = (service: Status) => Promise<Result>;

/** `restart`: gives the command and waits for the new process. Services that are no instances are asked at once. */
export function rolling(n6: N6, services: readonly Status[], timeout: number, restart: Ask): Ask {
  /** The end of the one before, by the name of all; a text: why none comes after. */
  const queues = new Map<string, Promise<string | undefined>>();
  for (const { instance } of services) if (instance !== null) queues.set(instance.of, Promise.resolve(undefined));
  const results = new Map<string, Promise<Result>>();
  for (const service of inOrder(services)) {
    const { name, instance } = service;
    if (instance === null) continue;
    const result = queues.get(instance.of)!.then((why) => (why === undefined ? one(n6, service, timeout, restart) : skipped(name, why)));
    results.set(name, result);
    queues.set(instance.of, result.then(({ came, outcome, refusal }) =>
      (came ? undefined : outcome === 'refused' ? refusal ?? '' : `${name} did not become ready`), () => `${name} could not be restarted`));
  }
  return (service) => results.get(service.name) ?? restart(service);
}

async function one(n6: N6, service: Status, timeout: number, restart: Ask): Promise<Result> {
  const { name } = service;
  const until = performance.now() + timeout;
  const result = await restart(service);
  if (!result.came) return result;
  return resultOf(name, 'ready', n6.waitFor(name, 'ready', { timeout: Math.max(0, Math.round(until - performance.now())) }));
}

const skipped = (name: string, why: string): Result => {
  const reason = why.startsWith('cannot restart') ? why.replace(/^cannot restart [^:]*: /, '') : why;
  return { name, service: null, outcome: 'refused', refusal: `cannot restart ${name}: ${reason}; it runs as before`, detail: undefined, came: false };
};

const inOrder = (services: readonly Status[]): Status[] => [...services].sort((a, b) => (a.instance?.number ?? 0) - (b.instance?.number ?? 0));
