/**
 * Is given a soft limit (first argument), opens as many files as the second says, starts the shell a few times, and says
 * what each found, and what limit it has itself while they are in flight and afterwards.
 */
import { openSync, readFileSync, writeSync } from 'node:fs';
import { createKernel } from '../../src/kernel/linux.ts';

const [limit, files] = process.argv.slice(2).map(Number);
const say = (value: unknown): void => void writeSync(1, `${JSON.stringify(value)}\n`);
const own = (): number => Number(/^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))![1]);
const kernel = createKernel({
  exited: () => {}, orphanReaped: () => {}, childless: () => {}, failed: (where, error) => say({ failed: where, error: String(error) }),
}, { softDescriptorLimit: limit! });
say({ own: own() });
for (let count = 0; count < files!; count++) openSync('/dev/null', 'r');
const CHILDREN = 8;
let output = '';
let ended = 0;
for (let count = 0; count < CHILDREN; count++) {
  const { read, write } = kernel.pipe();
  kernel.read(read, (chunk) => {
    output += chunk?.toString() ?? '';
    if (chunk !== undefined || ++ended < CHILDREN) return;
    say({ children: output.split('\n').filter((word, index, words) => words.indexOf(word) === index && word !== '') });
    say({ own: own() });
  });
  kernel.spawn({
    directory: '/', program: '/bin/sh', arguments: ['sh', '-c', 'ulimit -Sn'], environment: [], session: true, stdio: ['null', write, 'null'],
  }, (result) => {
    if ('failure' in result) say(result);
    kernel.close(write);
  });
}
try {
  openSync('/dev/null', 'r');
} catch (error) {
  say({ failed: String(error) });
}
