/** Which services do names and globs mean? For `?name=` of the API and for every `svc` command. */
import { noSuchService } from '../core/messages.ts';
import type { Unmatched } from './protocol.ts';

/**
 * The services that the patterns mean, each once, in the order in which they were given; a pattern that is the exact
 * name of a service means only that one. What means nothing is told, with the name that was likely meant.
 */
export function select<S extends { name: string }>(services: readonly S[], patterns: readonly string[]): { selected: S[]; unmatched: Unmatched[] } {
  const byName = new Map(services.map((service) => [service.name, service]));
  const chosen = new Set<S>();
  const unmatched: Unmatched[] = [];
  for (const pattern of patterns) {
    const exact = byName.get(pattern);
    const meant = exact === undefined ? services.filter(({ name }) => matches(pattern, name)) : [exact];
    if (meant.length === 0) unmatched.push({ name: pattern, detail: noSuchService(pattern, [...byName.keys()]) });
    for (const service of meant) chosen.add(service);
  }
  return { selected: services.filter((service) => chosen.has(service)), unmatched };
}

/**
 * glob(7): `*`, `?`, `[abc]`, `[a-z]`, `[!a]`; a backslash takes the next character as it is. Not by way of a regular
 * expression: `*a*a*a*b` would take it exponential time, and this runs inside the supervisor. On a mismatch only the
 * last star may grow, so the work is at most pattern times name.
 */
export function matches(pattern: string, name: string): boolean {
  const parts = compile(pattern);
  const text = [...name];
  let part = 0;
  let at = 0;
  let star = -1;
  let resume = 0;
  while (at < text.length) {
    const test = parts[part];
    if (test === 'star') {
      star = part++;
      resume = at;
    } else if (test?.(text[at]!) === true) {
      part++;
      at++;
    } else if (star >= 0) {
      part = star + 1;
      at = ++resume;
    } else {
      return false;
    }
  }
  while (parts[part] === 'star') part++;
  return part === parts.length;
}

type Part = 'star' | ((character: string) => boolean);

function compile(pattern: string): Part[] {
  const characters = [...pattern];
  const parts: Part[] = [];
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i]!;
    const end = character === '[' ? characters.indexOf(']', characters[i + 1] === '!' ? i + 3 : i + 2) : -1;
    if (character === '*') {
      parts.push('star');
    } else if (character === '?') {
      parts.push(() => true);
    } else if (end > i) {
      parts.push(set(characters.slice(i + 1, end)));
      i = end;
    } else {
      const literal = character === '\\' && i + 1 < characters.length ? characters[++i]! : character;
      parts.push((other) => other === literal);
    }
  }
  return parts;
}

function set(inside: string[]): (character: string) => boolean {
  const negated = inside[0] === '!';
  const members = negated ? inside.slice(1) : inside;
  const ranges: [string, string][] = [];
  for (let i = 0; i < members.length; i++) {
    const isRange = members[i + 1] === '-' && i + 2 < members.length;
    ranges.push([members[i]!, isRange ? members[i + 2]! : members[i]!]);
    if (isRange) i += 2;
  }
  return (character) => ranges.some(([from, to]) => character >= from && character <= to) !== negated;
}
