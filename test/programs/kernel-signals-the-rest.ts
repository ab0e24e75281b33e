/** Starts a program that multiplies when it is terminated, twice, and ends everything below itself. */
import { writeSync } from 'node:fs';
import { createKernel } from '../../src/kernel/linux.ts';

const say = (value: unknown): void => void writeSync(1, `${JSON.stringify(value)}\n`);
const kernel = createKernel({
  exited: () => {},
  orphanReaped: () => {},
  childless: () => {
    say({ left: kernel.descendants(), childless: kernel.childless() });
    kernel.exit(0);
  },
  failed: (where, error) => say({ failed: where, error: String(error) }),
}, {});
let ready = 0;
for (let count = 0; count < 2; count++) {
  const { read, write } = kernel.pipe();
  kernel.spawn({
    directory: process.argv[2]!, program: './kernel-forks-when-terminated', arguments: ['forks'], environment: [Buffer.from('PATH=/usr/bin:/bin')],
    session: true, stdio: ['null', write, 'null'],
  }, (result) => {
    kernel.close(write);
    if ('failure' in result) say({ failed: result.failure });
  });
  kernel.read(read, (chunk) => {
    if (chunk === undefined || ++ready < 2) return;
    say({ below: kernel.descendants().length });
    kernel.signalRest('SIGTERM');
    kernel.signalRest('SIGKILL');
  });
}
