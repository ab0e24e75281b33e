/**
 * A POSIX extended regular expression (regex(7)) in the C locale as a test of one line, both as latin1 text, one character
 * for a byte. Undefined when it is malformed. Back-references are not part of extended expressions. A test cannot see which
 * of several matches was taken, so that POSIX's longest and JavaScript's first are the same here.
 */
export function extendedExpression(pattern: string): ((line: string) => boolean) | undefined {
  if (pattern === '') return () => true;
  const source = translate(pattern);
  if (source === undefined) return undefined;
  try {
    const expression = new RegExp(source, 's');
    return (line) => expression.test(line);
  } catch {
    return undefined;
  }
}

function translate(pattern: string): string | undefined {
  let result = '';
  let depth = 0;
  // Something that * + ? { may repeat: at a beginning, POSIX leaves them undefined and glibc takes them for themselves or skips them.
  let repeatable = false;
  for (let at = 0; at < pattern.length;) {
    const character = pattern[at]!;
    if (character === '\\') {
      const escaped = pattern[at + 1];
      if (escaped === undefined) return undefined;
      result += GNU_ESCAPES.includes(escaped) ? `\\${escaped}` : literal(escaped);
      repeatable = true;
      at += 2;
    } else if (character === '[') {
      const bracket = bracketExpression(pattern, at);
      if (bracket === undefined) return undefined;
      result += bracket.source;
      at = bracket.end;
      repeatable = true;
    } else if (character === '(') {
      depth += 1;
      result += '(?:';
      repeatable = false;
      at += 1;
    } else if (character === ')') {
      // A closing parenthesis alone is an ordinary character in POSIX; glibc refuses it.
      if (depth === 0) return undefined;
      depth -= 1;
      result += ')';
      repeatable = true;
      at += 1;
    } else if (character === '|') {
      result += '|';
      repeatable = false;
      at += 1;
    } else if ('*+?'.includes(character)) {
      if (!repeatable) return undefined;
      // `a**` is `a*` repeated; JavaScript wants a group, and would take `a*?` for a lazy one.
      result = repeat(result, character);
      at += 1;
    } else if (character === '{') {
      const interval = /^\{([0-9]*)(,?)([0-9]*)\}/.exec(pattern.slice(at));
      if (interval === null || (interval[1] === '' && interval[3] === '') || !repeatable) {
        if (/^\{[0-9,]/.test(pattern.slice(at))) return undefined;
        result += '\\{';
        repeatable = true;
        at += 1;
        continue;
      }
      const [whole, least, comma, most] = interval;
      if (most !== '' && Number(least) > Number(most)) return undefined;
      if (Math.max(Number(least), Number(most)) > LARGEST_INTERVAL) return undefined;
      result = repeat(result, `{${least === '' ? '0' : least}${comma}${most}}`);
      at += whole.length;
    } else if (character === '^' || character === '$') {
      result += character === '^' ? '(?:^)' : '(?:$)';
      repeatable = character === '$';
      at += 1;
    } else {
      result += character === '.' ? '.' : literal(character);
      repeatable = true;
      at += 1;
    }
  }
  return depth === 0 ? result : undefined;
}

/** Puts a repetition behind the last item of a source; one that is repeated already goes into a group first. */
function repeat(source: string, times: string): string {
  const begin = beginOfLast(source);
  const last = source.slice(begin);
  return `${source.slice(0, begin)}(?:${last})${times}`;
}

/** Where the last item of a translated source begins: a character, an escape, a bracket, a group, or a group with its repetition. */
function beginOfLast(source: string): number {
  const begins: number[] = [];
  let last = 0;
  for (let at = 0; at < source.length;) {
    const character = source[at]!;
    if (character === '(') {
      begins.push(at);
      at += 3;
      continue;
    }
    if (character === ')') {
      last = begins.pop()!;
      at += 1;
      // translate writes a repetition nowhere but behind a group.
      at += /^(?:[*+?]|\{[0-9,]+\})?/.exec(source.slice(at))![0].length;
      continue;
    }
    last = at;
    if (character === '[') {
      at += /^\[(?:\\.|[^\]\\])*\]/s.exec(source.slice(at))![0].length;
    } else if (character === '\\') {
      at += source[at + 1] === 'x' ? 4 : 2;
    } else {
      at += 1;
    }
  }
  return last;
}

/** `[...]` with its ranges, classes, equivalences and collating symbols; a backslash is an ordinary character in it. */
function bracketExpression(pattern: string, begin: number): { source: string; end: number } | undefined {
  let at = begin + 1;
  const negated = pattern[at] === '^';
  if (negated) at += 1;
  let content = '';
  for (let first = true; ; first = false) {
    if (pattern[at] === undefined) return undefined;
    if (pattern[at] === ']' && !first) break;
    const named = /^\[:([a-z]*):\]/.exec(pattern.slice(at));
    if (named !== null) {
      const members = CLASSES[named[1]!];
      if (members === undefined) return undefined;
      content += members;
      at += named[0].length;
      continue;
    }
    const from = collating(pattern, at);
    if (from === undefined) return undefined;
    at = from.end;
    if (pattern[at] === '-' && pattern[at + 1] !== undefined && pattern[at + 1] !== ']') {
      const to = collating(pattern, at + 1);
      if (to === undefined || to.character < from.character) return undefined;
      content += `${escapedByte(from.character)}-${escapedByte(to.character)}`;
      at = to.end;
    } else {
      content += escapedByte(from.character);
    }
  }
  return { source: `[${negated ? '^' : ''}${content}]`, end: at + 1 };
}

/** One member: a character, `[.x.]` or `[=x=]`. */
function collating(pattern: string, at: number): { character: string; end: number } | undefined {
  const symbol = /^\[([.=])(.)\1\]/s.exec(pattern.slice(at));
  if (symbol !== null) return { character: symbol[2]!, end: at + symbol[0].length };
  if (/^\[[.=:]/.test(pattern.slice(at))) return undefined;
  return { character: pattern[at]!, end: at + 1 };
}

const escapedByte = (character: string): string => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
const literal = (character: string): string => (/[A-Za-z0-9 ]/.test(character) ? character : escapedByte(character));

/** What glibc understands beyond POSIX, with the same meaning in JavaScript for single bytes. */
const GNU_ESCAPES = 'wWsSbB';
/** RE_DUP_MAX of glibc. */
const LARGEST_INTERVAL = 32_767;

/** The classes of the C locale. */
const CLASSES: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z', alpha: 'A-Za-z', blank: '\\x20\\x09', cntrl: '\\x00-\\x1f\\x7f', digit: '0-9', graph: '\\x21-\\x7e',
  lower: 'a-z', print: '\\x20-\\x7e', punct: '\\x21-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\x7e', space: '\\x20\\x09-\\x0d', upper: 'A-Z',
  xdigit: '0-9A-Fa-f',
};
