/**
 * Starts what its arguments name after the number of starts, counts what is told, and says so when nobody is left: as PID 1
 * or as subreaper.
 */
import { readdirSync, readFileSync, writeSync } from 'node:fs';
import { createKernel } from '../../src/kernel/linux.ts';

const [starts, program, ...words] = process.argv.slice(2);
const counts = { exits: 0, orphans: 0, failures: 0 };
const kernel = createKernel({
  exited: () => counts.exits++,
  orphanReaped: () => counts.orphans++,
  childless: () => {
    if (counts.exits < Number(starts)) return;
    writeSync(1, `${JSON.stringify({ ...counts, zombies: zombies() })}\n`);
    kernel.exit(7);
  },
  failed: () => counts.failures++,
}, {});
for (let count = 0; count < Number(starts); count++) {
  kernel.spawn({
    directory: '/', program: program!, arguments: [program!, ...words], environment: [], session: true, stdio: ['null', 'null', 'null'],
  }, () => {});
}

function zombies(): number {
  return readdirSync('/proc').filter((name) => {
    try {
      const [, parent] = /\) Z (\d+) /.exec(readFileSync(`/proc/${name}/stat`, 'utf8')) ?? [];
      return parent === String(process.pid);
    } catch {
      return false;
    }
  }).length;
}
