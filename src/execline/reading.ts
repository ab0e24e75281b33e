/** Reads the parts of an encoded command line: options, blocks, fixed words. */

/** Wrong use of a word of execline: the message, and the exit code of the real program for it. */
export class Misuse extends Error {
  readonly code: number;
  constructor(message: string, code = 100) {
    super(message);
    this.code = code;
  }
}

export type Options = Readonly<{
  /** Whether a letter was given. */
  has(letter: string): boolean;
  /** The value given last for a letter that takes one. */
  value(letter: string): string | undefined;
  /** Of several letters the one that was given last. */
  last(letters: string): string | undefined;
}>;

/** Takes the words of a command line from its beginning, one part after the other. */
export type Reader = Readonly<{
  /** `letters` as for getopt(3): a colon follows a letter that takes a value. Throws Misuse for any other letter. */
  options(letters: string): Options;
  /**
   * A block: all words up to the next empty one, less the space before each. A word without that space belongs to it, too,
   * as without EXECLINE_STRICT: shells call these programs so. Throws Misuse when no empty word comes.
   */
  block(): string[];
  /** One word; throws Misuse when there is none. */
  word(what: string): string;
  /** Whether any word is left. */
  more(): boolean;
  /** All that is left. */
  rest(): string[];
  /** All that is left, and a Misuse when that is nothing. */
  program(): string[];
}>;

/** `name` is for the messages; `words` begin behind it. */
export function reader(name: string, words: readonly string[]): Reader {
  let next = 0;
  const more = (): boolean => next < words.length;
  const rest = (): string[] => words.slice(next);

  const options = (letters: string): Options => {
    const given: { letter: string; value: string }[] = [];
    while (/^-./.test(words[next] ?? '')) {
      const word = words[next++]!;
      if (word === '--') break;
      for (let place = 1; place < word.length; place += 1) {
        const letter = word[place]!;
        const known = letter === ':' ? -1 : letters.indexOf(letter);
        if (known < 0) throw new Misuse(`${name}: unknown option -${letter}`);
        if (letters[known + 1] !== ':') {
          given.push({ letter, value: '' });
          continue;
        }
        const value = place + 1 < word.length ? word.slice(place + 1) : words[next++];
        if (value === undefined) throw new Misuse(`${name}: option -${letter} needs a value`);
        given.push({ letter, value });
        break;
      }
    }
    const last = (wanted: string): { letter: string; value: string } | undefined => given.findLast(({ letter }) => wanted.includes(letter));
    return { has: (letter) => last(letter) !== undefined, value: (letter) => last(letter)?.value, last: (wanted) => last(wanted)?.letter };
  };

  const block = (): string[] => {
    const end = words.indexOf('', next);
    if (end < 0) throw new Misuse(`${name}: a block has no end; in a script it is { … }, on a command line it ends with an empty word`);
    const found = words.slice(next, end).map((word) => (word.startsWith(' ') ? word.slice(1) : word));
    next = end + 1;
    return found;
  };

  const word = (what: string): string => {
    if (!more()) throw new Misuse(`${name}: ${what} is missing`);
    return words[next++]!;
  };

  const program = (): string[] => {
    if (!more()) throw new Misuse(`${name}: the program to go on with is missing`);
    return rest();
  };

  return { options, block, word, more, rest, program };
}
