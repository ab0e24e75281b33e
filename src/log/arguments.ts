/** What s6-log's options say (spec/s6-compat 6.1). `directives` is the rest. */
export type Options = Readonly<{
  /** Reads nothing while something is still to be written. */
  blocking: boolean;
  /** TERM is ignored. */
  protect: boolean;
  /** 0: warnings are not told. */
  verbosity: number;
  /** Bytes of the longest line; 0 for no limit. */
  lineLimit: number;
  /** Milliseconds that the rest of a line is waited for after TERM or HUP; 0 for ever. */
  lastLineTimeout: number;
  /** Gets a newline, and is closed, when the outputs are open. */
  notify: number | undefined;
  directives: readonly string[];
}>;

/** Wrong usage: its message is for standard error, the exit code is 100. */
export class UsageError extends Error {}

/** Options as getopt(3) reads them: `-bpd3` is `-b -p -d 3`, `--` or the first word without a dash ends them. Throws UsageError. */
export function parseArguments(words: readonly string[]): Options {
  let blocking = false, protect = false, verbosity = 1, lineLimit = 8192, lastLineTimeout = 2000;
  let notify: number | undefined;
  let next = 0;
  for (; next < words.length; next += 1) {
    const word = words[next]!;
    if (word === '--') {
      next += 1;
      break;
    }
    if (!word.startsWith('-') || word === '-') break;
    for (let letters = word.slice(1); letters !== ''; letters = letters.slice(1)) {
      const letter = letters[0]!;
      if (letter === 'b') blocking = true;
      else if (letter === 'p') protect = true;
      else if (letter === 'q') verbosity = Math.max(0, verbosity - 1);
      else if (letter === 'v') verbosity += 1;
      else if ('dlt'.includes(letter)) {
        const value = letters.length > 1 ? letters.slice(1) : words[next += 1];
        const number = value === undefined ? undefined : parseNumber(value);
        if (number === undefined) throw new UsageError(`-${letter} wants a number, not ${value ?? 'nothing'}; ${USAGE}`);
        if (letter === 'd') notify = number;
        else if (letter === 'l') lineLimit = number === 0 ? 0 : Math.max(number, SHORTEST_LIMIT);
        else lastLineTimeout = number;
        break;
      } else throw new UsageError(`no such option: -${letter}; ${USAGE}`);
    }
  }
  if (notify !== undefined && notify < 3) throw new UsageError(`the descriptor of -d must be 3 or more, not ${notify}`);
  const directives = words.slice(next);
  if (directives.length === 0) throw new UsageError(USAGE);
  return { blocking, protect, verbosity, lineLimit, lastLineTimeout, notify, directives };
}

const USAGE = 'usage: s6-log [-d descriptor] [-q | -v] [-b] [-p] [-l bytes] [-t milliseconds] [--] DIRECTIVE...';
const SHORTEST_LIMIT = 48;

/** Decimal digits that fit into 32 bits, as s6 reads all its numbers; undefined for anything else. */
export function parseNumber(text: string): number | undefined {
  if (!/^[0-9]+$/.test(text)) return undefined;
  const number = Number(text);
  return number <= 0xffff_ffff ? number : undefined;
}
