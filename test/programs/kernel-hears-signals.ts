/**
 * Sends itself what its arguments name, says what `earlySignals` found, and from then on what it hears. After the word
 * `late`, it asks before it sends.
 */
import { writeSync } from 'node:fs';
import { url } from 'node:inspector';
import { createKernel } from '../../src/kernel/linux.ts';

const say = (value: unknown): void => void writeSync(1, `${JSON.stringify(value)}\n`);
const words = process.argv.slice(2);
const send = (signals: readonly string[]): void => {
  for (const signal of signals) process.kill(process.pid, signal);
};
const late = words.indexOf('late');
send(late < 0 ? words : words.slice(0, late));

const kernel = createKernel({
  exited: () => {}, orphanReaped: () => {}, childless: () => {}, failed: (where, error) => say({ failed: where, error: String(error) }),
}, {});
say({ early: kernel.earlySignals(), pid: kernel.pid });
if (late >= 0) send(words.slice(late + 1));
kernel.onSignals([
  'SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGHUP', 'SIGALRM', 'SIGWINCH', 'SIGPWR', 'SIGRTMIN+3', 'SIGKILL', 'SIGSTOP', 'no signal',
], (signal) => say({ heard: signal }));
setImmediate(() => setImmediate(() => say(url() === undefined ? 'listening' : url())));
setInterval(() => {}, 2 ** 30);
