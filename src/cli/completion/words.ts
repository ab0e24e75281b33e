/** What can be completed, for all shells alike: derived from THE list of subcommands. Pure. */
import { GLOBAL_OPTIONS, type Command, type Option } from '../command.ts';
import { SIGNAL_NAMES } from '../../core/signals.ts';

/** What an option's value, or a command's word, is completed with. */
export type Kind = Readonly<{ choices: readonly string[] }> | 'services' | 'directories' | 'files' | 'nothing';

/** Of every command, the global ones included. */
export const optionsOf = ({ options }: Command): [string, Option][] => [...Object.entries<Option>(options), ...Object.entries<Option>(GLOBAL_OPTIONS)];

/** Every spelling of an option: `--signal`, `-s`. */
export const spellings = (name: string, { short }: Option): string[] => [`--${name}`, ...(short === undefined ? [] : [`-${short}`])];

/** undefined: the option has no value. */
export function kindOfValue({ value, choices }: Option): Kind | undefined {
  if (value === undefined) return undefined;
  if (choices !== undefined) return { choices };
  if (value === 'SIGNAL') return { choices: SIGNAL_NAMES.map((name) => name.replace(/^SIG/, '')) };
  return value === 'DIR' || value === 'IMAGE' ? 'directories' : value === 'FILE' ? 'files' : 'nothing';
}

/** Of the words after the command; the first, and the later ones. */
export function kindsOfWords({ operand: { label, choices, many } }: Command): readonly [first: Kind, later: Kind] {
  const first: Kind = choices !== undefined ? { choices } : label === 'NAME' ? 'services' : label === 'DIR' ? 'directories' : 'nothing';
  return [first, many ? first : label === 'FORMAT PATH' ? 'files' : 'nothing'];
}

/** Asked at every completion; ends in a tenth of a second, and says nothing when no supervisor is there. */
export const SERVICES = 'status --names';

/** In single quotes, for every POSIX shell and zsh. */
export const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** A line of `case` for options whose value is no word of its own, in the language that bash and zsh share; `or` stands between patterns. */
export function optionsWithValues(commands: readonly Command[], or: string): string {
  const all = commands.flatMap((command) => Object.entries(command.options)
    .filter(([, { value }]) => value !== undefined)
    .flatMap(([name, option]) => spellings(name, option).map((spelling) => `${command.name}:${spelling}`)));
  return `      ${['*:--color', ...all].join(or)}) i=$((i + 1)); continue ;;`;
}

/** Lines of `case` that complete the value of an option with what `act` gives for its kind. */
export function valuesOfOptions(commands: readonly Command[], or: string, act: (kind: Kind) => string): string {
  return commands.flatMap((command) => optionsOf(command).flatMap(([name, option]) => {
    const kind = kindOfValue(option);
    const of = Object.hasOwn(GLOBAL_OPTIONS, name) ? '*' : command.name;
    return kind === undefined ? [] : [`    ${spellings(name, option).map((spelling) => `${of}:${spelling}`).join(or)}) ${act(kind)}; return ;;`];
  })).filter((line, index, all) => all.indexOf(line) === index).join('\n');
}
