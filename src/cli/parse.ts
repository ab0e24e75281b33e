/** Command lines with options, and help: the one file that knows yargs. */
import type { Argv, Options as YargsOption } from 'yargs';
import { SVC_EXIT } from '../core/exit-codes.ts';
import { nearest } from '../core/messages.ts';
import { GLOBAL_OPTIONS, operandText, UsageError, type Command, type Option, type OptionValue } from './command.ts';
import { everyCommand, findCommand } from './commands/index.ts';
import { WIDTH } from './streams.ts';
import { run, unknownCommand, type Asked } from './understand.ts';

/** Throws UsageError for what cannot be understood. */
export async function parse(args: readonly string[], after: readonly string[] = []): Promise<Asked> {
  const { argv, output } = await ask(args);
  const [first, ...words] = argv._.map(String);
  const command = first === undefined ? undefined : await findCommand(first);
  if (first !== undefined && command === undefined) throw unknownCommand(first);
  if (output !== '') return { type: 'help', text: output };
  const options = knownOptions(argv, command);
  if (options['version'] === true) return { type: 'version', options };
  if (command === undefined) throw new UsageError('name a command, such as: svc status');
  return run(command, words, options, after);
}

type Parsed = { _: (string | number)[]; [option: string]: unknown };

async function ask(args: readonly string[]): Promise<{ argv: Parsed; output: string }> {
  const parser = await createParser();
  for (const command of await everyCommand()) parser.command(command.name, command.sentence, (own) => describe(own, command), () => undefined);
  return new Promise((resolve, reject) => {
    // Commands do nothing while they are parsed: whatever fails here is the command line's fault.
    parser.fail((message: string | null, error?: Error) => reject(new UsageError(message ?? String(error?.message))));
    const parsed = parser.parse([...args], {}, (_, argv, output) => resolve({ argv: argv, output }));
    Promise.resolve(parsed).catch(reject);
  });
}

async function createParser(): Promise<Argv> {
  const { default: yargs } = await import('yargs');
  const exitCodes = Object.values(SVC_EXIT).map(({ code, sentence }) => `  ${code}  ${sentence}`).join('\n');
  return yargs()
    .scriptName('svc')
    .usage('svc COMMAND [NAME…]\n\nNAME is a service, a glob such as \'web-*\', or a path such as /run/service/web.')
    .parserConfiguration({
      'boolean-negation': false, 'camel-case-expansion': false, 'dot-notation': false,
      'parse-numbers': false, 'parse-positional-numbers': false, 'strip-aliased': true,
    })
    .locale('en')
    .updateStrings({ 'Not enough arguments following: %s': 'a value has to follow --%s' })
    .exitProcess(false)
    .version(false)
    .help('help', GLOBAL_OPTIONS.help.sentence)
    .options(Object.fromEntries(Object.entries(GLOBAL_OPTIONS).filter(([name]) => name !== 'help').map(asYargs)))
    .alias('help', GLOBAL_OPTIONS.help.short)
    .epilogue(`Exit codes:\n${exitCodes}`)
    .wrap(WIDTH);
}

function describe(parser: Argv, { name, operand, sentence, options, examples }: Command): Argv {
  return parser
    .usage(`${`svc ${name} ${operandText(operand)}`.trimEnd()}\n\n${sentence}`)
    .options(Object.fromEntries(Object.entries(options).map(asYargs)))
    .example(examples.map(({ line, sentence: what }): [string, string] => [line, what]));
}

const asYargs = ([name, { short, value, sentence }]: [string, Option]): [string, YargsOption] => [name, {
  describe: sentence,
  type: value === undefined ? 'boolean' : 'string',
  ...(short === undefined ? {} : { alias: short }),
  ...(value === undefined ? {} : { requiresArg: true }),
}];

/** The options that were given; throws UsageError for one that neither the command nor `svc` knows. */
function knownOptions(argv: Parsed, command: Command | undefined): Record<string, OptionValue> {
  const known: Record<string, Option> = { ...GLOBAL_OPTIONS, ...command?.options };
  const given = Object.entries(argv).filter(([name, value]) => name !== '_' && name !== '$0' && value !== undefined && value !== false);
  for (const [name] of given) if (!Object.hasOwn(known, name)) throw unknownOption(name, Object.keys(known), command);
  return Object.fromEntries(given.map(([name, value]) => [name, valueOf(known[name]!, [value].flat())]));
}

function valueOf(option: Option, values: readonly unknown[]): OptionValue {
  if (option.many === true) return values.map(String);
  const last = values.at(-1);
  return last === true ? true : String(last);
}

function unknownOption(name: string, known: readonly string[], command: Command | undefined): UsageError {
  const near = nearest(name, known);
  const dashes = name.length === 1 ? '-' : '--';
  const advice = near === undefined ? '' : `; did you mean --${near}?`;
  return new UsageError(`${command === undefined ? 'svc' : command.name} has no option ${dashes}${name}${advice}`, command?.name);
}
