/** The `up` or `down` of a oneshot: one command line in execline's words, never a script (spec 5.2). */
import { parse } from '../../execline/parse.ts';

/** The text of the file; undefined: nothing but comments, which is success. */
export type CommandLine = string | undefined;

/** `line`: counted from 1. */
export type CommandProblem = Readonly<{ line: number; value: string; expected: string; remedy: string }>;

/**
 * Checks a command line as execlineb lexes it. `usable`: it can be run; a first line that begins with `#!` is a comment like
 * any other, and told.
 */
export function readCommandLine(text: string): { command: CommandLine; usable: boolean; problems: CommandProblem[] } {
  const hashbang: CommandProblem[] = text.startsWith('#!') ? [{
    line: 1, value: text.split('\n', 1)[0]!.slice(0, 60), expected: 'a command line: a hashbang means nothing here',
    remedy: 'put the script into a file of its own, and its path here',
  }] : [];
  const { words, problems } = parse(Buffer.from(text).toString('latin1'));
  const wrong = problems.map(({ line, message }): CommandProblem => {
    const [what, remedy = ''] = message.split('; ', 2);
    return { line, value: (text.split('\n')[line - 1] ?? '').trim().slice(0, 60), expected: `words and blocks of execline (${what})`, remedy };
  });
  return { command: words.length === 0 ? undefined : text, usable: problems.length === 0, problems: [...hashbang, ...wrong] };
}
