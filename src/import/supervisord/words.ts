/** Words of a command, and pairs of an environment, as supervisord takes them apart: Python's shlex. No shell is in it. */
import { quote } from '../script.ts';
import { isLater, LATER } from './expand.ts';

export type Split<T> = Readonly<{ value: T; wrong: undefined } | { value: undefined; wrong: string }>;

/** shlex.split: blanks divide, '…' and "…" keep together, a backslash takes the next character as it is (within "…" only `"` and `\`). */
export function splitCommand(text: string): Split<string[]> {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (/[ \t\r\n]/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (character === '\\') {
      if (at + 1 === text.length) return { value: undefined, wrong: 'a character after the last backslash' };
      word = `${word ?? ''}${text[++at]}`;
    } else if (character === "'" || character === '"') {
      const end = closing(text, at);
      if (end < 0) return { value: undefined, wrong: `a closing ${character}` };
      const inside = text.slice(at + 1, end).replaceAll(LATER.bare, LATER.quoted);
      word = `${word ?? ''}${character === '"' ? inside.replace(/\\(["\\])/g, '$1') : inside}`;
      at = end;
    } else {
      word = `${word ?? ''}${character}`;
    }
  }
  if (word !== undefined) words.push(word);
  return { value: words, wrong: undefined };
}

/** Where the quote at `start` is closed; -1: nowhere. */
function closing(text: string, start: number): number {
  const mark = text[start]!;
  for (let at = start + 1; at < text.length; at++) {
    if (mark === '"' && text[at] === '\\') at++;
    else if (text[at] === mark) return at;
  }
  return -1;
}

/** `A="b",C=d`: datatypes.dict_of_key_value_pairs, to the letter: a comma is any token between two pairs. */
export function splitPairs(text: string): Split<Record<string, string>> {
  const tokens = tokensOf(text);
  if (tokens === undefined) return { value: undefined, wrong: 'a closing quote' };
  const pairs: Record<string, string> = {};
  for (let at = 0; at < tokens.length; at += 4) {
    const [name, equals, value] = tokens.slice(at, at + 3);
    if (value === undefined || equals !== '=') return { value: undefined, wrong: 'NAME="value",OTHER="value"' };
    pairs[name!] = value.replace(/^['"]+|['"]+$/g, '');
  }
  return { value: pairs, wrong: undefined };
}

/** shlex.shlex with `posix=False` and `/.+-():` in its words: a quoted text is one token, its quotes included. */
function tokensOf(text: string): string[] | undefined {
  const found: string[] = [];
  const pattern = /[ \t\r\n]+|#.*|("[^"]*"|'[^']*')|((?:[\w/.+\-():\u00C0-\uFFFF])(?:[\w/.+\-():\u00C0-\uFFFF"']|#.*\n?)*)|(["'])|([^])/gu;
  for (const [, quoted, word, unclosed, other] of text.matchAll(pattern)) {
    if (unclosed !== undefined) return undefined;
    // A comment does not end a word.
    const token = quoted ?? word?.replace(/#.*\n?/g, '') ?? other;
    if (token !== undefined) found.push(token);
  }
  return found;
}

/** A word for sh in which variables of later have their value; sh says so and ends where one is not set. */
export function shellWord(word: string): string {
  if (!isLater(word)) return quote(word);
  return word.split(/([\uE000\uE002]\w*\uE001)/).filter((piece) => piece !== '').map((piece) => {
    if (!isLater(piece)) return quote(piece);
    const value = `\${${piece.slice(1, -1)}?}`;
    return piece.startsWith(LATER.bare) ? value : `"${value}"`;
  }).join('');
}

/** Does sh have to take a value apart? Then it must not look for files, too. */
export const splitsLater = (words: readonly string[]): boolean => words.some((word) => word.includes(LATER.bare));
export const quoteLater = (text: string): string => text.replaceAll(LATER.bare, LATER.quoted);
