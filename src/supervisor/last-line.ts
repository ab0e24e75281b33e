/**
 * The last line that a short command writes, by a pipe that is given to it in place of n6's own output. Of a HAProxy it is the first
 * alert: its last line only says that there were some.
 */
import type { Kernel } from '../kernel/kernel.ts';

export type LastLine = Readonly<{
  /** For the command's standard output and error. */
  descriptor: number;
  /** n6's end of it, while it is open. */
  reading(): number | undefined;
  /** The command has it: n6's own copy is closed. */
  given(): void;
  /** The command has ended: gives its last line, when all of it has been read. */
  end(done: (line: string) => void): void;
}>;

/** Bytes of the end that are kept. */
const KEPT = 2048;
/** Characters of a line that are told. */
const LONGEST = 200;
/** Milliseconds that are waited for the end of the output of a command that has ended: what it has left behind may hold the pipe for ever. */
const PATIENCE = 200;

/** Throws an error with `code` EMFILE or ENFILE. */
export function createLastLine(kernel: Pick<Kernel, 'pipe' | 'close' | 'read'>): LastLine {
  const pipe = kernel.pipe();
  let kept = Buffer.alloc(0);
  let over = false;
  let told: (() => void) | undefined;
  const stop = kernel.read(pipe.read, (chunk) => {
    if (chunk !== undefined) {
      kept = Buffer.concat([kept, chunk]).subarray(-KEPT);
      return;
    }
    over = true;
    told?.();
  });
  return {
    descriptor: pipe.write,
    reading: () => (over ? undefined : pipe.read),
    given: () => kernel.close(pipe.write),
    end(done) {
      if (over) return done(lastOf(kept));
      const timer = setTimeout(() => {
        told = undefined;
        stop();
        done(lastOf(kept));
      }, PATIENCE);
      told = () => {
        clearTimeout(timer);
        done(lastOf(kept));
      };
    },
  };
}

/** Control characters could forge lines of the log. */
function lastOf(output: Buffer): string {
  const lines = output.toString().split('\n').map((line) => line.replace(/[\x00-\x1f\x7f]+/g, ' ').trim());
  return (lines.find((line) => line.startsWith('[ALERT]')) ?? lines.findLast((line) => line !== '') ?? '').slice(0, LONGEST);
}
