import { isIP } from 'node:net';

/**
 * Whether a request that says `header` was meant for a server with these names. A page on the internet can let its own name
 * point to this machine (DNS rebinding), but it cannot keep that name out of the header: names have to be known, literal
 * addresses point where they say. Pure.
 */
export function isOurHost(header: string | undefined, names: readonly string[]): boolean {
  if (header === undefined) return false;
  const [, bracketed, plain] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d{1,5})?$/.exec(header) ?? [];
  if (bracketed !== undefined) return isIP(bracketed) === 6;
  if (plain === undefined || plain === '') return false;
  if (isIP(plain) === 4) return true;
  const name = canonical(plain);
  return name === 'localhost' || names.some((known) => canonical(known) === name);
}

const canonical = (name: string): string => name.toLowerCase().replace(/\.$/, '');
