/** What a value may look like. From one shape come its reader, the type of what it reads, its JSON Schema and its words for people. */
import type { Kind, Written } from './written.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

export type Shape<T> = Readonly<{
  /** Follows "to be", and stands in the reference. */
  expected: string;
  /** The kinds of values that are meant for it. */
  kinds: readonly Kind[];
  /** undefined: it has complained. */
  read(written: Written, at: Place): T | undefined;
  schema: JsonSchema;
  /** Keys below it, for the reference. */
  nested?: Keys | undefined;
}>;
export type ValueOf<S> = S extends Shape<infer T> ? T : never;

/** Where something is read. */
export type Place = Readonly<{
  /** Such as `health.interval`; empty for the whole. */
  path: string;
  /** `remedy` undefined: the shape's own. */
  complain(line: number, value: string | undefined, expected: string, remedy: string): void;
  /** Notes the line of a key. */
  note(path: string, line: number): void;
}>;

export type Key<T = unknown> = Readonly<{
  shape: Shape<T>;
  /** What it means, with its unit. */
  meaning: string;
  /** What absence means, in words. */
  otherwise: string;
  /** YAML after `key: `. */
  example: string;
  /** Its own line in the schema; undefined: the shape's. */
  required?: true;
}>;
export type Keys = Readonly<Record<string, Key>>;
export type Read<K extends Keys> = { readonly [N in keyof K]?: ValueOf<K[N]['shape']> };

/** What is there, as a person sees it. */
export function shown(written: Written): string | undefined {
  switch (written.kind) {
    case 'map': return 'a mapping';
    case 'list': return 'a list';
    case 'nothing': return undefined;
    case 'text': return written.text.slice(0, 60);
    case 'number': case 'flag': return written.text.slice(0, 60);
  }
}

export const below = (at: Place, name: string): Place =>
  ({ ...at, path: at.path === '' || name.startsWith('[') ? `${at.path}${name}` : `${at.path}.${name}` });

export function refuse(written: Written, at: Place, expected: string, remedy: string): undefined {
  at.complain(written.line, shown(written), `${at.path === '' ? 'the file' : at.path} to be ${expected}`, remedy);
  return undefined;
}

/** Text, of which `parse` makes something; a sentence of its instead says what is wrong with it. */
export function word<T>(
  { expected, example, schema, parse, numbers = false }:
  { expected: string; example: string; schema?: JsonSchema; parse(text: string): T | { wrong: string } | undefined; numbers?: boolean },
): Shape<T> {
  return {
    expected,
    kinds: numbers ? ['text', 'number'] : ['text'],
    schema: { type: numbers ? ['string', 'number'] : 'string', ...schema },
    read(written, at) {
      const text = written.kind === 'text' || (numbers && written.kind === 'number') ? written.text : undefined;
      const likeThis = `write it like this: ${example}`;
      if (text === undefined) {
        return refuse(written, at, expected, written.kind === 'number' || written.kind === 'flag' ? `put it in quotes, or write: ${example}` : likeThis);
      }
      if (text.includes('\0')) return refuse(written, at, `${expected}, without a NUL`, likeThis);
      const parsed = parse(text);
      if (parsed === undefined) return refuse(written, at, expected, likeThis);
      if (typeof parsed === 'object' && parsed !== null && 'wrong' in parsed) return refuse(written, at, expected, parsed.wrong);
      return parsed;
    },
  };
}

export const text = (expected: string, example: string, pattern?: RegExp): Shape<string> => word({
  expected, example, numbers: true,
  schema: { ...(pattern === undefined ? {} : { pattern: pattern.source }) },
  parse: (given) => (given === '' || (pattern !== undefined && !pattern.test(given)) ? undefined : given),
});

type NumberOptions = Readonly<{ whole?: boolean; unit?: string; example?: number }>;

export function number(least: number, most: number, { whole = true, unit = '', example = 5 }: NumberOptions = {}): Shape<number> {
  const expected = `a ${whole ? 'whole ' : ''}number from ${least} to ${most}${unit}`;
  return {
    expected,
    kinds: ['number'],
    schema: { type: whole ? 'integer' : 'number', minimum: least, maximum: most },
    read(written, at) {
      const fits = written.kind === 'number' && written.number >= least && written.number <= most && (!whole || Number.isInteger(written.number));
      if (fits) return written.number;
      const remedy = written.kind === 'text' && /^-?\d+$/.test(written.text) ? 'write it without quotes'
        : `write it like this: ${Math.max(least, Math.min(most, example))}`;
      return refuse(written, at, expected, remedy);
    },
  };
}

