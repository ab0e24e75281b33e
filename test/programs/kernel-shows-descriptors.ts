/** Starts a shell that says which descriptors it has. */
import { createKernel } from '../../src/kernel/linux.ts';

const kernel = createKernel({
  exited: () => {}, orphanReaped: () => {}, childless: () => {}, failed: (where, error) => process.stdout.write(JSON.stringify([where, String(error)])),
}, {});
const script = 'for each in /proc/$$/fd/*; do [ -e "$each" ] && echo "${each##*/}"; done';
kernel.spawn({
  directory: '/', program: '/bin/sh', arguments: ['sh', '-c', script], environment: [], session: true, stdio: ['null', 'inherit', 'inherit'],
}, () => {});
