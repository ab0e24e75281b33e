/** The control API on TCP: loaded when N6_LISTEN is set. */
import type { ControlServer } from '../control/server.ts';
import { listenOnTcp } from '../control/tcp.ts';
import { addressText, type Address } from '../core/address.ts';
import { BAD_TOKEN, listeningText, listenTrouble, NO_TOKEN, SHORTEST_TOKEN, tokenTrouble } from '../core/control-messages.ts';
import type { Report } from '../core/messages.ts';
import type { Settings } from '../core/settings.ts';
import { readSmall } from '../launch/reading.ts';

/** False: nobody listens. `known`: the socket, from an earlier life of this process. What cannot be had is told; the rest of n6 does not depend on it. */
export async function openRemote(
  server: ControlServer, settings: Settings, address: Address, report: (report: Report) => void, known?: number,
): Promise<boolean> {
  const say = (level: 'info' | 'error', text: string): boolean => {
    report({ type: 'note', level, text });
    return level === 'info';
  };
  const token = tokenOf(settings);
  if (typeof token !== 'string') return say('error', token.trouble);
  try {
    const had = await listenOnTcp(server, { address, token, names: settings.N6_LISTEN_HOSTS, known });
    return say('info', listeningText(addressText(had)));
  } catch (error) {
    return say('error', listenTrouble(addressText(address), (error as NodeJS.ErrnoException).code ?? String(error)));
  }
}

/** Read once: a supervisor does not wait for a file while it serves. */
function tokenOf({ N6_TOKEN, N6_TOKEN_FILE }: Settings): string | { trouble: string } {
  let token = N6_TOKEN;
  if (N6_TOKEN_FILE !== undefined) {
    try {
      token = readSmall(N6_TOKEN_FILE, LARGEST).toString('latin1').trim();
    } catch (error) {
      return { trouble: tokenTrouble(N6_TOKEN_FILE, (error as NodeJS.ErrnoException).code ?? String(error)) };
    }
  }
  if (token === undefined) return { trouble: NO_TOKEN };
  return token.length >= SHORTEST_TOKEN && /^[\x21-\x7e]+$/.test(token) ? token : { trouble: BAD_TOKEN };
}

/** Bytes. Node reads no header that is longer than 16 KiB. */
const LARGEST = 8192;
