/** Scripts of execline, well-formed and full of odd words, from a seed: the same seed gives the same scripts. */

export type Chance = Readonly<{
  below(limit: number): number;
  pick<T>(choices: readonly T[]): T;
  /** As many as `least` to `most` things. */
  several<T>(least: number, most: number, make: () => T): T[];
}>;

/** mulberry32: small, and good enough to tell scripts apart. */
export function chance(seed: number): Chance {
  let state = seed >>> 0;
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
  return {
    below,
    pick: (choices) => choices[below(choices.length)]!,
    several: (least, most, make) => Array.from({ length: least + below(most - least + 1) }, make),
  };
}

const PIECES = [
  'a', 'word', '-n', '--', 'x=y', '*', '?', '~', ';', '&', '|', '$(touch pwned)', '`touch pwned`', "'", '!', '$',
  '$$', '$HOME', '${HOME}', '\\\\', '\\"', '\\{', '\\#', '\\ ', '%s',
  '\xe9',  '"two words"', '"a\\nb"', '"\\0x41"', '"\\65\\101"', '"\\q"', '" "', '""', '"line\nbreak"',
  '"a\\\nb"', '"{"', '"}"', '"#"', '{}', 'a{', 'b}', 'a#b', 'a\\\nb',
  '$1', '$2', '$@', '$#', '${1}', '${2}', '${@}', '${#}', '\\\\$1', '\\\\\\\\${1}', '$1a', '"$1 b"', '${3}', '$9',
] as const;
const BLANKS = [' ', ' ', ' ', '  ', '\n', '\t', ' \\\n', ' # a comment } " {\n', '\r\n', '\n\n'] as const;

/** Words and blocks with odd blanks between them; nothing in it is the name of a program. */
export function oddWords(random: Chance, depth = 0): string {
  return random.several(depth, 5, () => {
    const blank = random.pick(BLANKS);
    if (depth < 3 && random.below(5) === 0) return `${blank}{${random.pick(BLANKS.slice(0, 6))}${oddWords(random, depth + 1)}${random.pick(BLANKS)}}`;
    return blank + random.several(1, 3, () => random.pick(PIECES)).filter((piece, place) => place === 0 || piece !== '{}').join('');
  }).join('');
}
