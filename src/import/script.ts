/** The printed form: a POSIX sh script that makes the tree in the directory in which it is run. */
import type { Problem } from '../core/messages.ts';
import { problemText } from '../core/messages.ts';
import type { Entry } from './model.ts';
import type { Part } from './tree.ts';

/** `command`: the command line that was given, for the heading. */
export function script(parts: readonly Part[], remarks: readonly string[], problems: readonly Problem[], command: string): string {
  return [
    '#!/bin/sh',
    `# Made by: ${command.replaceAll('\n', ' ')}`,
    '# Run it in the services directory: it makes a directory for each service, and overwrites nothing.',
    ...remarks.map((remark) => `# ${remark}`),
    ...problems.map((problem) => `# wrong: ${problemText(problem).replaceAll('\n', ' ')}`),
    'set -eu',
    'umask 022',
    `for name in ${parts.map(({ name }) => quote(name)).join(' ')}; do`,
    '  if [ -e "$name" ] || [ -h "$name" ]; then echo "$name is there already; nothing was made, run this in another directory" >&2; exit 1; fi',
    'done',
    ...parts.flatMap(({ name, entries, remarks: own }) => ['', `# ${name}`, ...own.map((remark) => `# ${remark}`), ...entries.flatMap(make)]),
    '',
  ].join('\n');
}

function make(entry: Entry): string[] {
  const place = quote(entry.path.replace(/^-/, './-'));
  switch (entry.kind) {
    case 'directory': return [`mkdir -p ${place}`, ...mode(entry.mode, 0o755, place)];
    case 'link': return [`ln -s ${quote(entry.target)} ${place}`];
    case 'copy': return [`cp ${quote(entry.source)} ${place}`, `chmod ${octal(entry.mode)} ${place}`];
    case 'text': return [...text(entry.content, place, entry.mode), ...mode(entry.mode, 0o644, place)];
  }
}

/** A here-document ends with a newline; a text that does not is quoted. What is not for everybody is made so, never shown first. */
function text(content: string, place: string, fileMode: number): string[] {
  const hidden = (command: string): string => ((fileMode & 0o044) === 0o044 ? command : `( umask 077; ${command} )`);
  if (content === '') return [hidden(`: >${place}`)];
  if (!content.endsWith('\n')) return [hidden(`printf %s ${quote(content)} >${place}`)];
  const lines = content.slice(0, -1).split('\n');
  let mark = 'END';
  while (lines.includes(mark)) mark += '_';
  return [`${hidden(`cat >${place}`)} <<'${mark}'`, ...lines, mark];
}

const mode = (wanted: number, usual: number, place: string): string[] => (wanted === usual ? [] : [`chmod ${octal(wanted)} ${place}`]);
const octal = (number: number): string => number.toString(8).padStart(3, '0');

/** A word of sh that stands for itself. */
export const quote = (word: string): string => (/^[A-Za-z0-9_.@%+:,/-][A-Za-z0-9_.@%+:,/=-]*$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);
