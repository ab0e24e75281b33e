/** The control API on TCP: off unless it is asked for, and then for those alone who have the token. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { AddressInfo, Server } from 'node:net';
import { addressText, type Address } from '../core/address.ts';
import type { Gate } from './gate.ts';
import { isOurHost } from './host.ts';
import { takeUp } from './listen.ts';
import { Refusal } from './problem.ts';
import type { ControlServer } from './server.ts';

export type TcpOptions = Readonly<{
  address: Address;
  token: string;
  /** Names that the Host header may have, besides localhost, the address and literal addresses. */
  names: readonly string[];
  /** The socket, from an earlier life of this process that listened there: its clients have been waiting in the meantime. */
  known?: number | undefined;
}>;

/** In `descriptors` of the server. */
export const tcpName = (address: Address): string => `tcp:${addressText(address)}`;

/** Gives the address that was had: port 0 is any. Rejects with the errno as `code` when it cannot listen. */
export async function listenOnTcp(server: ControlServer, { address, token, names, known }: TcpOptions): Promise<Address> {
  let port = address.port;
  await server.add(tokenGate(token, [address.host, ...names]), async (http) => {
    await (known === undefined ? begin(http, address) : takeUp(http, known));
    ({ port } = http.address() as AddressInfo);
    return () => undefined;
  }, tcpName(address));
  return { host: address.host, port };
}

const begin = (http: Server, { host, port }: Address): Promise<void> => new Promise((resolve, reject) => {
  http.once('error', reject);
  http.listen({ host, port, exclusive: true }, () => {
    http.off('error', reject);
    resolve();
  });
});

/** Exported for tests. */
export function tokenGate(token: string, names: readonly string[]): Gate {
  const expected = digest(token);
  return {
    enter({ headers: { host } }) {
      if (isOurHost(host, names)) return;
      const said = host === undefined ? 'no Host header' : `the Host ${JSON.stringify(host.slice(0, 100))}`;
      throw new Refusal('misdirected', `${said} is not of this server; use an address, localhost, or a name that N6_LISTEN_HOSTS lists`);
    },
    access({ headers: { authorization = '' } }) {
      const [, given] = /^Bearer +([\x21-\x7e]+)$/i.exec(authorization) ?? [];
      if (given === undefined) throw new Refusal('unauthorized', 'send the token: Authorization: Bearer TOKEN');
      if (!timingSafeEqual(digest(given), expected)) throw new Refusal('unauthorized', 'this is not the token; compare it with N6_TOKEN_FILE or N6_TOKEN');
      return 'act';
    },
  };
}

/** timingSafeEqual wants equal lengths, and a length is not to be learnt either. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
