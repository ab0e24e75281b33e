import { parseNumber, UsageError } from './arguments.ts';
import { extendedExpression } from './regular-expression.ts';

/** How a log directory is kept (spec/s6-compat 6.1). Sizes in bytes. */
export type Keeping = Readonly<{
  archives: number;
  size: number;
  total: number;
  tolerance: number;
  /** Milliseconds before what failed is tried again. */
  retry: number;
  /** Seconds between rotations; 0 for none by time. */
  every: number;
  /** argv of the processor. */
  processor: readonly string[] | undefined;
}>;

export type Target = Readonly<
  | { kind: 'stdout' }
  | { kind: 'alert'; longest: number }
  | { kind: 'status'; file: string; size: number }
  | { kind: 'directory'; directory: string; keeping: Keeping }
>;

/** In order: what changes the selection of a line, and what is done with it while it is selected. */
export type Step = Readonly<
  | { kind: 'select' | 'deselect'; matches: (line: string) => boolean }
  | { kind: 'select-unhandled' }
  | { kind: 'act'; target: Target; labels: Labels }
>;
export type Labels = Readonly<{ tai64n: boolean; local: boolean; prefix: string }>;
export type Script = Readonly<{ steps: readonly Step[]; warnings: readonly string[] }>;

type Numbers = { n: number; s: number; S: number; l: number; r: number; R: number; E: number; '^': number };

/**
 * The directives (spec/s6-compat 6.1, 6.10). Lines and patterns are compared byte for byte: a pattern is turned into
 * latin1 text of its UTF-8 bytes. Throws UsageError for a directive that there is not, and for a script that does nothing.
 */
export function parseScript(directives: readonly string[]): Script {
  const steps: Step[] = [];
  const numbers: Numbers = { n: 10, s: 99_999, S: 0, l: 2000, r: 2000, R: 0, E: 200, '^': 1001 };
  let prefix = '', tai64n = false, local = false;
  let processor: readonly string[] | undefined;
  let idle = false;

  const act = (target: Target): void => {
    steps.push({ kind: 'act', target, labels: { tai64n, local, prefix } });
    // Time stamps are for one action, all else stays for those that follow.
    tai64n = local = idle = false;
  };

  for (const directive of directives) {
    const rest = directive.slice(1);
    const refuse = (why: string): never => {
      throw new UsageError(`unrecognized directive: ${directive} (${why})`);
    };
    idle = true;
    switch (directive[0]) {
      case '+':
      case '-': {
        const matches = extendedExpression(bytes(rest)) ?? refuse('not an extended regular expression');
        steps.push({ kind: directive[0] === '+' ? 'select' : 'deselect', matches });
        break;
      }
      case 'n': case 's': case 'S': case 'l': case 'r': case 'R': case 'E': case '^':
        numbers[directive[0]] = parseNumber(rest) ?? refuse('a decimal number must follow');
        break;
      case 'p':
        prefix = rest === '' ? '' : `${bytes(rest)} `;
        break;
      case '!':
        processor = rest === '' ? undefined : ['execlineb', '-Pc', rest];
        break;
      case '?':
        processor = rest === '' ? undefined : ['/bin/sh', '-c', rest];
        break;
      case '=':
        if (rest === '') refuse('the name of a file must follow');
        act({ kind: 'status', file: rest, size: numbers['^'] });
        break;
      case '.': case '/':
        act({ kind: 'directory', directory: directive, keeping: keepingOf(numbers, processor) });
        break;
      case 'f': case 't': case 'T': case '1': case '2':
        if (rest !== '') refuse(`nothing may follow ${directive[0]}`);
        if (directive === 'f') steps.push({ kind: 'select-unhandled' });
        else if (directive === 't') tai64n = true;
        else if (directive === 'T') local = true;
        else act(directive === '1' ? { kind: 'stdout' } : { kind: 'alert', longest: numbers.E });
        break;
      default:
        refuse('a log directory begins with / or .');
    }
  }
  if (!steps.some(({ kind }) => kind === 'act')) throw new UsageError('no action directive specified: name a directory, 1, 2 or =FILE');
  return { steps, warnings: idle ? ['what follows the last action does nothing'] : [] };
}

function keepingOf(numbers: Numbers, processor: readonly string[] | undefined): Keeping {
  const size = Math.min(Math.max(numbers.s, 4096), 268_435_455);
  return {
    archives: numbers.n, size, total: numbers.S, tolerance: Math.min(numbers.l, size >> 1), retry: numbers.r, every: numbers.R, processor,
  };
}

const bytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
