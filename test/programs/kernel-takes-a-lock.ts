/** Takes the lock on a file and says whether it got it: at once, and at each HUP. Gives it back at USR2. */
import { writeSync } from 'node:fs';
import { createKernel } from '../../src/kernel/linux.ts';

const say = (value: unknown): void => void writeSync(1, `${JSON.stringify(value)}\n`);
const [path] = process.argv.slice(2);
const kernel = createKernel({
  exited: () => {}, orphanReaped: () => {}, childless: () => {}, failed: (where, error) => say({ failed: where, error: String(error) }),
}, {});
const take = (): void => {
  try {
    say(kernel.lock(path!));
  } catch (error) {
    say((error as NodeJS.ErrnoException).code);
  }
};
kernel.onSignals(['SIGHUP', 'SIGUSR2'], (signal) => {
  if (signal === 'SIGHUP') take();
  else say(kernel.unlock(path!) ?? 'given back');
});
take();
setInterval(() => {}, 2 ** 30);
