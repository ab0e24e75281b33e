/** The forms of single values: durations, sizes, signals, ports, commands … */
import path from 'node:path';
import type { Argv } from '../../core/policy.ts';
import { signalName } from '../../core/signals.ts';
import { nearest } from '../../core/messages.ts';
import { all, below, either, list, number, refuse, text, to, word, type Shape } from './shape.ts';

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
/** What a timer of Node's can wait, about 24 days: beyond it would ring at once. */
const LONGEST = 2 ** 31 - 1;
const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/** Milliseconds. A bare number means seconds to docker and milliseconds to s6, so it means nothing here. */
export function duration({ positive = false }: { positive?: boolean } = {}): Shape<number> {
  const expected = 'a duration such as 500ms, 10s, 1.5m, 2h or 1d';
  return {
    expected: 'a duration',
    kinds: ['text', 'number'],
    schema: { anyOf: [{ type: 'string', pattern: DURATION.source }, ...(positive ? [] : [{ const: 0 }])] },
    read(written, at) {
      if (written.kind === 'number') {
        if (written.number === 0 && !positive) return 0;
        const { text: n } = written;
        return refuse(written, at, expected, written.number > 0 ? `write ${n}s or ${n}ms: a bare number means seconds to some and milliseconds to others`
          : 'it has to be longer than nothing');
      }
      if (written.kind !== 'text') return refuse(written, at, expected, 'write it like this: 10s');
      const found = DURATION.exec(written.text);
      if (found === null) {
        return refuse(written, at, expected, written.text.startsWith('-') ? 'it cannot be negative' : 'write one number and one unit: ms, s, m, h or d');
      }
      const milliseconds = Math.round(Number(found[1]) * UNITS[found[2] as keyof typeof UNITS]);
      if (milliseconds > LONGEST) return refuse(written, at, `${expected}, at most 24d`, 'shorten it');
      if (positive && milliseconds === 0) return refuse(written, at, `${expected}, longer than 0`, 'lengthen it');
      return milliseconds;
    },
  };
}

/** As it is written again: the largest unit that gives a whole number. */
export function printDuration(milliseconds: number): string {
  const unit = (['d', 'h', 'm', 's'] as const).find((one) => milliseconds > 0 && milliseconds % UNITS[one] === 0) ?? 'ms';
  return `${milliseconds / UNITS[unit]}${unit}`;
}

const SIZES: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };
const SIZE = /^(\d{1,15}(?:\.\d{1,3})?)([kmgt]?)$/i;

/** A number of bytes, or of whatever the limit counts. */
export const amount: Shape<number | 'unlimited'> = {
  expected: 'a number, a size such as 64k, 10m or 1g, or unlimited',
  kinds: ['text', 'number'],
  schema: { anyOf: [{ type: 'integer', minimum: 0 }, { type: 'string', pattern: '^(unlimited|\\d{1,15}(\\.\\d{1,3})?[kmgtKMGT]?)$' }] },
  read(written, at) {
    if (written.kind === 'text' && written.text === 'unlimited') return 'unlimited';
    const given = written.kind === 'text' || written.kind === 'number' ? written.text : '';
    const value = sizeOf(given);
    if (Number.isSafeInteger(value)) return value;
    return refuse(written, at, amount.expected, given.startsWith('-') ? 'it cannot be negative; without a limit it is: unlimited' : 'write it like this: 64k');
  },
};

/** A number of bytes, at most 1 TiB. */
export const bytes = (least: number): Shape<number> => {
  const expected = `a size such as 64k, 10m or 1g${least === 0 ? '' : `, at least ${least / 1024}k`}`;
  return {
    expected,
    kinds: ['text', 'number'],
    schema: { anyOf: [{ type: 'integer', minimum: least }, { type: 'string', pattern: '^\\d{1,15}(\\.\\d{1,3})?[kmgtKMGT]?$' }] },
    read(written, at) {
      const value = written.kind === 'text' || written.kind === 'number' ? sizeOf(written.text) : NaN;
      if (Number.isSafeInteger(value) && value >= least && value <= SIZES['t']!) return value;
      return refuse(written, at, expected, 'write it like this: 10m');
    },
  };
};

