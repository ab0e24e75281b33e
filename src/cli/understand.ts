/** From the words of a command line to what is asked. */
import { nearest } from '../core/messages.ts';
import { operandText, UsageError, type Command, type Invocation, type Operand } from './command.ts';
import { COMMAND_LIST, findCommand } from './commands/index.ts';

export type Options = Invocation['options'];
export type Asked =
  | Readonly<{ type: 'run'; command: Command; words: readonly string[]; options: Options }>
  | Readonly<{ type: 'help'; text: string }>
  | Readonly<{ type: 'version'; options: Options }>;

/**
 * Throws UsageError for what cannot be understood. Loading yargs takes longer than Node's own start, and most calls are
 * made by scripts and hooks: `svc reload ha`, `svc status --json`. Words and whole switches need no parser.
 */
export async function understand(args: readonly string[]): Promise<Asked> {
  const [first, ...words] = args;
  const command = first === undefined ? undefined : findCommand(first);
  if (command !== undefined) {
    const switches = words.filter((word) => isSwitch(command, word));
    const others = words.filter((word) => !switches.includes(word));
    if (!others.some((word) => word.startsWith('-'))) return run(command, others, Object.fromEntries(switches.map((word) => [word.slice(2), true])));
  }
  const { parse } = await import('./parse.ts');
  return parse(first === 'help' ? [...words, '--help'] : args);
}

const isSwitch = ({ options }: Command, word: string): boolean =>
  word.startsWith('--') && Object.hasOwn(options, word.slice(2)) && options[word.slice(2)]?.value === undefined;

const NEEDED: Readonly<Record<Operand['label'], string>> = {
  '': 'nothing', 'NAME': 'a service', 'SOURCE': 'a source', 'DIR': 'a directory', 'FORMAT PATH': 'a format and a path',
};

/** The last step for both ways: are there as many words as the command takes? */
export function run(command: Command, words: readonly string[], options: Options): Asked {
  const { name, operand } = command;
  const usage = `svc ${name} ${operandText(operand)}`.trimEnd();
  if (words.length < operand.least) throw new UsageError(`${name} needs ${NEEDED[operand.label]}: ${usage}`, name);
  const surplus = operand.many ? undefined : words[operand.label.split(' ').filter((word) => word !== '').length];
  if (surplus !== undefined) throw new UsageError(`${name} does not take ${JSON.stringify(surplus)}: ${usage}`, name);
  return { type: 'run', command, words, options };
}

export function unknownCommand(word: string): UsageError {
  const near = nearest(word, COMMAND_LIST.map(({ name }) => name));
  return new UsageError(`no command named ${JSON.stringify(word)}${near === undefined ? '' : `; did you mean ${near}?`}`);
}
