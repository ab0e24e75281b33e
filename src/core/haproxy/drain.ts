/** Which servers of HAProxy are a member of the cluster, and whether anything still goes to it. Pure. */
import { serversOf, type Stat } from './show.ts';

/** `address`: its IP address. */
export type Drained = Readonly<{ name: string; address: string }>;

/**
 * The servers that are named as the member, or as one of its instances: `s1`, `s1-2`, `s1@2`, `s1_2`, `s1.2`, `s1:3001`. Where no
 * worker has one of such a name, those at its address: several members of one machine have names to be told apart by.
 */
export function isMemberIn(member: Drained, everywhere: readonly Stat[]): (row: Stat) => boolean {
  const isNamed = ({ server }: Stat): boolean =>
    server === member.name || (server.startsWith(member.name) && /^[-_.:@]\d+$/.test(server.slice(member.name.length)));
  if (serversOf(everywhere).some(isNamed)) return isNamed;
  return ({ server, address }) => server !== 'FRONTEND' && server !== 'BACKEND' && hostOf(address) === hostOf(`${member.address}:0`);
}

const hostOf = (address: string): string => address.replace(/:\d+$/, '').replace(/[[\]]/g, '').toLowerCase();

/** In maintenance no request is sent to it any more, not even one whose cookie names it. */
export const takesNothing = ({ status }: Stat): boolean => status.startsWith('MAINT');

/**
 * Whether requests that would go to this server have another one to go to, that is none of those that leave with it. A worker without any
 * would answer 503: the last server is used until somebody else is there, or until it has gone.
 */
export const isSpare = (row: Stat, rows: readonly Stat[], isOurs: (row: Stat) => boolean): boolean =>
  rows.some((other) => other.proxy === row.proxy && !isOurs(other) && /^(?:UP|no check)/.test(other.status));

export const isIdle = ({ sessions, queued }: Stat): boolean => sessions === 0 && queued === 0;
