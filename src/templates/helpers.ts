/** THE list of helpers that a template has beside those of Handlebars' own. Parser, reference and tests are derived from it. */

/** Data as templates see it: no prototypes, no functions. */
export type Data = string | number | boolean | null | readonly Data[] | { readonly [key: string]: Data };

/** What a helper cannot do with what it was given: one sentence, which follows the place. */
export class Complaint extends Error {}

export type Helper = Readonly<{
  /** How it is written, for people. */
  usage: string;
  sentence: string;
  /** How many values it takes. */
  least: number;
  most: number;
  /** What it is given may be missing: then it gets undefined. */
  lenient?: true;
  act(values: readonly (Data | undefined)[], environment: Readonly<Record<string, string>>): Data | undefined;
}>;

export const HELPERS: Readonly<Record<string, Helper>> = {
  default: {
    usage: '(default VALUE … OTHERWISE)', sentence: 'the first of them that is there and not empty', least: 2, most: 20, lenient: true,
    act: (values) => values.find((value) => value !== undefined && value !== null && value !== '') ?? values.at(-1),
  },
  env: {
    usage: '(env NAME [OTHERWISE])', sentence: 'a variable of the container environment; without OTHERWISE it has to be there', least: 1, most: 2,
    act([name, otherwise], environment) {
      const key = text('env', name);
      if (Object.hasOwn(environment, key)) return environment[key]!;
      if (otherwise !== undefined) return otherwise;
      throw new Complaint(`expected the variable ${key} in the container environment; set it, or give env a second value`);
    },
  },
  lookup: {
    usage: '(lookup MAPPING KEY)', sentence: 'the value of a key that is itself a value; inside of `default`, `if` and their kind it may be missing',
    least: 2, most: 2,
    act([from, key]) {
      const found = valueIn(from, key);
      if (found === undefined) throw new Complaint(`expected a field named "${shown(key)}"; lookup finds none, give one with default`);
      return found;
    },
  },
  sort: {
    usage: '(sort LIST [PATH])', sentence: 'in order, numbers by their value, or by the field at PATH, such as "tags.zone"', least: 1, most: 2,
    act([list, path]) {
      const keyed = listOf('sort', list).map((item) => ({ item, key: path === undefined ? item : at('sort', item, path) }));
      return keyed.sort((a, b) => order(a.key, b.key)).map(({ item }) => item);
    },
  },
  where: {
    usage: '(where LIST PATH VALUE)', sentence: 'those whose field at PATH is VALUE; a field that is missing is another value', least: 3, most: 3,
    act: ([list, path, value]) => listOf('where', list).filter((item) => found(item, text('where', path)) === value),
  },
  reverse: { usage: '(reverse LIST)', sentence: 'the last first', least: 1, most: 1, act: ([list]) => [...listOf('reverse', list)].reverse() },
  first: {
    usage: '(first LIST)', sentence: 'its first value', least: 1, most: 1,
    act([list]) {
      const values = listOf('first', list);
      if (values.length === 0) throw new Complaint('expected a list that is not empty; ask first: {{#if (length LIST)}}');
      return values[0];
    },
  },
  length: {
    usage: '(length LIST)', sentence: 'how many values it has; of text, how many characters', least: 1, most: 1,
    act: ([value]) => (typeof value === 'string' ? value.length : entriesOf('length', value).length),
  },
  join: {
    usage: '(join LIST SEPARATOR [PATH])', sentence: 'as one text, or the fields at PATH', least: 2, most: 3,
    act: ([list, separator, path]) => listOf('join', list)
      .map((item) => text('join', path === undefined ? item : at('join', item, path))).join(text('join', separator)),
  },
  split: { usage: '(split TEXT SEPARATOR)', sentence: 'as a list', least: 2, most: 2, act: ([value, by]) => text('split', value).split(text('split', by)) },
  keys: { usage: '(keys MAPPING)', sentence: 'its keys, in order', least: 1, most: 1, act: ([value]) => Object.keys(mappingOf('keys', value)).sort() },
  concat: {
    usage: '(concat TEXT …)', sentence: 'one after the other', least: 1, most: 50,
    act: (values) => values.map((value) => text('concat', value)).join(''),
  },
  upper: { usage: '(upper TEXT)', sentence: 'in capital letters', least: 1, most: 1, act: ([value]) => text('upper', value).toUpperCase() },
  lower: { usage: '(lower TEXT)', sentence: 'in small letters', least: 1, most: 1, act: ([value]) => text('lower', value).toLowerCase() },
  trim: { usage: '(trim TEXT)', sentence: 'without blanks around it', least: 1, most: 1, act: ([value]) => text('trim', value).trim() },
  replace: {
    usage: '(replace TEXT OLD NEW)', sentence: 'each OLD, which is text and no pattern, as NEW', least: 3, most: 3,
    act: ([value, old, by]) => text('replace', value).replaceAll(text('replace', old), () => text('replace', by)),
  },
  word: {
    usage: '(word TEXT)', sentence: 'with `_` for whatever is not a letter, a digit or one of `. _ : -`: one word in any configuration file',
    least: 1, most: 1,
    act: ([value]) => text('word', value).replace(/[^A-Za-z0-9._:-]/g, '_'),
  },
  json: {
    usage: '(json VALUE [INDENT])', sentence: 'as JSON: text in quotes, with what is special in it escaped', least: 1, most: 2,
    act: ([value, indent]) => JSON.stringify(value, null, indent === undefined ? undefined : number('json', indent)),
  },
  add: {
    usage: '(add NUMBER …)', sentence: 'their sum', least: 1, most: 20,
    act: (values) => values.reduce<number>((sum, value) => sum + number('add', value), 0),
  },
  eq: { usage: '(eq A B)', sentence: 'they are the same; text and number are not', least: 2, most: 2, act: ([a, b]) => a === b },
  ne: { usage: '(ne A B)', sentence: 'they are not', least: 2, most: 2, act: ([a, b]) => a !== b },
  lt: { usage: '(lt A B)', sentence: 'A is less than B, or before it', least: 2, most: 2, act: ([a, b]) => order(a, b) < 0 },
  le: { usage: '(le A B)', sentence: 'at most B', least: 2, most: 2, act: ([a, b]) => order(a, b) <= 0 },
  gt: { usage: '(gt A B)', sentence: 'more than B', least: 2, most: 2, act: ([a, b]) => order(a, b) > 0 },
  ge: { usage: '(ge A B)', sentence: 'at least B', least: 2, most: 2, act: ([a, b]) => order(a, b) >= 0 },
  includes: {
    usage: '(includes LIST VALUE)', sentence: 'VALUE is one of the list; of text, a part of it', least: 2, most: 2,
    act: ([list, value]) => (typeof list === 'string' ? list.includes(text('includes', value)) : listOf('includes', list).includes(value!)),
  },
  and: {
    usage: '(and A B …)', sentence: 'all of them are there and neither false, empty nor 0', least: 1, most: 20, lenient: true,
    act: (values) => values.every(truth),
  },
  or: { usage: '(or A B …)', sentence: 'one of them is', least: 1, most: 20, lenient: true, act: (values) => values.some(truth) },
  not: { usage: '(not A)', sentence: 'it is not', least: 1, most: 1, lenient: true, act: ([value]) => !truth(value) },
};

