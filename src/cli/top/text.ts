/** Text in cells of a terminal: how wide it is, cut and filled to a width, and free of whatever would move the cursor. Pure. */

/**
 * A line that somebody else wrote, as it may be shown: without escape sequences (ISO 6429, and xterm's with a string), of a
 * line with carriage returns what a terminal would show at its end, tabs as blanks, other control characters as `·`.
 */
export function plain(line: string): string {
  const text = line.replace(ESCAPES, '').replace(/\r+$/, '');
  const shown = text.slice(text.lastIndexOf('\r') + 1);
  let width = 0;
  let result = '';
  for (const character of shown) {
    if (character === '\t') {
      const blanks = TAB - (width % TAB);
      result += ' '.repeat(blanks);
      width += blanks;
    } else {
      const seen = INVISIBLE.test(character) ? '·' : character;
      result += seen;
      width += widthOf(seen);
    }
  }
  return result;
}

const ESCAPES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])|\x9b[0-?]*[ -/]*[@-~]/g;
/** Control characters, and those that turn the direction of the text around. */
const INVISIBLE = /[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
const TAB = 8;

/** Cells that text without control characters takes. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += widthOfCharacter(character);
  return width;
}

function widthOfCharacter(character: string): 0 | 1 | 2 {
  const code = character.codePointAt(0)!;
  if (code < 0x300) return code === 0xad ? 0 : 1;
  if (NO_WIDTH.test(character)) return 0;
  return isWide(code) || EMOJI.test(character) ? 2 : 1;
}

const NO_WIDTH = /[\p{Mn}\p{Me}\p{Cf}]/u;
const EMOJI = /\p{Emoji_Presentation}/u;

/** Unicode Standard Annex 11, "East Asian Width": the blocks whose characters are wide or fullwidth. */
const WIDE: readonly (readonly [first: number, last: number])[] = [
  [0x1100, 0x115f], [0x2e80, 0x303e], [0x3041, 0x33ff], [0x3400, 0x4dbf], [0x4e00, 0x9fff], [0xa000, 0xa4cf], [0xa960, 0xa97f], [0xac00, 0xd7a3],
  [0xf900, 0xfaff], [0xfe30, 0xfe6f], [0xff00, 0xff60], [0xffe0, 0xffe6], [0x16fe0, 0x18aff], [0x1aff0, 0x1b2ff], [0x20000, 0x3fffd],
];
const isWide = (code: number): boolean => WIDE.some(([first, last]) => code >= first && code <= last);

/** At most `width` cells of text; where that is not all of it, the last is the mark. */
export function cut(text: string, width: number, mark: string): string {
  if (widthOf(text) <= width) return text;
  return width < 1 ? '' : head(text, width - widthOf(mark)) + mark;
}

/** Exactly `width` cells. */
export function fill(text: string, width: number, mark: string, align: 'left' | 'right' = 'left'): string {
  const shown = cut(text, width, mark);
  const blanks = ' '.repeat(Math.max(0, width - widthOf(shown)));
  return align === 'left' ? shown + blanks : blanks + shown;
}

/** The text as rows of at most `width` cells; one row where it is empty. */
export function rowsOf(text: string, width: number): string[] {
  if (text === '') return [''];
  const rows: string[] = [];
  for (let rest = text; rest !== '';) {
    // A character that is wider than the row is left out, and leaves its row empty.
    const row = head(rest, width);
    rows.push(row);
    rest = rest.slice(row.length || String.fromCodePoint(rest.codePointAt(0)!).length);
  }
  return rows;
}

function head(text: string, width: number): string {
  let used = 0;
  let end = 0;
  for (const character of text) {
    used += widthOfCharacter(character);
    if (used > width) break;
    end += character.length;
  }
  return text.slice(0, end);
}
