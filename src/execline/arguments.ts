/** The options of execlineb, and what it makes of the arguments of a script. */
import { substitute } from './substitute.ts';

/** What becomes of a script's arguments. */
export type Handling =
  /** -P: nothing. */
  | { kind: 'ignore' }
  /** Neither: variables `#`, `0`, `1` … and, with -p, without saving the ones of the script that called this one. */
  | { kind: 'export'; save: boolean }
  /** -S, -s: `$#`, `$@`, `$0`, `$1` … in the script itself, up to at least `minimum`; -s takes the first ones out of `$@`. */
  | { kind: 'substitute'; minimum: number; shift: boolean };

export type Options = Readonly<{
  handling: Handling;
  /** EXECLINE_STRICT for the programs of the script: '' removes it (-q), undefined leaves it. */
  strict: '' | '1' | '2' | undefined;
  /** The script itself, by -c. */
  script: string | undefined;
  /** What follows the options: a script file where -c did not give one, then its arguments. */
  rest: readonly string[];
}>;

export const USAGE = 'execlineb [ -p | -P | -S nmin | -s nmin ] [ -q | -w | -W ] ( -c script | file ) [ argument... ]';

/** The options in `words`, which begin behind the program's name, or undefined for wrong usage (execlineb then exits 100). */
export function readOptions(words: readonly string[]): Options | undefined {
  let handling: Handling = { kind: 'export', save: true };
  let strict: Options['strict'];
  let script: string | undefined;
  let next = 0;
  while (/^-./.test(words[next] ?? '') && words[next] !== '--') {
    const letters = words[next]!.slice(1);
    next += 1;
    for (let place = 0; place < letters.length; place += 1) {
      const letter = letters[place]!;
      if ('Ssc'.includes(letter)) {
        // The value is the rest of this word, or the next one, as for getopt(3).
        const value = place + 1 < letters.length ? letters.slice(place + 1) : words[next++];
        if (value === undefined) return undefined;
        if (letter === 'c') script = value;
        else if (!/^[0-9]+$/.test(value)) return undefined;
        else handling = { kind: 'substitute', minimum: Number(value), shift: letter === 's' };
        break;
      }
      if (letter === 'P') handling = { kind: 'ignore' };
      else if (letter === 'p') handling = { kind: 'export', save: false };
      else if (letter === 'q') strict = '';
      else if (letter === 'w' || letter === 'W') strict = letter === 'w' ? '1' : '2';
      else return undefined;
    }
  }
  if (words[next] === '--') next += 1;
  if (script === undefined && next >= words.length) return undefined;
  return { handling, strict, script, rest: words.slice(next) };
}

/** The words of a script with `$#`, `$@`, `$0` … replaced. `name` is what `$0` is: the script's file, or execlineb's own name for -c. */
export function substituteArguments(words: readonly string[], name: string, values: readonly string[], minimum: number, shift: boolean): string[] {
  const keys = new Map<string, readonly string[]>([
    ['#', [String(values.length)]],
    ['@', shift ? values.slice(minimum) : values],
    ['0', [name]],
  ]);
  for (let number = 1; number <= Math.max(minimum, values.length); number += 1) keys.set(String(number), [values[number - 1] ?? '']);
  return substitute(words, keys);
}

/** The variables `#`, `0`, `1` … of a script; `environment` gives the ones to save as `#:1`, `0:1` … when there are any. */
export function exportArguments(environment: ReadonlyMap<string, string>, name: string, values: readonly string[], save: boolean): Map<string, string> {
  const result = new Map(environment);
  if (save) pushFrame(result);
  result.set('#', String(values.length));
  [name, ...values].forEach((value, number) => result.set(String(number), value));
  return result;
}

/** The variables of the calling script move one level away: `1` becomes `1:1`, `1:1` becomes `1:2`. */
function pushFrame(variables: Map<string, string>): void {
  const framed = [...variables].filter(([key]) => /^(#|[0-9]+)(:[0-9]+)?$/.test(key));
  for (const [key] of framed) variables.delete(key);
  for (const [key, value] of framed) {
    const [variable, level = '0'] = key.split(':');
    variables.set(`${variable}:${Number(level) + 1}`, value);
  }
}
