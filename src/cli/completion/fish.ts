import { GLOBAL_OPTIONS, type Command, type Option } from '../command.ts';
import { kindOfValue, kindsOfWords, SERVICES, type Kind } from './words.ts';

/** fish knows by itself which words are options and values; it only has to be told what there is. */
export function fish(commands: readonly Command[]): string {
  const names = commands.map(({ name }) => name).join(' ');
  const lines = [
    '# fish completion of svc; in config.fish: svc completion fish | source',
    'function __svc_services',
    '    set -l words (commandline -opc)',
    '    set -l at (contains -i -- --dir $words)',
    '    set -l dir',
    '    test -n "$at"; and set dir --dir $words[(math $at + 1)]',
    `    $words[1] $dir ${SERVICES} 2>/dev/null`,
    'end',
    `set -g __svc_commands ${names} help`,
    'complete -c svc -f',
    ...Object.entries<Option>(GLOBAL_OPTIONS).map(([name, option]) => optionLine('', name, option)),
    ...commands.map(({ name, sentence }) => `complete -c svc -n 'not __fish_seen_subcommand_from $__svc_commands' -a ${name} -d ${quote(sentence)}`),
    `complete -c svc -n '__fish_seen_subcommand_from help' -a ${quote(names)}`,
    ...commands.flatMap(ofCommand),
    `complete -c svc -n '__fish_seen_subcommand_from exec; and contains -- -- (commandline -opc)' -a '(__fish_complete_subcommand --fcs-skip=4)'`,
  ];
  return lines.join('\n');
}

function ofCommand(command: Command): string[] {
  const [first, later] = kindsOfWords(command);
  const condition = `-n '__fish_seen_subcommand_from ${command.name}'`;
  const words = argumentsOf(first === 'nothing' ? later : first);
  return [
    ...Object.entries(command.options).map(([name, option]) => optionLine(condition, name, option)),
    ...(words === '' ? [] : [`complete -c svc ${condition} ${words}`]),
    ...(later === 'files' && first !== later ? [`complete -c svc ${condition} -F`] : []),
  ];
}

function optionLine(condition: string, name: string, option: Option): string {
  const kind = kindOfValue(option);
  const value = kind === undefined ? '' : kind === 'nothing' ? '-x' : `-r ${argumentsOf(kind)}`;
  const short = option.short === undefined ? '' : `-s ${option.short}`;
  return ['complete -c svc', condition, `-l ${name}`, short, value, `-d ${quote(option.sentence)}`].filter((part) => part !== '').join(' ');
}

function argumentsOf(kind: Kind): string {
  if (typeof kind === 'object') return `-x -a ${quote(kind.choices.join(' '))}`;
  return { services: `-a '(__svc_services)'`, directories: `-x -a '(__fish_complete_directories)'`, files: '-F', nothing: '' }[kind];
}

const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
