/** Sentences about who reaches the control API. */
import { errnoText } from './messages.ts';

/** `address` as in a URL. */
export const listeningText = (address: string): string => `the control API listens on http://${address}/ for those who have the token`;

export function listenTrouble(address: string, code: string): string {
  const remedy = REMEDIES[code] ?? 'give N6_LISTEN another address';
  return `cannot listen on ${address}: ${errnoText(code)}; ${remedy}. The control socket is there all the same`;
}

const REMEDIES: Readonly<Record<string, string>> = {
  EADDRINUSE: 'give N6_LISTEN another port, or end who has this one',
  EADDRNOTAVAIL: 'no interface has that address: give N6_LISTEN another one, or 0.0.0.0 for all',
  EACCES: 'ports below 1024 are for root: give N6_LISTEN another port',
};

/** Characters that a token has to have: it is all that stands before the control of every service. */
export const SHORTEST_TOKEN = 16;

export const NO_TOKEN = 'N6_LISTEN is set, but nobody is let in without a token: give N6_TOKEN_FILE or N6_TOKEN; nothing listens on TCP';
export const BAD_TOKEN = `the token has to be ${SHORTEST_TOKEN} or more visible ASCII characters without a blank; nothing listens on TCP. To make one: `
  + 'head -c 24 /dev/urandom | base64';
export const tokenTrouble = (file: string, code: string): string =>
  `cannot read the token: N6_TOKEN_FILE=${file}: ${errnoText(code)}; nothing listens on TCP`;

/** `why` is a sentence of its own, or an errno's name. */
export const groupTrouble = (group: string, why: string): string =>
  `cannot let the group ${group} read through the control socket: ${why}; it is for its owner alone, correct N6_CONTROL_GROUP`;