/** NaN where it is none. */
function sizeOf(given: string): number {
  const found = SIZE.exec(given);
  return found === null ? NaN : Number(found[1]) * SIZES[found[2]!.toLowerCase()]!;
}

/** As `core/signals.ts` names it, with SIG. */
export const signal: Shape<string> = word({
  expected: 'the name of a signal', example: 'TERM', parse: signalOf,
  schema: { pattern: '^(?:[sS][iI][gG])?[A-Za-z0-9+-]{2,12}$' },
});

export function signalOf(given: string): string | undefined {
  return /^\d/.test(given) || given.length > 15 ? undefined : signalName(given);
}

export const exitCode: Shape<number | string> = either(number(0, 255), signal);

const MOST_WORDS = 1000;
/** A list is the words of a command; text is what a shell is given. */
export const command: Shape<Argv> = {
  expected: 'a command: a list of its words, or text for /bin/sh -c',
  kinds: ['list', 'text'],
  schema: {
    anyOf: [{ type: 'string', minLength: 1 }, { type: 'array', minItems: 1, maxItems: MOST_WORDS, items: { type: ['string', 'number', 'boolean'] } }],
  },
  read(written, at) {
    if (written.kind === 'text') {
      if (written.text.trim() !== '' && !written.text.includes('\0')) return ['/bin/sh', '-c', written.text];
      return refuse(written, at, command.expected, 'write a command without a NUL');
    }
    if (written.kind !== 'list') return refuse(written, at, command.expected, 'write it like this: [postgres, -D, /data]');
    if (written.items.length === 0 || written.items.length > MOST_WORDS) {
      return refuse(written, at, `a command of 1 to ${MOST_WORDS} words`, 'name the program first');
    }
    const words = all(written.items.map((item, i) => literal.read(item, below(at, `[${i}]`))));
    return words?.[0] === '' ? refuse(written, at, 'a command whose first word is a program', 'name it') : words;
  },
};

/** Text, or a number or a flag as it is written: `A: 1.0` gives `1.0`. */
export const literal: Shape<string> = {
  expected: 'text',
  kinds: ['text', 'number', 'flag'],
  schema: { type: ['string', 'number', 'boolean'] },
  read(written, at) {
    if (written.kind !== 'text' && written.kind !== 'number' && written.kind !== 'flag') {
      return refuse(written, at, 'text', written.kind === 'nothing' ? 'for an empty text write ""' : 'write one text, in quotes if it has brackets or colons');
    }
    return written.text.includes('\0') ? refuse(written, at, 'text without a NUL', 'take it away') : written.text;
  },
};

/** Names of directories; a logger's has a slash in it. */
export const serviceName = text('the name of a service', 'db', /^[^/\0-\x1f\x7f.][^/\0-\x1f\x7f]{0,254}(?:\/log)?$/);

/** What useradd(8) and most images allow, or a number. */
export const account = text('the name or the number of an account', 'www', /^(?:\d{1,10}|[A-Za-z_][A-Za-z0-9_.-]{0,63}\$?)$/);

export const VARIABLE = { expected: 'the name of a variable', pattern: /^[A-Za-z_][A-Za-z0-9_]{0,254}$/ };
export const variable = text(VARIABLE.expected, 'TOKEN', VARIABLE.pattern);

/** Relative ones begin in the service directory, which the reader of the keys knows. */
export const place: Shape<string> = text('a path', '/srv/data');

export const places = (directory: string) => (given: string): string => path.resolve(directory, given);

