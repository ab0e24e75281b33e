/** From the words of a command line to what is asked. */
import { nearest } from '../core/messages.ts';
import { GLOBAL_OPTIONS, operandText, UsageError, type Command, type Invocation, type Operand, type Option, type OptionValue } from './command.ts';
import { findCommand, SUBCOMMANDS } from './commands/index.ts';

export type Options = Invocation['options'];
export type Asked =
  | Readonly<{ type: 'run'; command: Command; words: readonly string[]; rest: readonly string[]; options: Options }>
  | Readonly<{ type: 'help'; text: string }>
  | Readonly<{ type: 'version'; options: Options }>;

/**
 * Throws UsageError for what cannot be understood. Loading yargs takes longer than Node's own start, and most calls are
 * made by scripts, hooks and probes: `svc reload ha`, `svc status --json`, `svc health --level alive`. Words, switches and
 * plain values need no parser.
 */
export async function understand(args: readonly string[]): Promise<Asked> {
  const dashes = args.indexOf('--');
  const split = dashes < 0 ? args : args.slice(0, dashes);
  const named = nameIn(split);
  const command = named === undefined ? undefined : await findCommand(named.name);
  const takesMore = command?.operand.after !== undefined;
  const after = takesMore && dashes >= 0 ? args.slice(dashes + 1) : [];
  const own = takesMore ? split : args;
  const before = named === undefined ? undefined : readPlain(VALUES_OF_ALL, own.slice(0, named.at));
  const plain = before === undefined || command === undefined ? undefined : readPlain({ ...VALUES_OF_ALL, ...command.options }, own.slice(named!.at + 1));
  if (command !== undefined && plain !== undefined) return run(command, plain.words, { ...before?.options, ...plain.options }, after);
  const { parse } = await import('./parse.ts');
  return parse(own[0] === 'help' ? [...own.slice(1), '--help'] : own, after);
}

const VALUES_OF_ALL: Readonly<Record<string, Option>> = { dir: GLOBAL_OPTIONS.dir, color: GLOBAL_OPTIONS.color };

/** undefined: there is something that yargs has to read. */
function readPlain(known: Readonly<Record<string, Option>>, args: readonly string[]): Readonly<{ words: string[]; options: Options }> | undefined {
  const words: string[] = [];
  const options: Record<string, OptionValue> = {};
  for (let i = 0; i < args.length; i++) {
    const word = args[i]!;
    if (!word.startsWith('-')) {
      words.push(word);
      continue;
    }
    const [, name, joined] = /^--([\w-]+)(?:=(.*))?$/s.exec(word) ?? [];
    const option = name !== undefined && Object.hasOwn(known, name) ? known[name] : undefined;
    if (name === undefined || option === undefined || option.many === true) return undefined;
    const value = option.value === undefined ? undefined : joined ?? args[++i] ?? '';
    // yargs takes a true or false after a switch for its value.
    if (option.value === undefined ? joined !== undefined || /^(true|false)$/.test(args[i + 1] ?? '') : !PLAIN_VALUE.test(value!)) return undefined;
    options[name] = value ?? true;
  }
  return { words, options };
}

/** What means the same to everybody: no option, and nothing that would be unquoted. */
const PLAIN_VALUE = /^[\w./:,@%+][\w./:,@%+-]*$/;

/** The command that a command line names, whether it can be understood or not. */
export async function commandIn(args: readonly string[]): Promise<Command | undefined> {
  const named = nameIn(args);
  return named === undefined ? undefined : findCommand(named.name);
}

/** The first word that is neither an option nor its value. */
function nameIn(args: readonly string[]): Readonly<{ name: string; at: number }> | undefined {
  for (let i = 0; i < args.length; i++) {
    const word = args[i]!;
    if (!word.startsWith('-')) return { name: word, at: i };
    if (Object.hasOwn(VALUES_OF_ALL, word.slice(2))) i++;
  }
  return undefined;
}

const NEEDED: Readonly<Record<Operand['label'], string>> = {
  '': 'nothing', 'NAME': 'a service',
  'TEMPLATE': 'a template', 'SOURCE': 'a source', 'DIR': 'a directory', 'FORMAT PATH': 'a format and a path', 'SHELL': 'a shell',
};

/** The last step for both ways: are there as many words as the command takes? */
export function run(command: Command, words: readonly string[], options: Options, rest: readonly string[] = []): Asked {
  const { name, operand } = command;
  const usage = `svc ${name} ${operandText(operand)}`.trimEnd();
  if (words.length < operand.least) throw new UsageError(`${name} needs ${NEEDED[operand.label]}: ${usage}`, name);
  const surplus = operand.many ? undefined : words[operand.label.split(' ').filter((word) => word !== '').length];
  if (surplus !== undefined) throw new UsageError(`${name} does not take ${JSON.stringify(surplus)}: ${usage}`, name);
  if (operand.after !== undefined && rest.length === 0) throw new UsageError(`${name} needs a command after --: ${usage}`, name);
  return { type: 'run', command, words, rest, options };
}

export function unknownCommand(word: string): UsageError {
  const near = nearest(word, SUBCOMMANDS);
  return new UsageError(`no command named ${JSON.stringify(word)}${near === undefined ? '' : `; did you mean ${near}?`}`);
}
