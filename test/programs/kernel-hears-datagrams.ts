/** Says where it listens, and then every datagram that has come and how many descriptors it has open. */
import { readdirSync, readFileSync, writeSync } from 'node:fs';
import { createKernel } from '../../src/kernel/linux.ts';

const say = (value: unknown): void => void writeSync(1, `${JSON.stringify(value)}\n`);
const kernel = createKernel({
  exited: () => {}, orphanReaped: () => {}, childless: () => {}, failed: (where, error) => say({ failed: where, error: String(error) }),
}, {});
const { address } = kernel.openDatagrams(({ uid, bytes }) => say({ uid, text: bytes.toString(), open: readdirSync('/proc/self/fd').length, sleeps: sleeps() }));
say({ pid: kernel.pid, uid: process.getuid!(), address });
setInterval(() => {}, 2 ** 30);

/** How often the thread that runs JavaScript has gone to sleep. */
const sleeps = (): number => Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(readFileSync('/proc/thread-self/status', 'utf8'))![1]);