/** The trap: YAML 1.2 reads 027 as twenty-seven, YAML 1.1 as octal. So it has to be said. */
export const umask: Shape<number> = {
  expected: 'an octal mask in quotes, such as "027"',
  kinds: ['text', 'number'],
  schema: { anyOf: [{ type: 'string', pattern: '^(0o)?[0-7]{1,4}$' }, { type: 'integer', minimum: 0, maximum: 0o777 }] },
  read(written, at) {
    const isPlainNumber = written.kind === 'number' && !/^0o[0-7]+$/.test(written.text) && written.text !== '0';
    if (isPlainNumber) return refuse(written, at, umask.expected, `write "${written.text}": without quotes YAML 1.2 reads it as a decimal number`);
    const digits = written.kind === 'text' || written.kind === 'number' ? /^(?:0o)?([0-7]{1,4})$/.exec(written.text)?.[1] : undefined;
    const value = digits === undefined ? NaN : Number.parseInt(digits, 8);
    return value <= 0o777 ? value : refuse(written, at, umask.expected, 'use digits from 0 to 7, at most 777');
  },
};

const PORT = number(1, 65_535, { example: 5432 });
/** `5432`, `host:5432`, `[::1]:5432`. */
export const address: Shape<{ host: string; port: number }> = either(
  to(PORT, (port) => ({ host: '127.0.0.1', port })),
  word<{ host: string; port: number }>({
    expected: 'host:port', example: '127.0.0.1:5432', schema: { pattern: '^(\\[[0-9A-Fa-f:.%]+\\]|[^:\\s\\[\\]]+):\\d{1,5}$' },
    parse(given) {
      const [, host, port] = /^(\[[0-9A-Fa-f:.%]+\]|[^:\s[\]]{1,253}):(\d{1,5})$/.exec(given) ?? [];
      if (host === undefined) return /^\d+$/.test(given) ? { wrong: 'write a port without quotes' } : undefined;
      if (Number(port) < 1 || Number(port) > 65_535) return { wrong: 'a port is from 1 to 65535' };
      return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
    },
  }),
);

export const url: Shape<string> = word({
  expected: 'a URL that begins with http://', example: 'http://127.0.0.1:8080/health', schema: { pattern: '^http://' },
  parse(given) {
    if (/^https:/i.test(given)) return { wrong: 'ask the service itself over http://, or use exec with a program that knows its certificates' };
    if (!/^http:\/\//i.test(given) || given.length > 2000 || !URL.canParse(given)) return undefined;
    const { username, password, port } = new URL(given);
    if (username !== '' || password !== '') return { wrong: 'a name and a password cannot be given; use exec' };
    return port === '0' ? { wrong: 'a port is from 1 to 65535' } : given;
  },
});

/** Long enough for a line of a log; what takes for ever to match is mostly longer. */
const LONGEST_PATTERN = 500;
export const pattern: Shape<string> = word({
  expected: 'a regular expression', example: '"ready to accept"', schema: { maxLength: LONGEST_PATTERN, minLength: 1 },
  parse(given) {
    if (given === '') return undefined;
    if (given.length > LONGEST_PATTERN) return { wrong: `at most ${LONGEST_PATTERN} characters` };
    try {
      new RegExp(given, 'u');
      return given;
    } catch (error) {
      return { wrong: String((error as Error).message).replace(/^Invalid regular expression: /, '').slice(0, 120) };
    }
  },
});

/** One text is a list of one. */
export const oneOrMore = (shape: Shape<string>, things: string): Shape<readonly string[]> =>
  either(to(shape, (one) => [one]), list(shape, things, { least: 1 }));

export const limitNames = [
  'as', 'core', 'cpu', 'data', 'fsize', 'locks', 'memlock', 'msgqueue', 'nice', 'nofile', 'nproc', 'rss', 'rtprio', 'rttime', 'sigpending', 'stack',
] as const;

export const limitName = {
  expected: 'the name of a limit (prlimit(1))',
  pattern: new RegExp(`^(?:${limitNames.join('|')})$`),
  hint(name: string): string {
    const near = nearest(name.slice(0, 20), limitNames);
    return near === undefined ? `these are known: ${limitNames.join(' ')}` : `did you mean "${near}"?`;
  },
};
