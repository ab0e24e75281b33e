/** execline for those who start programs: a script, or a line of s6-rc, as the one process that it is. */
import { exportArguments, substituteArguments, type Options } from './arguments.ts';
import { find } from './find.ts';
import { parse, type Problem } from './parse.ts';
import { builder, ending, PRELUDE, type Act, type Context, type Value } from './program.ts';
import { act } from './words.ts';

export { readOptions, USAGE, type Options } from './arguments.ts';
export type { Problem } from './parse.ts';
export { WORDS } from './words.ts';

/** What to start; all of it bytes, the environment as `NAME=value`. */
export type Start = Readonly<{
  /** Absolute, or relative to the working directory; never to be searched in PATH. */
  program: string;
  /** argv, the program's own name first. */
  arguments: readonly Buffer[];
  environment: readonly Buffer[];
}>;

export type Translated =
  | Readonly<{ kind: 'start'; start: Start; warnings: readonly string[] }>
  /** A script without words does nothing, successfully. */
  | Readonly<{ kind: 'nothing'; warnings: readonly string[] }>
  /** Each with its line; execlineb would exit 100. */
  | Readonly<{ kind: 'problems'; problems: readonly Problem[] }>;

export type Script = Readonly<{
  /** What `$0` is, and what messages call the script: its file. */
  name: string;
  text: Buffer | string;
  /** Of the hashbang, or of the command line: `readOptions`. */
  options: Pick<Options, 'handling' | 'strict'>;
  arguments: readonly (Buffer | string)[];
  environment: readonly Buffer[];
}>;

const SHELL = '/bin/sh';

/** A script as the process that execlineb would become. Reads nothing but PATH's directories, and starts nothing. */
export function translate(script: Script): Translated {
  const { words: parsed, problems } = parse(bytes(script.text));
  if (problems.length > 0) return { kind: 'problems', problems };
  const { handling, strict } = script.options;
  const variables = variablesOf(script.environment);
  if (strict === '') variables.delete('EXECLINE_STRICT');
  else if (strict !== undefined) variables.set('EXECLINE_STRICT', strict);
  const given = script.arguments.map(bytes);
  const name = bytes(script.name);
  const warnings: string[] = [];
  if (handling.kind === 'substitute' && given.length < handling.minimum) {
    const message = `${script.name}: ${handling.minimum} arguments are expected, and ${given.length} are given; the others are empty words`;
    if (variables.get('EXECLINE_STRICT') === '2') return { kind: 'problems', problems: [{ line: 1, message }] };
    if (strict !== '') warnings.push(message);
  }
  const words = handling.kind === 'substitute' ? substituteArguments(parsed, name, given, handling.minimum, handling.shift) : parsed;
  if (words.length === 0) return { kind: 'nothing', warnings };
  const environment = handling.kind === 'export' ? exportArguments(variables, name, given, handling.save) : variables;
  return { kind: 'start', start: startOf(words, environment), warnings };
}

/** A line of an `up` or `down` file (spec/s6-compat, s6-rc sources): a script without arguments whose hashbang is a comment. */
export const commandLine = (name: string, text: Buffer | string, environment: readonly Buffer[]): Translated =>
  translate({ name, text, environment, options: { handling: { kind: 'ignore' }, strict: undefined }, arguments: [] });

/** An encoded command line, such as a program of execline is called with: `words` begin with its name. */
export const translateWords = (words: readonly string[], environment: readonly Buffer[]): Start => startOf(words, variablesOf(environment));

/** Problems as they are shown to people: one line each. */
export const sentences = (name: string, problems: readonly Problem[]): string[] => problems.map(({ line, message }) => `${name}: line ${line}: ${message}`);

function startOf(words: readonly string[], variables: ReadonlyMap<string, string>): Start {
  const context: Context = {
    environment: new Map<string, Value>([...variables].map(([name, text]) => [name, { text }])), background: false, builder: builder(),
  };
  const done = act(words, context);
  return direct(done) ?? viaShell(done, context);
}

/** Nothing but a program in a changed environment needs no shell. */
function direct(done: Act): Start | undefined {
  if ('code' in done || done.words.length === 0) return undefined;
  const environment: string[] = [];
  for (const [name, value] of done.environment) {
    if (!('text' in value)) return undefined;
    environment.push(`${name}=${value.text}`);
  }
  const path = done.environment.get('PATH');
  const program = find(done.words[0]!, path !== undefined && 'text' in path ? path.text : undefined);
  // The shell says what is wrong with a program that is not found, by the right exit code.
  return program === undefined ? undefined : { program, arguments: buffers(done.words), environment: buffers(environment) };
}

/** The shell itself gets no variables but PATH: none of the others can change what it does, and the programs get theirs from env(1). */
function viaShell(done: Act, context: Context): Start {
  const code = PRELUDE + ending(done, context);
  const path = context.environment.get('PATH');
  return {
    program: SHELL,
    arguments: buffers([SHELL, '-c', code, 'execlineb', ...context.builder.words()]),
    environment: buffers(path !== undefined && 'text' in path ? [`PATH=${path.text}`] : []),
  };
}

/** By name; of two with one name the first counts, as for getenv(3). What has no name is no variable. */
function variablesOf(environment: readonly Buffer[]): Map<string, string> {
  const variables = new Map<string, string>();
  for (const entry of environment) {
    const text = entry.toString('latin1');
    const equals = text.indexOf('=');
    const name = text.slice(0, Math.max(equals, 0));
    if (name !== '' && !variables.has(name)) variables.set(name, text.slice(equals + 1));
  }
  return variables;
}

/** Byte strings inside, one character per byte. */
const bytes = (text: Buffer | string): string => (typeof text === 'string' ? Buffer.from(text) : text).toString('latin1');
const buffers = (texts: readonly string[]): Buffer[] => texts.map((text) => Buffer.from(text, 'latin1'));
