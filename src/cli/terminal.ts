import { fstatSync } from 'node:fs';
import { GLOBAL_OPTIONS, UsageError } from './command.ts';
import { write } from './write.ts';

export type Colour = 'green' | 'yellow' | 'red' | 'dim';

/** Where the answers go. */
export type Terminal = Readonly<{
  /** Columns of the terminal; undefined when standard output is none: then nothing is cut to fit. */
  columns: number | undefined;
  /** False: nobody reads any more. */
  print(text: string): boolean;
  /** As it is, on standard output. */
  write(text: string): boolean;
  /** `svc: …` on standard error. */
  complain(text: string): void;
  paint(colour: Colour, text: string): string;
}>;

/** `when` is --color: auto (the default), always or never. NO_COLOR (no-color.org) counts when it is not empty. `patience`: see write. */
export async function createTerminal(
  when: string | undefined, environment: Readonly<Record<string, string | undefined>>, patience?: number,
): Promise<Terminal> {
  if (when !== undefined && !WHEN.includes(when)) throw new UsageError(`--color: expected ${WHEN.join(', ')}, got ${JSON.stringify(when)}`);
  const columns = await columnsOf();
  const onTerminal = columns !== undefined;
  const noColor = (environment['NO_COLOR'] ?? '') !== '' || environment['TERM'] === 'dumb';
  const colours = when === 'always' || (when !== 'never' && onTerminal && !noColor);
  return {
    columns,
    print: (text) => write(1, `${text}\n`, patience),
    write: (text) => write(1, text, patience),
    complain: (text) => void write(2, `svc: ${text}\n`, patience),
    paint: (colour, text) => (colours ? `\x1b[${CODES[colour]}m${text}\x1b[0m` : text),
  };
}

const WHEN: readonly string[] = GLOBAL_OPTIONS.color.choices;

/** ISO 6429, "Select Graphic Rendition". */
const CODES: Readonly<Record<Colour, number>> = { green: 32, yellow: 33, red: 31, dim: 2 };

/** undefined: no terminal. */
async function columnsOf(): Promise<number | undefined> {
  // Loading node:tty takes a tenth of Node's own start, and most calls are made by what reads a pipe.
  if (!isDevice()) return undefined;
  const { isatty, sizeOf } = await import('./size.ts');
  return isatty(1) ? sizeOf(1).columns : undefined;
}

function isDevice(): boolean {
  try {
    return fstatSync(1).isCharacterDevice();
  } catch {
    // It is closed.
    return false;
  }
}
