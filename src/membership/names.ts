/** Looks names up for those who know members by name. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';

/** The address that getaddrinfo(3) gives first; undefined: there is none now. */
export async function addressOf(host: string): Promise<string | undefined> {
  if (isIP(host) !== 0) return host;
  try {
    return (await lookup(host)).address;
  } catch {
    return undefined;
  }
}

/** The DNS has answered, and there is no such name, or it has no such records. */
export const isNobody = (error: unknown): boolean => ['ENOTFOUND', 'ENODATA'].includes((error as NodeJS.ErrnoException).code ?? '');
