/** Replaces `${KEY}` and `$KEY` in the words of a command line by values, as all substituting programs of execline do. */

/** What a key stands for: one word, several, or none, which removes the words that hold the key. */
export type Values = ReadonlyMap<string, readonly string[]>;

/** `$KEY` without braces is only seen where one of these, or the end of the word, follows. */
const AFTER_A_BARE_KEY = ['', '$', '{', '}', '\\'];

/**
 * All keys at once, so that a value is never looked through again. Backslashes in front of a key that is known are halved,
 * and an odd number of them leaves the key as it is; elsewhere they are ordinary. A word that holds several keys of several
 * values becomes all combinations, the first key changing slowest. The spaces of a block's words stay in front of each.
 */
export function substitute(words: readonly string[], values: Values): string[] {
  return words.flatMap((word) => (word.includes('$') ? combine(divide(word, values)) : [word]));
}

/** A word as alternatives in a row: literal text has one. */
function divide(word: string, values: Values): (readonly string[])[] {
  const parts: (readonly string[])[] = [];
  let literal = '';
  for (let place = 0; place < word.length; ) {
    const backslashes = countBackslashes(word, place);
    const dollar = place + backslashes;
    const key = word[dollar] === '$' ? keyAt(word, dollar, values) : undefined;
    if (key === undefined) {
      literal += word.slice(place, dollar + 1);
      place = dollar + 1;
      continue;
    }
    literal += '\\'.repeat(Math.floor(backslashes / 2));
    if (backslashes % 2 === 1) {
      literal += word.slice(dollar, dollar + key.length);
    } else {
      parts.push([literal], values.get(key.name)!);
      literal = '';
    }
    place = dollar + key.length;
  }
  return [...parts, [literal]];
}

function countBackslashes(word: string, place: number): number {
  let count = 0;
  while (word[place + count] === '\\') count += 1;
  return count;
}

/** The known key whose `$` is at `dollar`, and how many characters it takes with its `$` and braces. */
function keyAt(word: string, dollar: number, values: Values): { name: string; length: number } | undefined {
  if (word[dollar + 1] === '{') {
    const end = word.indexOf('}', dollar);
    const name = word.slice(dollar + 2, end);
    return end > 0 && values.has(name) ? { name, length: end + 1 - dollar } : undefined;
  }
  for (const name of values.keys()) {
    if (word.startsWith(name, dollar + 1) && AFTER_A_BARE_KEY.includes(word[dollar + 1 + name.length] ?? '')) return { name, length: name.length + 1 };
  }
  return undefined;
}

const combine = (parts: readonly (readonly string[])[]): string[] =>
  parts.reduce<string[]>((beginnings, alternatives) => beginnings.flatMap((beginning) => alternatives.map((text) => beginning + text)), ['']);
