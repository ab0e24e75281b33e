/**
 * Plain data back to values, checked to the last field: what has been written by another build, or damaged, is told with the place where it
 * stands and never becomes half a value. Values are plain data already, so that writing needs no more than `writePlain`.
 */

/** Gives the value, or throws {@link Malformed}. `at` is where it stands, such as `services[2].state`. */
export type Codec<T> = (value: unknown, at: string) => T;

export class Malformed extends Error {
  override readonly name = 'Malformed';
}

/** As JSON, which has no infinity: moments that have never been are -Infinity, and a limit may be none. */
export const writePlain = (value: unknown): string =>
  JSON.stringify(value, (_key, each: unknown) => (each === -Infinity ? NEVER : each === Infinity ? FOREVER : each));

/** What came of reading something: the value, or why there is none. */
export type Read<T> = Readonly<{ value: T }> | Readonly<{ fault: string }>;

export function attempt<T>(codec: Codec<T>, value: unknown, at: string): Read<T> {
  try {
    return { value: codec(value, at) };
  } catch (error) {
    if (error instanceof Malformed) return { fault: error.message };
    throw error;
  }
}

const NEVER = 'never';
const FOREVER = 'forever';

const wrong = (at: string, expected: string, value: unknown): Malformed => new Malformed(`${at}: expected ${expected}, got ${shown(value)}`);

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value) as string | undefined ?? typeof value;
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`;
}

export const text: Codec<string> = (value, at) => {
  if (typeof value !== 'string') throw wrong(at, 'a text', value);
  return value;
};

export const flag: Codec<boolean> = (value, at) => {
  if (typeof value !== 'boolean') throw wrong(at, 'true or false', value);
  return value;
};

/** Infinity is one. */
export const number: Codec<number> = (value, at) => {
  if (value === FOREVER) return Infinity;
  if (typeof value !== 'number' || !Number.isFinite(value)) throw wrong(at, 'a number', value);
  return value;
};

/** Not negative: a count, a descriptor. */
export const natural: Codec<number> = (value, at) => {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw wrong(at, 'a whole number from 0 up', value);
  return value;
};

/** Of a process that can be a service: never n6's own group, everybody, or the init of the machine (kill(2)). */
export const pid: Codec<number> = (value, at) => {
  const found = natural(value, at);
  if (found < 2) throw wrong(at, 'a pid from 2 up', value);
  return found;
};

/** A monotonic moment, -Infinity for what has never been. */
export const moment: Codec<number> = (value, at) => (value === NEVER ? -Infinity : number(value, at));

/** May be missing. */
export const optional = <T>(codec: Codec<T>): Codec<T | undefined> => (value, at) => (value === undefined ? undefined : codec(value, at));

export const oneOf = <const T extends string | number>(...values: readonly T[]): Codec<T> => (value, at) => {
  if (!(values as readonly unknown[]).includes(value)) throw wrong(at, values.join(' or '), value);
  return value as T;
};

/** The first of these that can read it. */
export const either = <A, B>(first: Codec<A>, second: Codec<B>): Codec<A | B> => (value, at) => {
  const read = attempt(first, value, at);
  return 'value' in read ? read.value : second(value, at);
};

export const list = <T>(codec: Codec<T>): Codec<readonly T[]> => (value, at) => {
  if (!Array.isArray(value)) throw wrong(at, 'a list', value);
  return value.map((each: unknown, index) => codec(each, `${at}[${index}]`));
};

export const pair = <A, B>(first: Codec<A>, second: Codec<B>): Codec<readonly [A, B]> => (value, at) => {
  if (!Array.isArray(value) || value.length !== 2) throw wrong(at, 'a pair', value);
  return [first(value[0], `${at}[0]`), second(value[1], `${at}[1]`)];
};

/** Any names, one kind of value. */
export const record = <T>(codec: Codec<T>): Codec<Readonly<Record<string, T>>> => (value, at) => {
  // `__proto__` is a name like any other where a prototype would be set by it.
  const found: [string, T][] = Object.entries(fieldsOf(value, at)).map(([key, each]) => [key, codec(each, `${at}.${key}`)]);
  return Object.fromEntries(found);
};

/** What JSON itself can hold, as it is. */
export const anything: Codec<unknown> = (value) => value;

export type Fields<T> = { readonly [K in keyof T]-?: Codec<T[K]> };

/**
 * Every field of the type, no matter what else is there: a newer build may have written more. `lacking`: fields that are left out where there are
 * none.
 */
export const object = <T extends object>(fields: Fields<T>, lacking: readonly (keyof T)[] = []): Codec<T> => withDefaults({}, fields, lacking);

/** As `object`; a field that is missing has its default: an older build did not know it. */
export const withDefaults = <T extends object>(defaults: Partial<T>, fields: Fields<T>, lacking: readonly (keyof T)[] = []): Codec<T> => (value, at) => {
  const given = fieldsOf(value, at);
  const found: Partial<T> = {};
  for (const key of Object.keys(fields) as (keyof T & string)[]) {
    const isThere = Object.hasOwn(given, key);
    if (!isThere && lacking.includes(key)) continue;
    found[key] = !isThere && Object.hasOwn(defaults, key) ? defaults[key] : fields[key](given[key], `${at}.${key}`);
  }
  return found as T;
};

/** One of several objects, told apart by the value of `key`. */
export const tagged = <K extends string, T extends Readonly<Record<K, string>>>(
  key: K, cases: { readonly [N in T[K]]: Codec<Omit<Extract<T, Readonly<Record<K, N>>>, K>> },
): Codec<T> => (value, at) => {
  const tag = fieldsOf(value, at)[key];
  if (typeof tag !== 'string' || !Object.hasOwn(cases, tag)) throw wrong(`${at}.${key}`, Object.keys(cases).join(' or '), tag);
  const codec = cases[tag as T[K]] as Codec<object>;
  return { [key]: tag, ...codec(value, at) } as T;
};

function fieldsOf(value: unknown, at: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(at, 'an object', value);
  return value as Record<string, unknown>;
}