/** As `if` of Handlebars sees it, but for an empty mapping, which is as empty as a list. */
export const truth = (value: Data | undefined): boolean =>
  (typeof value === 'object' && value !== null ? Object.keys(value).length > 0 : Boolean(value));

const isList = (value: Data | undefined): value is readonly Data[] => Array.isArray(value);
const isMapping = (value: Data | undefined): value is { readonly [key: string]: Data } => typeof value === 'object' && value !== null && !Array.isArray(value);

export const kindOf = (value: Data | undefined): string => (value === undefined || value === null ? 'nothing' : isList(value) ? 'a list'
  : isMapping(value) ? 'a mapping' : typeof value === 'string' ? 'text' : typeof value === 'number' ? 'a number' : 'true or false');

const shown = (value: Data | undefined): string => (typeof value === 'string' || typeof value === 'number' ? String(value).slice(0, 60) : kindOf(value));

/** Text, as it is printed; a list or a mapping is none. */
export function text(who: string, value: Data | undefined): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  const advice = isList(value) ? 'make text of it with join or json' : 'name one of its fields, or use json';
  throw new Complaint(`expected text for ${who}, got ${kindOf(value)}; ${advice}`);
}

function number(who: string, value: Data | undefined): number {
  const read = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof read === 'number' && Number.isFinite(read)) return read;
  throw new Complaint(`expected a number for ${who}, got ${typeof value === 'string' ? `"${value.slice(0, 60)}"` : kindOf(value)}; give it one`);
}

function listOf(who: string, value: Data | undefined): readonly Data[] {
  if (isList(value)) return value;
  if (isMapping(value)) return Object.values(value);
  throw new Complaint(`expected a list for ${who}, got ${kindOf(value)}; give it one, or a mapping`);
}

const entriesOf = (who: string, value: Data | undefined): readonly Data[] => listOf(who, value);

function mappingOf(who: string, value: Data | undefined): { readonly [key: string]: Data } {
  if (isMapping(value)) return value;
  throw new Complaint(`expected a mapping for ${who}, got ${kindOf(value)}; give it one`);
}

/** A key of a mapping, or the number of a place in a list. Nothing of a prototype is ever found. */
export function valueIn(from: Data | undefined, key: Data | undefined): Data | undefined {
  if (typeof from !== 'object' || from === null || (typeof key !== 'string' && typeof key !== 'number')) return undefined;
  if (isList(from)) return key === 'length' ? from.length : /^\d+$/.test(String(key)) ? from[Number(key)] : undefined;
  return Object.hasOwn(from, key) ? from[key as string] : undefined;
}

const found = (item: Data, path: string): Data | undefined => path.split('.').reduce<Data | undefined>(valueIn, item);

function at(who: string, item: Data, path: Data | undefined): Data {
  const name = text(who, path);
  const value = found(item, name);
  if (value !== undefined) return value;
  throw new Complaint(`expected a field named "${name.slice(0, 60)}" in each value for ${who}; correct it, or leave out those without it: where`);
}

/** Numbers by value, all else as text by UTF-16 units: the same on every machine. */
function order(a: Data | undefined, b: Data | undefined): number {
  const left = typeof a === 'number' && typeof b === 'number' ? a : text('an order', a);
  const right = typeof a === 'number' && typeof b === 'number' ? b : text('an order', b);
  return left < right ? -1 : left > right ? 1 : 0;
}
