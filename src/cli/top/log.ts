/** The log of one service, as `svc top` follows it. */
import type { N6 } from '../../client/client.ts';
import { Refused } from '../../control/client-errors.ts';

/**
 * Yields lines as they come, some of the newest at first, without control characters; ends when the signal is aborted or the
 * supervisor goes. Throws Refused when the supervisor has no log of it, Unreachable when it is lost.
 */
export type FollowLog = (n6: N6, name: string, signal: AbortSignal) => AsyncIterable<Readonly<{ lines: readonly string[]; lost: number }>>;

export const followLog: FollowLog = async function* noLog(_, name) {
  const detail = `${name}: this supervisor hands out no logs`;
  await Promise.reject(new Refused({ schema: 1, type: 'about:blank', title: 'Not Found', status: 404, code: 'no-such-resource', detail }));
};
