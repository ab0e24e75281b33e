/** What a script calls by name or path, found by its words alone: a script cannot be understood without being run. */
import { EXECLINE_PROGRAMS, S6_PROGRAMS } from './programs.ts';

export type Call = Readonly<{
  /** As it is written: a name, or a path. */
  word: string;
  /** Counted from 1; the first line of the script that has the word. */
  line: number;
}>;

/** Directories in which only s6, s6-overlay and execline have programs. */
const OF_S6 = /^\/(?:command|package\/admin\/[\w.+-]+\/command|(?:var\/)?run\/s6\/basedir\/bin)\/[\w.-]+$/;
/** Where shells and execline end a word. */
const BETWEEN = /[\s;|&(){}<>"'`$=]+/;

/** Every program of s6, s6-overlay or execline that the text names, once each, in the order of its lines. Comments and the hashbang are left out. */
export function callsIn(text: string): Call[] {
  const found = new Map<string, number>();
  for (const [index, line] of text.split('\n').entries()) {
    for (const word of line.replace(/(^|\s)#.*/, '').split(BETWEEN)) {
      if (isCall(word) && !found.has(word)) found.set(word, index + 1);
    }
  }
  return [...found].map(([word, line]) => ({ word, line }));
}

function isCall(word: string): boolean {
  if (OF_S6.test(word)) return true;
  const name = word.replace(/^\/(?:usr\/)?(?:local\/)?s?bin\//, '');
  return !name.includes('/') && (S6_PROGRAMS.has(name) || EXECLINE_PROGRAMS.has(name));
}
