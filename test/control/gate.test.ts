import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { expectAccess } from '../../src/control/gate.ts';
import { peerGate, type Peer } from '../../src/control/peer-gate.ts';
import { ENDPOINT_NAMES, ENDPOINTS } from '../../src/control/protocol.ts';

const gateOf = (peer: Partial<Peer> | undefined, readers: number | undefined): (() => string) => {
  const gate = peerGate({ peerOf: () => (peer === undefined ? undefined : { uid: 1000, gid: 1000, groups: [], ...peer }), own: 500, readers });
  return () => {
    try {
      return gate.access({ socket: new Socket() } as IncomingMessage);
    } catch (error) {
      return (error as Error).message;
    }
  };
};

test('root and the own user act, the group reads, others and the unknown do nothing', () => {
  expect(gateOf({ uid: 0 }, undefined)()).toBe('act');
  expect(gateOf({ uid: 500 }, 7)()).toBe('act');
  expect(gateOf({ gid: 7 }, 7)()).toBe('read');
  expect(gateOf({ groups: [1, 7] }, 7)()).toBe('read');
  expect(gateOf({ gid: 0, groups: [0, 500] }, undefined)()).toBe('you are the user 1000; this is for root, the user 500');
  expect(gateOf({}, 7)()).toBe('you are the user 1000; this is for root, the user 500, and members of the group 7');
  expect(gateOf(undefined, 7)()).toBe('the kernel does not say who you are');
});

test('who connected is asked once', () => {
  let asked = 0;
  const gate = peerGate({ peerOf: () => ({ uid: asked++, gid: 0, groups: [] }), own: 0, readers: undefined });
  const request = { socket: new Socket() } as IncomingMessage;
  expect([gate.access(request), gate.access(request), asked]).toEqual(['act', 'act', 1]);
});

test('who may read may read everything that is no secret, and change nothing', () => {
  const allowed = ENDPOINT_NAMES.filter((endpoint) => {
    try {
      expectAccess(endpoint, 'read');
      return true;
    } catch {
      return false;
    }
  });
  expect(allowed).toEqual(ENDPOINT_NAMES.filter((endpoint) => ENDPOINTS[endpoint].method === 'GET' && !('secret' in ENDPOINTS[endpoint])));
  for (const endpoint of ENDPOINT_NAMES) expectAccess(endpoint, 'act');
});
