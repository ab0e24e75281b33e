/** Who may do what: a gate stands before each listener. */
import type { IncomingMessage } from 'node:http';
import { Refusal } from './problem.ts';
import { ENDPOINTS, type EndpointName } from './protocol.ts';

/** `act` is everything. `read` is to look at what there is, without secrets; it changes nothing. */
export type Access = 'act' | 'read';

export type Gate = Readonly<{
  /** Throws a Refusal for a request that must not even learn what there is. */
  enter(request: IncomingMessage): void;
  /** What the client may do; throws a Refusal when it may do nothing. Not asked for static files. */
  access(request: IncomingMessage): Access;
}>;

/** For tests, and where the mode of the socket says it all: whoever can connect may do everything. */
export const OPEN: Gate = { enter: () => undefined, access: () => 'act' };

/** Throws a Refusal when the resource is for others. */
export function expectAccess(endpoint: EndpointName, access: Access): void {
  if (access === 'act') return;
  const { method, path } = ENDPOINTS[endpoint];
  if (method !== 'GET') throw new Refusal('forbidden', `${method} ${path} changes something, and you may only read; root and the supervisor's user may`);
  if ('secret' in ENDPOINTS[endpoint]) throw new Refusal('forbidden', `${path} has secrets in it, which you may not read; root and the supervisor's user may`);
}
