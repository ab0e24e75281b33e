export type LineSplitter = Readonly<{
  /** The lines that are complete now, each with its newline; empty when there is none. Takes over the buffer. */
  push(chunk: Buffer): Buffer;
  /** What is left of the input, with a newline: at the end of it no line is lost (s6-log would lose this one). */
  finish(): Buffer;
  /** True while the beginning of a line waits for its end. */
  partial(): boolean;
}>;

/**
 * Makes lines of chunks. A NUL ends a line as a newline does; a line longer than `limit` bytes, without its newline, is cut
 * into several (spec/s6-compat 6.7). 0 is no limit.
 */
export function createLineSplitter(limit: number): LineSplitter {
  let held: Buffer[] = [];
  let heldBytes = 0;

  const hold = (rest: Buffer): void => {
    held.push(rest);
    heldBytes += rest.length;
  };
  const take = (): Buffer => {
    const all = held.length === 1 ? held[0]! : Buffer.concat(held);
    held = [];
    heldBytes = 0;
    return all;
  };

  return {
    push: (chunk) => {
      for (let at = chunk.indexOf(0); at !== -1; at = chunk.indexOf(0, at + 1)) chunk[at] = NEWLINE;
      const end = chunk.lastIndexOf(NEWLINE);
      // Joined only when there is something to give, so that a line of many chunks is not copied again with each of them.
      if (end === -1 && (limit === 0 || heldBytes + chunk.length <= limit)) {
        hold(Buffer.from(chunk));
        return EMPTY;
      }
      hold(chunk);
      const all = take();
      const { lines, rest } = limit === 0 ? cutAtNewline(all) : cutWithin(all, limit);
      if (rest.length > 0) hold(Buffer.from(rest));
      return lines;
    },
    finish: () => {
      if (heldBytes === 0) return EMPTY;
      hold(Buffer.from([NEWLINE]));
      return take();
    },
    partial: () => heldBytes > 0,
  };
}

type Cut = { lines: Buffer; rest: Buffer };

function cutAtNewline(all: Buffer): Cut {
  const end = all.lastIndexOf(NEWLINE) + 1;
  return { lines: all.subarray(0, end), rest: all.subarray(end) };
}

/** Goes from newline to newline in steps as long as the limit allows: a look at some eight places for 64 KiB of short lines. */
function cutWithin(all: Buffer, limit: number): Cut {
  const pieces: Buffer[] = [];
  let from = 0, at = 0;
  for (;;) {
    const end = all.lastIndexOf(NEWLINE, at + limit);
    if (end >= at) {
      at = end + 1;
    } else if (all.length - at > limit) {
      pieces.push(all.subarray(from, at + limit), Buffer.from([NEWLINE]));
      from = at += limit;
    } else {
      break;
    }
  }
  const lines = all.subarray(from, at);
  return { lines: pieces.length === 0 ? lines : Buffer.concat([...pieces, lines]), rest: all.subarray(at) };
}

const NEWLINE = 10;
const EMPTY = Buffer.alloc(0);
