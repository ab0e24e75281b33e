/**
 * Divides an execline script into words as execlineb does. A text is a byte string: one character per byte (latin1), so
 * that nothing of a script is lost. All rules here were measured on execlineb 2.9.3, and a test compares them with it.
 */

/** What is wrong, and in which line, counted from 1. */
export type Problem = Readonly<{ line: number; message: string }>;

/** A word, or a brace that stands alone between blanks; any other brace is part of a word. */
export type Token = Readonly<{ kind: 'word' | 'open' | 'close'; text: string; line: number }>;

/** Values of a backslash and a letter; only between double quotes. */
const LETTERS: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** How a number after a backslash is written: `\0x` and one or two hexadecimal digits, `\0` and octal ones, or decimal ones. */
const NUMBERS = [
  { pattern: /0x([0-9A-Fa-f]{1,2})/y, base: 16 },
  { pattern: /0([0-7]{0,3})/y, base: 8 },
  { pattern: /([1-9][0-9]{0,2})/y, base: 10 },
] as const;

const isBlank = (character: string): boolean => character !== '' && character <= ' ';

/** The tokens of `text` up to its end or its first NUL, where execlineb ends, too; the first problem ends the list. */
export function lex(text: string): { tokens: Token[]; problems: Problem[] } {
  const tokens: Token[] = [];
  let place = 0;
  let line = 1;
  const at = (offset: number): string => (text[offset] === '\0' ? '' : text[offset] ?? '');

  /** Moves on by as many characters, and counts the lines passed. */
  const pass = (length: number): string => {
    const passed = text.slice(place, place + length);
    for (const character of passed) if (character === '\n') line += 1;
    place += length;
    return passed;
  };

  const skipBlanks = (): void => {
    for (;;) {
      if (isBlank(at(place))) pass(1);
      // Between words an escaped line break is a blank, and so is a backslash that ends the script.
      else if (at(place) === '\\' && ['\n', ''].includes(at(place + 1))) pass(2);
      else if (at(place) === '#') while (at(place) !== '' && at(place) !== '\n') pass(1);
      else return;
    }
  };

  /** The character that the escape at `place` (behind the backslash) stands for; '' for an escaped line break. */
  const readQuotedEscape = (): string | Problem => {
    const character = at(place);
    if (character < '0' || character > '9') {
      pass(1);
      return character === '\n' ? '' : LETTERS[character] ?? character;
    }
    for (const { pattern, base } of NUMBERS) {
      pattern.lastIndex = place;
      const found = pattern.exec(text);
      if (found === null) continue;
      const value = Number.parseInt(found[1]!, base);
      if (!(value >= 1 && value <= 255)) break;
      pass(found[0].length);
      return String.fromCharCode(value);
    }
    return { line, message: `\\${character} begins no byte from 1 to 255; write \\0x41, \\0101 or \\65 for an A, or \\\\ for a backslash` };
  };

  const readQuoted = (): string | Problem => {
    const begun = line;
    let word = '';
    pass(1);
    for (let number = false; ; ) {
      const character = at(place);
      if (character === '"') {
        pass(1);
        return word;
      }
      // execlineb takes a number for complete at the end of a script, and does not miss the quote.
      if (character === '' && number) return word;
      if (character === '' || (character === '\\' && at(place + 1) === '')) {
        return { line: begun, message: 'a double quote is opened and never closed; close it, or write \\" for the character' };
      }
      number = false;
      pass(1);
      if (character !== '\\') {
        word += character;
        continue;
      }
      number = /[0-9]/.test(at(place));
      const escaped = readQuotedEscape();
      if (typeof escaped !== 'string') return escaped;
      word += escaped;
    }
  };

  for (;;) {
    skipBlanks();
    const first = at(place);
    if (first === '') return { tokens, problems: [] };
    const start = line;
    const next = at(place + 1);
    if ((first === '{' || first === '}') && (next === '' || isBlank(next))) {
      pass(1);
      tokens.push({ kind: first === '{' ? 'open' : 'close', text: first, line: start });
      continue;
    }
    let word = '';
    for (let character = first; character !== '' && !isBlank(character); character = at(place)) {
      if (character === '"') {
        const quoted = readQuoted();
        if (typeof quoted !== 'string') return { tokens, problems: [quoted] };
        word += quoted;
        continue;
      }
      if (character === '\\' && at(place + 1) === '') return { tokens, problems: [{ line, message: 'a backslash ends the script; remove it' }] };
      if (character === '\\') pass(1);
      word += pass(1);
    }
    tokens.push({ kind: 'word', text: word, line: start });
  }
}
