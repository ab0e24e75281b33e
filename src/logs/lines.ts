/** Bytes come in chunks, people think in lines. */

/** A line that has come whole, or many of them; or a piece of one that is longer than can be kept. */
export type Piece = Readonly<{
  /** Valid during the call alone. Lines have their newline. */
  bytes: Buffer;
  /** Lines in it; a piece counts as one. */
  lines: number;
  /** The last byte is a newline. */
  ended: boolean;
}>;

export type Splitter = Readonly<{
  /** Gives the lines that this chunk ends, all in one piece. */
  push(chunk: Buffer, give: (piece: Piece) => void): void;
  /** Gives what has come since the last newline; nothing is left then. */
  rest(give: (piece: Piece) => void): void;
  /** A copy of what `rest` would give. */
  held(): Buffer;
}>;

/** Bytes of beginnings of lines, over all splitters that share it. */
export type Held = { bytes: number };

/** Longer lines are given in pieces. */
export const LONGEST_LINE = 16 * 2 ** 20;
/** The same, when so much is kept in all. */
export const MOST_HELD = 64 * 2 ** 20;

const NEWLINE = 10;

export function createSplitter(all: Held, before?: Buffer, longest = LONGEST_LINE, most = MOST_HELD): Splitter {
  let held: Buffer[] = [];
  let length = 0;
  if (before !== undefined && before.length > 0) hold(before);

  function hold(bytes: Buffer): void {
    held.push(Buffer.from(bytes));
    length += bytes.length;
    all.bytes += bytes.length;
  }

  function take(): Buffer {
    const whole = held.length === 1 ? held[0]! : Buffer.concat(held);
    all.bytes -= length;
    held = [];
    length = 0;
    return whole;
  }

  return {
    push(chunk, give) {
      const end = chunk.lastIndexOf(NEWLINE) + 1;
      if (end > 0) {
        const lines = chunk.subarray(0, end);
        const whole = length === 0 ? lines : Buffer.concat([take(), lines]);
        give({ bytes: whole, lines: countLines(lines), ended: true });
      }
      if (end < chunk.length) hold(chunk.subarray(end));
      if (length > longest || (length > 0 && all.bytes > most)) give({ bytes: take(), lines: 1, ended: false });
    },
    rest(give) {
      if (length > 0) give({ bytes: take(), lines: 1, ended: false });
    },
    held: () => Buffer.concat(held),
  };
}

export function countLines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return count;
}
