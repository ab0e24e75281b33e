/** What a program has said last, for a sentence. */

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
