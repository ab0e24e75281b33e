/** As main.ts does, hides its streams; runs a hook while its own 0, 1, 2 are pipes, and says how these were opened, before and after (fcntl(2)). */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { hideStandardStreams } from '../../src/boot/streams.ts';
import { createHookRunner } from '../../src/hooks/run.ts';

hideStandardStreams();
const [directory, fifo] = process.argv.slice(2);
const flags = (): string[] => [0, 1, 2].map((descriptor) => /flags:\s*(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'))![1]!);
const before = flags();
const runner = createHookRunner({
  directories: [directory!], environment: () => ({ PATH: process.env['PATH'] ?? '' }), timeout: 0,
  kernel: {
    pipe: () => ({ read: openSync(fifo!, 'r+'), write: openSync(fifo!, 'r+') }),
    close: closeSync, signal: () => false, leaveToLibuv: () => {}, withGivenLimit: (start) => start(), now: () => performance.now(),
  },
  report: (report) => void writeSync(1, `${JSON.stringify(report)}\n`), hookFailed: () => {},
});
runner.give({ seq: 1, at: '', event: 'service-up', service: 'web' });
void runner.idle().then(() => writeSync(1, `${JSON.stringify({ before, after: flags() })}\n`));
