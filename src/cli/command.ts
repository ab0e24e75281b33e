/** What a subcommand of `svc` is. Parser, help, the reference and its test are derived from these objects. */
import type { Terminal } from './terminal.ts';

export type Command = Readonly<{
  name: string;
  /** What follows the name on the command line. */
  operand: Operand;
  sentence: string;
  options: Readonly<Record<string, Option>>;
  /** Two command lines and what they do, for the command's own help. */
  examples: readonly Readonly<{ line: string; sentence: string }>[];
  /** Its exit code is 0 or 1 and its complaint one line, whatever happens: HEALTHCHECK of Docker knows no other. */
  yesOrNo?: true;
  /** Gives the exit code. Throws UsageError and whatever the client throws; main.ts turns those into sentences and codes. */
  run(invocation: Invocation): Promise<number>;
}>;

export type Operand = Readonly<{
  /** As help shows it; empty: the command takes none. */
  label: '' | 'NAME' | 'TEMPLATE' | 'SOURCE' | 'DIR' | 'FORMAT PATH' | 'SHELL';
  /** Words that it takes at least. */
  least: 0 | 1 | 2;
  many: boolean;
  /** The words that the first one may be, for completion. */
  choices?: readonly string[];
  /** What has to follow after `--`, where options are somebody else's. */
  after?: 'CMD';
}>;
export const NO_OPERAND: Operand = { label: '', least: 0, many: false };

export type Option = Readonly<{
  short?: string;
  /** What stands for its value in help; an option without one is a switch. */
  value?: string;
  /** All values that there are, for completion. */
  choices?: readonly string[];
  /** May be given more than once, and each counts; of any other option the last one does. */
  many?: true;
  sentence: string;
}>;

/** True for a switch, text for an option with a value, a list of texts for one that may be given more than once. */
export type OptionValue = string | true | readonly string[];

/** One call of `svc`, taken apart. */
export type Invocation = Readonly<{
  words: readonly string[];
  /** What follows after `--`, for a command that takes such. */
  rest: readonly string[];
  options: Readonly<Record<string, OptionValue | undefined>>;
  terminal: Terminal;
  world: World;
}>;

/** What a command needs beyond files and the supervisor. */
export type World = Readonly<{
  /** This process becomes another program (execve(2)). Rejects with an Error that has `code` and the `exitCode` that a shell would give. */
  become(start: Start): Promise<never>;
}>;

export type Start = Readonly<{
  directory: string;
  identity: Readonly<{ user: number; group: number; groups: readonly number[] }> | undefined;
  words: readonly string[];
  environment: readonly Buffer[];
  softLimit: number | undefined;
}>;

/** Options that every command takes. */
export const GLOBAL_OPTIONS = {
  dir: { value: 'DIR', sentence: 'services directory, its .n6, or a runtime directory' },
  color: { value: 'WHEN', choices: ['auto', 'always', 'never'], sentence: 'auto, always or never; auto minds NO_COLOR' },
  help: { short: 'h', sentence: 'show help' },
  version: { sentence: "the version of svc, and the supervisor's" },
} as const satisfies Record<string, Option>;

/** For every command that prints something: what `--json` gives is documented and carries a `schema`. */
export const JSON_OPTION = { json: { sentence: 'print JSON' } } as const satisfies Record<string, Option>;

/** The command line cannot be understood: exit code 2, and where to find help. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  /** The command whose help would help; undefined: the list of commands. */
  readonly command: string | undefined;
  constructor(message: string, command?: string) {
    super(message);
    this.command = command;
  }
}

/** An option's value as text; undefined where it was not given. */
export function textOption({ options }: Pick<Invocation, 'options'>, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' || value === undefined ? value : '';
}

/** All values of an option that may be given more than once, in their order. */
export function textOptions({ options }: Pick<Invocation, 'options'>, name: string): readonly string[] {
  const value = options[name];
  return typeof value === 'object' ? value : [];
}

/** `NAME…`, `[NAME…]`, `SOURCE`, `NAME -- CMD…`, or nothing. */
export function operandText({ label, least, many, after }: Operand): string {
  const text = `${label}${many ? '…' : ''}`;
  return label === '' ? '' : least === 0 ? `[${text}]` : after === undefined ? text : `${text} -- ${after}…`;
}
