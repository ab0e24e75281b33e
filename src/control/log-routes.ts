/** Which lines a request for `/v1/logs` means, and the answer that is one object. */
import type { Backend } from './backend.ts';
import { matches, select } from './glob.ts';
import type { LogWish } from './logs.ts';
import { Refusal } from './problem.ts';
import type { Answers } from './protocol.ts';
import type { LogQuery } from './requests.ts';

/** Throws a Refusal for a name that means nothing. A glob means services that come later, too. */
export function lineWish(backend: Backend, { names, lines, since, after }: LogQuery): LogWish {
  chosen(backend, names);
  const known = new Map<string, boolean>();
  const exact = new Set(backend.statuses().map(({ name }) => name).filter((name) => names.includes(name)));
  const isMeant = (service: string): boolean => names.length === 0 || names.some((name) => (exact.has(name) ? name === service : matches(name, service)));
  return {
    most: lines, since, after,
    wants(service) {
      const found = known.get(service) ?? isMeant(service);
      known.set(service, found);
      return found;
    },
  };
}

export async function answerLines(backend: Backend, asked: LogQuery): Promise<Answers['logs']> {
  const wish = lineWish(backend, asked);
  const logs = await backend.logs();
  const uncaptured = chosen(backend, asked.names).filter((name) => !logs.captures(name));
  return { ...logs.lines(wish), newest: logs.newest(), began: logs.began, uncaptured };
}

function chosen(backend: Backend, names: readonly string[]): string[] {
  const services = backend.statuses();
  const { selected, unmatched: [unknown] } = names.length === 0 ? { selected: services, unmatched: [] } : select(services, names);
  if (unknown !== undefined) throw new Refusal('no-such-service', unknown.detail);
  return selected.map(({ name }) => name);
}
