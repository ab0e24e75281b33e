/** The command lines of `s6-rc` and `s6-rc-db` (spec/s6-compat 5, CLI), as images and people write them. */

export type Options = Readonly<{
  direction: 'up' | 'down';
  /** -a: all that is up counts as named, too. */
  all: boolean;
  /** -p: what is not named goes the other way. */
  prune: boolean;
  /** -D: essential services, too. */
  force: boolean;
  /** -n: only say what would be done. */
  dry: boolean;
  /** -b: wait for a change that is being carried out. */
  block: boolean;
  /** -t: milliseconds for all of it; undefined: no limit. */
  timeout: number | undefined;
  verbosity: number;
  /** The subcommand and its arguments. */
  words: readonly string[];
}>;

/** What cannot be understood: exit code 100. */
export class WrongUsage extends Error {}

export const USAGE = 's6-rc [-u | -d | -D] [-p] [-a] [-b] [-n TIMEOUT] [-t TIMEOUT] [-v LEVEL] [-l LIVE] '
  + 'change | start | stop | list | listall | diff [NAME…]';
export const DB_USAGE = 's6-rc-db [-u | -d] [-l LIVE] list all|services|oneshots|longruns|bundles | type NAME | contents NAME | '
  + 'dependencies NAME… | all-dependencies NAME…';

/** As getopt(3): letters may stand together, a value may stick to its letter. */
export function readArguments(given: readonly string[]): Options {
  const options: { -readonly [K in keyof Options]: Options[K] } = {
    direction: 'up', all: false, prune: false, force: false, dry: false, block: false, timeout: undefined, verbosity: 1, words: [],
  };
  let next = 0;
  while (/^-./.test(given[next] ?? '') && given[next] !== '--') {
    const letters = given[next++]!.slice(1);
    for (let place = 0; place < letters.length; place++) {
      const letter = letters[place]!;
      if ('ntvlcfX'.includes(letter)) {
        const value = place + 1 < letters.length ? letters.slice(place + 1) : given[next++];
        if (value === undefined) throw new WrongUsage(`-${letter} needs a value`);
        if (letter === 'n') options.dry = true;
        if (letter === 't') options.timeout = number(letter, value) || undefined;
        if (letter === 'v') options.verbosity = number(letter, value);
        break;
      }
      if (letter === 'u' || letter === 'd') options.direction = letter === 'u' ? 'up' : 'down';
      else if (letter === 'D') Object.assign(options, { direction: 'down', force: true });
      else if (letter === 'p') options.prune = true;
      else if (letter === 'a') options.all = true;
      else if (letter === 'b') options.block = true;
      else if (letter !== 'E' && letter !== 'q') throw new WrongUsage(`unknown option -${letter}`);
    }
  }
  if (given[next] === '--') next++;
  const words = given.slice(next);
  const [first, ...rest] = words;
  if (first === 'start' || first === 'stop') return { ...options, direction: first === 'start' ? 'up' : 'down', words: ['change', ...rest] };
  return { ...options, words };
}

function number(letter: string, value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw new WrongUsage(`-${letter}: expected a number, got ${JSON.stringify(value)}`);
  return Number(value);
}
