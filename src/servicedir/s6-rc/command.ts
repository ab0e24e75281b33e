/** The `up` or `down` of a oneshot: one command line in execline's words, never a script (spec 5.2). */

export type CommandLine =
  /** Nothing but comments: success. */
  | { kind: 'nothing' }
  /** A program and its arguments, nothing left to interpret. */
  | { kind: 'words'; words: readonly string[] }
  /** Blocks or words of execline's own: execlineb is what can run it. */
  | { kind: 'execline'; text: string };

/** `line`: counted from 1. */
export type CommandProblem = Readonly<{ line: number; value: string; expected: string; remedy: string }>;

type Token = Readonly<{ text: string; line: number; quoted: boolean }>;

/**
 * Reads the text as execlineb lexes it: blanks and line breaks part words, `#` at the beginning of a word begins a comment,
 * quotes and backslashes keep what follows. A first line that begins with `#!` is a comment like any other, and told.
 */
export function readCommandLine(text: string): { command: CommandLine | undefined; problems: CommandProblem[] } {
  const problems: CommandProblem[] = [];
  if (text.startsWith('#!')) {
    problems.push({
      line: 1, value: text.split('\n', 1)[0]!.slice(0, 60), expected: 'a command line: a hashbang means nothing here',
      remedy: 'put the script into a file of its own, and its path here',
    });
  }
  const { tokens, open } = lex(text);
  if (open !== undefined) {
    problems.push({ line: open, value: '"', expected: 'a second quote that ends the word', remedy: 'close it, or write \\" for a quote' });
    return { command: undefined, problems };
  }
  const unbalanced = findUnbalanced(tokens);
  if (unbalanced !== undefined) {
    problems.push({
      line: unbalanced.line, value: unbalanced.text,
      expected: unbalanced.text === '{' ? 'a } that ends the block' : 'a { before it', remedy: 'a brace is a word of its own: put blanks around it',
    });
    return { command: undefined, problems };
  }
  if (tokens.length === 0) return { command: { kind: 'nothing' }, problems };
  const plain = tokens.every(({ text: word, quoted }) => quoted || (word !== '{' && word !== '}')) && !WORDS.has(tokens[0]!.text);
  return { command: plain ? { kind: 'words', words: tokens.map(({ text: word }) => word) } : { kind: 'execline', text }, problems };
}

/** Programs of execline: whether the image has them or execlineb knows them is execlineb's affair. */
const WORDS: ReadonlySet<string> = new Set([
  'background', 'backtick', 'cd', 'define', 'elgetopt', 'elglob', 'emptyenv', 'envfile', 'exec', 'execlineb', 'exit', 'export', 'fdblock', 'fdclose',
  'fdmove', 'fdreserve', 'fdswap', 'forbacktickx', 'foreground', 'forstdin', 'forx', 'getcwd', 'getpid', 'heredoc', 'homeof', 'if', 'ifelse', 'ifte',
  'ifthenelse', 'importas', 'loopwhilex', 'multidefine', 'multisubstitute', 'pipeline', 'piperw', 'redirfd', 'runblock', 'shift', 'trap', 'tryexec',
  'umask', 'unexport', 'wait', 'withstdinas',
]);

/** `open`: the line of a quote that nothing closes. */
function lex(text: string): { tokens: Token[]; open: number | undefined } {
  const tokens: Token[] = [];
  let line = 1;
  let at = 0;
  while (at < text.length) {
    const character = text[at]!;
    if (BLANKS.includes(character)) {
      if (character === '\n') line++;
      at++;
      continue;
    }
    if (character === '#') {
      const end = text.indexOf('\n', at);
      at = end < 0 ? text.length : end;
      continue;
    }
    const began = line;
    let word = '';
    let quoted = false;
    let inQuotes = false;
    for (; at < text.length; at++) {
      const next = text[at]!;
      if (next === '\n') line++;
      if (next === '\\' && at + 1 < text.length) {
        quoted = true;
        const escaped = readEscape(text, at + 1, inQuotes);
        if (text[at + 1] === '\n') line++;
        word += escaped.text;
        at = escaped.end;
      } else if (next === '"') {
        quoted = true;
        inQuotes = !inQuotes;
      } else if (!inQuotes && BLANKS.includes(next)) {
        if (next === '\n') line--;
        break;
      } else word += next;
    }
    if (inQuotes) return { tokens, open: began };
    tokens.push({ text: word, line: began, quoted });
  }
  return { tokens, open: undefined };
}

const BLANKS = ' \t\r\n';
const CONTROLS: Readonly<Record<string, string>> = { a: '\x07', b: '\b', t: '\t', n: '\n', v: '\v', f: '\f', r: '\r' };

/** Inside quotes letters stand for control characters and numbers for bytes; outside, a backslash keeps the next character. `end`: its last place. */
function readEscape(text: string, at: number, inQuotes: boolean): { text: string; end: number } {
  const character = text[at]!;
  if (!inQuotes) return { text: character, end: at };
  if (character === '\n') return { text: '', end: at };
  const number = /^(?:0x([0-9a-fA-F]{2})|(\d{1,3}))/.exec(text.slice(at, at + 4));
  if (number !== null) {
    const code = number[1] === undefined ? Number(number[2]) : Number.parseInt(number[1], 16);
    return { text: String.fromCharCode(code & 0xff), end: at + number[0].length - 1 };
  }
  return { text: CONTROLS[character] ?? character, end: at };
}

function findUnbalanced(tokens: readonly Token[]): Token | undefined {
  const open: Token[] = [];
  for (const token of tokens) {
    if (token.quoted) continue;
    if (token.text === '{') open.push(token);
    if (token.text === '}' && open.pop() === undefined) return token;
  }
  return open.at(-1);
}
