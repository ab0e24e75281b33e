/** What an app of pm2 starts: interpreter, script and arguments become one command. */
import { statSync } from 'node:fs';
import path from 'node:path';
import { beginningOf } from '../../servicedir/beginning.ts';
import { asText } from './text.ts';

/** By the end of the script's name (pm2, lib/API/interpreter.json). */
const INTERPRETERS: Readonly<Record<string, string>> = {
  '.sh': 'bash', '.py': 'python', '.rb': 'ruby', '.php': 'php', '.pl': 'perl', '.js': 'node', '.cjs': 'node', '.mjs': 'node',
  '.coffee': 'coffee', '.ls': 'lsc', '.ts': 'bun', '.tsx': 'bun',
};

export type Asked = Readonly<{ script: string; interpreter: string | undefined; interpreterArgs: readonly string[]; args: readonly string[]; cwd: string }>;
export type Command = Readonly<{ command: readonly string[] | string; interpreter: string | undefined; remark?: string }>;

export function commandOf({ script, interpreter, interpreterArgs, args, cwd }: Asked): Command {
  if (script.includes(' ')) return { command: script, interpreter: undefined, remark: 'a text for sh; pm2 gives it to bash where there is one' };
  const file = path.resolve(cwd, script);
  const inPath = !script.includes('/') && path.extname(script) === '' && !isFile(file);
  const by = interpreter ?? INTERPRETERS[path.extname(script)] ?? (inPath || startsByItself(file) ? 'none' : 'node');
  // pm2 looks for a script in PATH, too.
  const program = inPath ? script : file;
  return by === 'none' ? { command: [program, ...args], interpreter: undefined } : { command: [by, ...interpreterArgs, program, ...args], interpreter: by };
}

/** pm2's own way to take a text apart (lib/tools/Config.js): blanks divide, quotes keep together what they are around. */
export function wordsOf(value: unknown): string[] {
  if (typeof value !== 'string') return value === undefined ? [] : [value].flat().map(asText);
  const words = value.match(/[^\s"'=]+="[^"]*"|[^\s"'=]+='[^']*'|"([^"]*)"|'([^']*)'|\S+/g) ?? [];
  return words.map((word) => word.replace(/^(["'])(.*)\1$/s, '$2')).filter((word) => word.trim() !== '');
}

const isFile = (file: string): boolean => statSync(file, { throwIfNoEntry: false })?.isFile() === true;

/** A program, or a script with a hashbang; also what cannot be looked at here. */
function startsByItself(file: string): boolean {
  const beginning = beginningOf(file);
  return beginning === undefined || beginning.startsWith('#!') || beginning.includes('\0');
}