export const flag: Shape<boolean> = {
  expected: 'true or false',
  kinds: ['flag'],
  schema: { type: 'boolean' },
  read: (written, at) => (written.kind === 'flag' ? written.flag : refuse(written, at, 'true or false', 'write true or false, without quotes')),
};

export function choice<const C extends string>(words: readonly C[], nearest: (word: string, known: readonly string[]) => string | undefined): Shape<C> {
  const expected = orList(words);
  return {
    expected,
    kinds: ['text'],
    schema: { enum: words },
    read(written, at) {
      const found = words.find((known) => written.kind === 'text' && written.text === known);
      if (found !== undefined) return found;
      const near = written.kind === 'text' ? nearest(written.text, words) : undefined;
      return refuse(written, at, expected, near === undefined ? 'write one of them' : `did you mean "${near}"?`);
    },
  };
}

export function list<T>(of: Shape<T>, things: string, { least = 0, most = 200 }: { least?: number; most?: number } = {}): Shape<readonly T[]> {
  const expected = `a list of ${things}`;
  return {
    expected,
    kinds: ['list'],
    schema: { type: 'array', items: of.schema, maxItems: most, ...(least > 0 ? { minItems: least } : {}) },
    nested: of.nested,
    read(written, at) {
      if (written.kind !== 'list') {
        const remedy = written.kind === 'text' ? `put it in brackets: [${written.text.slice(0, 40)}]`
          : 'write it in brackets: [a, b], or a line with "- " for each';
        return refuse(written, at, expected, remedy);
      }
      if (written.items.length < least) return refuse(written, at, `${expected}, at least ${least}`, 'write it, or leave the key out');
      if (written.items.length > most) return refuse(written, at, `${expected}, at most ${most}`, 'shorten it');
      return all(written.items.map((item, i) => of.read(item, below(at, `[${i}]`))));
    },
  };
}

type Name = Readonly<{ expected: string; pattern: RegExp; hint?(key: string): string }>;

/** A mapping whose keys are names of the writer's own. */
export function mapOf<T>(name: Name, of: Shape<T>, things: string): Shape<ReadonlyMap<string, T>> {
  const expected = `a mapping of ${things}`;
  return {
    expected,
    kinds: ['map'],
    schema: { type: 'object', propertyNames: { pattern: name.pattern.source }, additionalProperties: of.schema },
    nested: of.nested,
    read(written, at) {
      if (written.kind !== 'map') return refuse(written, at, expected, 'write a line "name: value" for each');
      const read = written.entries.map(({ key, line, value }): [string, T] | undefined => {
        at.note(below(at, key).path, line);
        if (!name.pattern.test(key)) {
          at.complain(line, key.slice(0, 60), `each key of ${at.path} to be ${name.expected}`, name.hint?.(key) ?? `correct it: ${name.pattern.source}`);
          return undefined;
        }
        const one = of.read(value, below(at, key));
        return one === undefined ? undefined : [key, one];
      });
      const complete = all(read);
      return complete === undefined ? undefined : new Map(complete);
    },
  };
}

/** The first whose kind it is. */
export function either<S extends readonly Shape<unknown>[]>(...shapes: S): Shape<ValueOf<S[number]>> {
  const expected = shapes.map((shape) => shape.expected).join(', or ');
  return {
    expected,
    kinds: shapes.flatMap(({ kinds }) => kinds),
    schema: { anyOf: shapes.map(({ schema }) => schema) },
    nested: shapes.find(({ nested }) => nested !== undefined)?.nested,
    read(written, at) {
      const meant = shapes.find(({ kinds }) => kinds.includes(written.kind));
      if (meant !== undefined) return meant.read(written, at) as ValueOf<S[number]> | undefined;
      return refuse(written, at, expected, written.kind === 'nothing' ? 'give it a value, or take the key away' : 'write one of these forms');
    },
  };
}

export function to<A, B>(shape: Shape<A>, change: (value: A, written: Written, at: Place) => B | undefined): Shape<B> {
  return {
    ...shape,
    read(written, at) {
      const value = shape.read(written, at);
      return value === undefined ? undefined : change(value, written, at);
    },
  };
}

export const orList = (words: readonly string[]): string => words.join(', ').replace(/, ([^,]*)$/, ' or $1');

/** undefined if one of them is: it has been told, and the rest was read for its own complaints. */
export function all<T>(read: readonly (T | undefined)[]): T[] | undefined {
  return read.some((one) => one === undefined) ? undefined : read as T[];
}
