/** Where a server listens on TCP. */
export type Address = Readonly<{ host: string; port: number }>;

/** Unless a host is given: reachable from this machine, or container, alone. */
const LOOPBACK = '127.0.0.1';

/** `PORT`, `HOST:PORT` or `[IPV6]:PORT`; undefined for anything else. */
export function parseAddress(text: string): Address | undefined {
  const [, bracketed, plain, digits] = /^(?:(?:\[([\da-fA-F:.]+)\]|([^\s:[\]/]+)):)?(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  return digits === undefined || port > 65_535 ? undefined : { host: bracketed ?? plain ?? LOOPBACK, port };
}

/** As it stands in a URL. */
export const addressText = ({ host, port }: Address): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;
