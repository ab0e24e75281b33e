/** The end of what a short command writes, by a pipe that is given to it in place of n6's own output. */
import type { Kernel } from '../kernel/kernel.ts';

export type Tail = Readonly<{
  /** For the command's standard output and error. */
  descriptor: number;
  /** n6's end of it, while it is open. */
  reading(): number | undefined;
  /** The command has it: n6's own copy is closed. */
  given(): void;
  /** The command has ended: gives the end of its output, when all of it has been read. */
  end(done: (output: Buffer) => void): void;
}>;

/** Milliseconds that are waited for the end of the output of a command that has ended: what it has left behind may hold the pipe for ever. */
const PATIENCE = 200;

/** `size`: bytes of the end that are kept. Throws an error with `code` EMFILE or ENFILE. */
export function createTail(kernel: Pick<Kernel, 'pipe' | 'close' | 'read'>, size: number): Tail {
  const pipe = kernel.pipe();
  let kept = Buffer.alloc(0);
  let over = false;
  let told: (() => void) | undefined;
  const stop = kernel.read(pipe.read, (chunk) => {
    if (chunk !== undefined) {
      kept = Buffer.concat([kept, chunk]).subarray(-size);
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
      if (over) return done(kept);
      const timer = setTimeout(() => {
        told = undefined;
        stop();
        done(kept);
      }, PATIENCE);
      told = () => {
        clearTimeout(timer);
        done(kept);
      };
    },
  };
}
