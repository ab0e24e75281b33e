/** Leaves a child behind, becomes itself again, and in the second life hears of the child's end. */
import { fstatSync, readFileSync, writeSync } from 'node:fs';
import { createKernel } from '../../src/kernel/linux.ts';

const say = (value: unknown): void => void writeSync(1, `${JSON.stringify(value)}\n`);
const [life, kept] = process.argv.slice(2).map(Number);
const kernel = createKernel({
  exited: (pid, exit) => say({ exited: pid, exit }),
  orphanReaped: (pid) => {
    say({ reaped: pid, pid: process.pid, environment: readFileSync('/proc/self/environ').toString('latin1') });
    kernel.exit(3);
  },
  childless: () => {}, failed: (where, error) => say({ failed: where, error: String(error) }),
}, {});

if (life !== 2) {
  const { read, write } = kernel.pipe();
  const become = (program: string): void => kernel.exec({
    program, arguments: [program, __filename, '2', String(write)], environment: [Buffer.from([88, 61, 255])], keep: [write],
  });
  kernel.spawn({
    directory: '/', program: '/bin/sh', arguments: ['sh', '-c', 'read -r _'], environment: [], session: true, stdio: [read, 'null', 'null'],
  }, (result) => {
    kernel.close(read);
    say({ ...result, self: process.pid });
    try {
      become('/nowhere/node');
    } catch (error) {
      say({ refused: String(error) });
    }
    become(process.execPath);
  });
  try {
    become(process.execPath);
  } catch (error) {
    say({ refused: String(error) });
  }
} else {
  say({ second: process.pid, kept: fstatSync(kept!).isFIFO() });
  // Its standard input comes to an end, and so does it.
  kernel.close(kept!);
}
