/** Is somebody there who takes a connection? Nothing is sent. */
import { connect, type NetConnectOpts } from 'node:net';
import type { Try } from './asking.ts';
import { connectText } from './sentences.ts';

/** `place`: its name in messages. */
export const tryConnection = (options: NetConnectOpts, place: string): Try => (answer) => {
  const socket = connect(options);
  socket.on('connect', () => {
    socket.destroy();
    answer(undefined);
  });
  socket.on('error', (error) => answer(connectText(place, codeOf(error))));
  return () => void socket.destroy();
};

/** Of several addresses that were tried, the first one's. */
export function codeOf(error: NodeJS.ErrnoException): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return (first as NodeJS.ErrnoException | undefined)?.code ?? error.code ?? 'EUNKNOWN';
}
