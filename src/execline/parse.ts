/** From tokens to the command line that execlineb would execute, its blocks encoded as execline's programs expect them. */
import { lex, type Problem, type Token } from './lex.ts';

export type { Problem } from './lex.ts';

/**
 * The command line of a script (a byte string), or its problems with their lines. Each word of a block has one space
 * before it per level of nesting; a block ends with an empty word, which belongs to the level outside. No words at all
 * is a script that has nothing to do: execlineb then exits 0.
 */
export function parse(text: string): { words: string[]; problems: Problem[] } {
  const { tokens, problems } = lex(text);
  if (problems.length > 0) return { words: [], problems };
  const words: string[] = [];
  const open: Token[] = [];
  for (const token of tokens) {
    if (token.kind === 'open') {
      open.push(token);
      continue;
    }
    if (token.kind === 'close' && open.pop() === undefined) {
      return { words: [], problems: [{ line: token.line, message: 'a } closes no block; remove it, or write \\} for the character' }] };
    }
    words.push(' '.repeat(open.length) + (token.kind === 'close' ? '' : token.text));
  }
  return { words, problems: open.map(({ line }) => ({ line, message: 'the block { is never closed; add a } between blanks' })) };
}
