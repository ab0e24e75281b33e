import { readSync } from 'node:fs';
import type { Descriptors } from '../kernel/descriptors.ts';
import { codeOf } from '../kernel/errno.ts';
import type { Options } from './arguments.ts';
import { createLineSplitter } from './lines.ts';

export type Reading = Readonly<{
  /** Begins, or begins again after `waiting` kept it from reading. */
  goOn(): void;
  /** Reads no more than the rest of the line that has begun. What is after it stays where it is, for a successor. */
  stop(): void;
}>;

export type Reader = Readonly<{
  options: Pick<Options, 'blocking' | 'lineLimit' | 'lastLineTimeout'>;
  /** Complete lines with their newlines. */
  lines(lines: Buffer): void;
  /** Bytes that wait for an output. */
  waiting(): number;
  failed(error: unknown): void;
  /** Called once, when everything that will ever be read was given to `lines`. */
  ended(): void;
}>;

/**
 * Reads standard input. Waits in a thread (poll(2)) and reads in this one: so a signal never finds bytes that were read and
 * not yet written, and the flags of a pipe that the supervisor holds for the next logger stay as they are.
 */
export function startReading(descriptors: Descriptors, reader: Reader): Reading {
  const { options } = reader;
  const splitter = createLineSplitter(options.lineLimit);
  let polling = false, stopping = false, over = false;

  const end = (): void => {
    if (over) return;
    over = true;
    const rest = splitter.finish();
    if (rest.length > 0) reader.lines(rest);
    reader.ended();
  };

  /** False when there will be nothing more. After `stop` byte for byte: what is not read stays in the pipe. */
  const readOnce = (): boolean => {
    // A new one each time: what a splitter or an output keeps of it is not written over.
    const buffer = Buffer.allocUnsafe(stopping ? 1 : CHUNK);
    let length: number;
    try {
      length = readSync(STDIN, buffer);
    } catch (error) {
      // Somebody else made it non-blocking, and somebody else has read it empty.
      if (codeOf(error) === 'EAGAIN') return true;
      reader.failed(error);
      return false;
    }
    if (length === 0) return false;
    const lines = splitter.push(buffer.subarray(0, length));
    if (lines.length > 0) reader.lines(lines);
    return !(stopping && !splitter.partial());
  };

  const mayRead = (): boolean => !over && reader.waiting() <= (options.blocking ? 0 : MOST_WAITING);

  const readAll = (): void => {
    for (let reads = 0; mayRead() && descriptors.isReadable(STDIN); reads += 1) {
      // Signals get their turn though the input never ends.
      if (reads === READS_IN_A_TURN) {
        setImmediate(readAll);
        return;
      }
      if (!readOnce()) return end();
    }
    poll();
  };

  function poll(): void {
    if (polling || !mayRead()) return;
    polling = true;
    descriptors.whenReadable(STDIN, () => {
      polling = false;
      readAll();
    });
  }

  return {
    goOn: poll,
    stop: () => {
      if (stopping) return;
      stopping = true;
      if (!splitter.partial()) end();
      else if (options.lastLineTimeout > 0) setTimeout(end, options.lastLineTimeout);
    },
  };
}

const STDIN = 0;
/** What a pipe holds (pipe(7)). */
const CHUNK = 65_536;
const READS_IN_A_TURN = 64;
/** Without -b the service that is logged goes on for a while when the disk is full; not until the memory is full, too. */
const MOST_WAITING = 16 * 2 ** 20;
