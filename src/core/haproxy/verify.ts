/** Whether a worker has the servers that its configuration says. Pure. */
import type { Configuration } from './configuration.ts';
import { serversOf, type Stat } from './show.ts';

/** undefined: it has. Servers in maintenance that the configuration does not have are on their way out. */
export function whatIsMissing({ servers, backends, partial }: Configuration, stats: readonly Stat[]): string | undefined {
  const there = new Map(serversOf(stats).map((row) => [`${row.proxy}/${row.server}`, row]));
  for (const { backend, name, address } of servers) {
    const row = there.get(`${backend}/${name}`);
    if (isWritten(`${backend}${name}`) && row === undefined) return `show stat has no server ${backend}/${name}`;
    const wanted = numeric(address);
    if (row !== undefined && wanted !== undefined && row.address !== '' && numeric(row.address) !== wanted) {
      return `server ${backend}/${name} has the address ${row.address} in show stat, not ${address}`;
    }
  }
  if (partial) return undefined;
  const wanted = new Set(servers.map(({ backend, name }) => `${backend}/${name}`));
  const extra = [...there].find(([key, { proxy, status }]) => backends.includes(proxy) && !wanted.has(key) && !status.startsWith('MAINT'));
  return extra === undefined ? undefined : `show stat has the server ${extra[0]}, which the configuration does not`;
}

/** Nothing that only HAProxy reads. */
const isWritten = (text: string): boolean => !/[$\\"']/.test(text);

/** `IP:PORT` in one form; undefined for names, sockets and what has no port. */
function numeric(address: string): string | undefined {
  const [, ip, port] = /^((?:\d+\.){3}\d+|\[?[\da-f:]*:[\da-f:.]+\]?):(\d+)$/i.exec(address) ?? [];
  return ip === undefined ? undefined : `${ip.replace(/[[\]]/g, '').toLowerCase()} ${port}`;
}
