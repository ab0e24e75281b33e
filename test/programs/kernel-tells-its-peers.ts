/** Listens at a Unix socket and says who connects to it. */
import { writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { createKernel } from '../../src/kernel/linux.ts';

const say = (value: unknown): void => void writeSync(1, `${JSON.stringify(value)}\n`);
const kernel = createKernel({
  exited: () => {}, orphanReaped: () => {}, childless: () => {}, failed: (where, error) => say({ failed: where, error: String(error) }),
}, {});
createServer((socket) => {
  const peer = kernel.peerOf(socket);
  socket.destroy();
  say({ peer, after: kernel.peerOf(socket) ?? null });
}).listen(process.argv[2], () => say('listening'));
