/** Words that put values into the command line that follows. */
import { having, type Context, type Translation } from './program.ts';
import { Misuse, reader, type Options, type Reader } from './reading.ts';
import { substitute } from './substitute.ts';

/** How a value is treated before it is put in: crunch, chomp, split, in this order, at the characters of -d. */
const TREATMENT = 'NnsCcd:';

/** The words that `value` becomes. */
export function transform(value: string, options: Options): string[] {
  const delimiters = options.value('d') ?? ' \n\r\t';
  const isDelimiter = (character: string | undefined): boolean => character !== undefined && delimiters.includes(character);
  const crunched = options.last('Cc') !== 'C' ? value
    : [...value].filter((character, place) => !isDelimiter(character) || !isDelimiter(value[place - 1])).join('');
  const chomps = options.last('Nn') === 'n';
  if (!options.has('s')) return [chomps && isDelimiter(crunched.at(-1)) ? crunched.slice(0, -1) : crunched];
  if (delimiters === '') throw new Misuse('execline: -s needs a character to split at; -d has none', 111);
  const words: string[] = [];
  let word = '';
  for (const character of crunched) {
    if (isDelimiter(character)) {
      words.push(word);
      word = '';
    } else {
      word += character;
    }
  }
  // Measured: a delimiter ends a word, what follows the last one is a word when it is something; with -n it never is, and
  // an empty last word is none.
  if (chomps) return words.at(-1) === '' ? words.slice(0, -1) : words;
  return word === '' ? words : [...words, word];
}

type Substitution = Readonly<{ key: string; values: readonly string[]; removed?: string }>;

/** `undefined` when the value will only be known while the script runs. */
type Directive = (read: Reader, context: Context) => Substitution | undefined;

const define: Directive = (read) => {
  const options = read.options(TREATMENT);
  const key = keyName(read.word('the key'));
  return { key, values: transform(read.word('the value'), options) };
};

const importVariable: Directive = (read, context) => {
  const options = read.options(`iD:u${TREATMENT}S`);
  const key = keyName(read.word('the key'));
  const name = options.has('S') ? key : read.word('the variable');
  const value = context.environment.get(name);
  if (value !== undefined && 'variable' in value) return undefined;
  const text = value?.text ?? (options.last('iD') === 'D' ? options.value('D') : undefined);
  if (text === undefined && options.last('iD') === 'i') throw new Misuse(`importas: the variable ${name} is not set; -D would give a default`);
  return { key, values: text === undefined ? [] : transform(text, options), ...(options.has('u') ? { removed: name } : {}) };
};

function keyName(key: string): string {
  if (key === '' || /[${}]/.test(key)) throw new Misuse(`execline: ${JSON.stringify(key)} is no key: it must be something, without $ { }`);
  return key;
}

/** The same words, once the environment is known: the program of that name starts over, in the environment of then. */
const later = (name: string, words: readonly string[], context: Context): ReturnType<Translation> =>
  ({ words: [name, ...words], environment: context.environment });

const single = (name: string, directive: Directive): Translation => (words, context, go) => {
  const read = reader(name, words);
  const substitution = directive(read, context);
  if (substitution === undefined) return later(name, words, context);
  const { key, values, removed } = substitution;
  const inside = removed === undefined ? context : having(context, { [removed]: undefined });
  return go.act(substitute(read.rest(), new Map([[key, values]])), inside);
};

export const defineValue = single('define', define);
export const importValue = single('importas', importVariable);

const DIRECTIVES: Readonly<Record<string, Directive>> = { define, importas: importVariable };

/** All at once, so that no value is looked through for the keys of the others. */
export const several: Translation = (words, context, go) => {
  const read = reader('multisubstitute', words);
  const block = read.block();
  const rest = read.program();
  const values = new Map<string, readonly string[]>();
  const removed: Record<string, undefined> = {};
  for (let left = block; left.length > 0; ) {
    const [name, ...more] = left;
    const directive = Object.hasOwn(DIRECTIVES, name!) ? DIRECTIVES[name!] : undefined;
    if (directive === undefined) throw new Misuse(`multisubstitute: ${name} is no directive known here; these are: ${Object.keys(DIRECTIVES).join(', ')}`);
    const inside = reader(`multisubstitute: ${name}`, more);
    const substitution = directive(inside, context);
    if (substitution === undefined) return later('multisubstitute', words, context);
    if (values.has(substitution.key)) throw new Misuse(`multisubstitute: the key ${substitution.key} is given twice`);
    values.set(substitution.key, substitution.values);
    if (substitution.removed !== undefined) removed[substitution.removed] = undefined;
    left = inside.rest();
  }
  return go.act(substitute(rest, values), having(context, removed));
};
