/** Bytes come in chunks, people think in lines. */

/** Longer ones are given in pieces. */
export const LONGEST_LINE = 64 * 1024;

const NEWLINE = 10;

export type Lines = Readonly<{
  /** All lines that this chunk ends, without their newline. */
  push(chunk: Buffer): readonly Line[];
  /** What has come since the last newline; nothing is left then. */
  rest(): readonly Line[];
}>;

/** `ended`: a newline followed; otherwise it is a piece of a longer one, or the last one of a life. */
export type Line = Readonly<{ bytes: Buffer; ended: boolean }>;

export function createLines(): Lines {
  let partial: Buffer[] = [];
  let length = 0;

  function take(): Buffer {
    const whole = partial.length === 1 ? partial[0]! : Buffer.concat(partial);
    partial = [];
    length = 0;
    return whole;
  }

  return {
    push(chunk) {
      const found: Line[] = [];
      for (let at = 0; at < chunk.length;) {
        const newline = chunk.indexOf(NEWLINE, at);
        const isNear = newline >= 0 && length + newline - at <= LONGEST_LINE;
        const end = isNear ? newline : Math.min(chunk.length, at + LONGEST_LINE - length);
        partial.push(chunk.subarray(at, end));
        length += end - at;
        at = isNear ? end + 1 : end;
        if (isNear || length === LONGEST_LINE) found.push({ bytes: take(), ended: isNear });
      }
      return found;
    },
    rest: () => (length === 0 ? [] : [{ bytes: take(), ended: false }]),
  };
}

/** The last line that has something in it, cut to what a sentence can hold. */
export function createTail(): Readonly<{ push(chunk: Buffer): void; last(): string }> {
  let kept = '';
  return {
    push: (chunk) => void (kept = (kept + chunk.toString('utf8')).slice(-KEPT)),
    last: () => plain(kept.split(/[\r\n]+/).findLast((line) => plain(line, 1) !== '') ?? '', LONGEST_DETAIL),
  };
}

/** What goes into one line of a status: no control characters (C0, DEL, C1, line and paragraph separators), no more than that. */
export const plain = (text: string, most: number): string =>
  [...text.replace(CONTROL, ' ').replace(/ {2,}/g, ' ').trim()].slice(0, most).join('');

const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g;
const KEPT = 2000;
const LONGEST_DETAIL = 200;
