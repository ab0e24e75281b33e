/** The settings of core/settings.ts as keys of n6.yaml: `N6_RESTART_RULE` is `restart-rule`. What they read is the text that the variable would have. */
import { addressText, parseAddress } from '../../core/address.ts';
import { nearest } from '../../core/messages.ts';
import { SETTINGS, type Setting, type SettingName } from '../../core/settings.ts';
import { bytes, duration, literal, oneOrMore } from './forms.ts';
import { flag, orList, refuse, text, to, word, type Key, type Shape } from './shape.ts';

const PREFIX = 'N6_';
/** What a variable may hold, nine digits, is less than what a duration or a size may be. */
const MOST = 999_999_999;

export const keyOf = (name: string): string => name.slice(PREFIX.length).toLowerCase().replaceAll('_', '-');

/** Those of s6-overlay are for images that have them: they stay in the environment. */
export const SETTING_NAMES = (Object.keys(SETTINGS) as SettingName[]).filter((name) => name.startsWith(PREFIX));

function keyFor(name: string, { kind, fallback, sentence }: Setting): Key<string> {
  const shape = SHAPES[typeof kind === 'string' ? kind : 'words of a list']?.(kind) ?? literal;
  return { shape, meaning: sentence, otherwise: defaultText(kind, fallback), example: EXAMPLES[name] ?? exampleOf(kind) };
}

const ofList: (kind: Setting['kind']) => Shape<string> = (kind) => oneWord((kind as readonly (string | number)[]).map(String));
const SHAPES: Readonly<Record<string, (kind: Setting['kind']) => Shape<string>>> = {
  'milliseconds': () => atMost(duration(), 'a duration of at most 11d'),
  'number': () => atMost(bytes(0), 'a size of less than 1000 million'),
  'switch': () => to(flag, (value) => (value ? '1' : '0')),
  'text': () => text('text', 'text'),
  'words': () => to(oneOrMore(text('a word without blanks', 'localhost', /^\S+$/), 'words'), (words) => words.join(' ')),
  'address': () => word({
    expected: 'PORT, HOST:PORT or [IPV6]:PORT', example: '127.0.0.1:8080', numbers: true,
    parse(given) {
      const address = parseAddress(given);
      return address === undefined ? undefined : addressText(address);
    },
  }),
  'words of a list': ofList,
};

const atMost = (shape: Shape<number>, expected: string): Shape<string> =>
  to(shape, (value, written, at) => (value <= MOST ? String(value) : refuse(written, at, expected, 'lower it')));

/** As the choice of service.yaml, but a version such as 2.11 need not be put in quotes. */
function oneWord(words: readonly string[]): Shape<string> {
  const expected = orList(words);
  const numbers = words.map(Number).filter((value) => !Number.isNaN(value));
  return {
    expected,
    kinds: ['text', 'number'],
    schema: { enum: [...words, ...numbers] },
    read(written, at) {
      const given = written.kind === 'text' || written.kind === 'number' ? written.text : undefined;
      const found = words.find((known) => known === given);
      if (found !== undefined) return found;
      const near = given === undefined ? undefined : nearest(given.slice(0, 40), words);
      return refuse(written, at, expected, near === undefined ? 'write one of them' : `did you mean "${near}"?`);
    },
  };
}

function defaultText(kind: Setting['kind'], fallback: Setting['fallback']): string {
  if (fallback === undefined || (typeof fallback === 'object' && fallback.length === 0)) return 'none';
  if (kind === 'milliseconds' && typeof fallback === 'number') return `\`${fallback % 1000 === 0 ? `${fallback / 1000}s` : `${fallback}ms`}\``;
  return `\`${String(fallback)}\``;
}

const EXAMPLES: Readonly<Record<string, string>> = {
  N6_CONTROL_GROUP: 'adm', N6_TOKEN_FILE: '/run/secrets/n6-token', N6_LISTEN: '127.0.0.1:8006', N6_LISTEN_HOSTS: '[supervisor.internal]',
};
function exampleOf(kind: Setting['kind']): string {
  if (typeof kind !== 'string') return String(kind[0]);
  return ({ milliseconds: '10s', number: '1m', switch: 'true', words: '[a, b]', address: '8006' } as Readonly<Record<string, string>>)[kind] ?? 'text';
}

/** By key, in the order of the list. */
export const SETTING_KEYS: Readonly<Record<string, Key<string>>> =
  Object.fromEntries(SETTING_NAMES.map((name) => [keyOf(name), keyFor(name, SETTINGS[name])]));
