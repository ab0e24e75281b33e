/** One directory of s6-rc sources, read: what each definition says, and all that is wrong with it, at once (spec 5). */
import { readdirSync, readFileSync, statSync, type Dirent } from 'node:fs';
import path from 'node:path';
import type { Node, NodeKind } from '../../core/graph.ts';
import { errnoText, nearest, type Problem } from '../../core/messages.ts';
import { isBuiltIn, isReserved } from './built-ins.ts';
import { readCommandLine, type CommandLine } from './command.ts';

/** A definition as it is written. */
export type Source = Node & Readonly<{
  /** The directory that defines it. */
  directory: string;
  up: CommandLine;
  down: CommandLine;
  producerFor: string | undefined;
  consumerFor: readonly string[];
  pipelineName: string | undefined;
}>;

const KINDS: readonly NodeKind[] = ['oneshot', 'longrun', 'bundle'];

/** Never throws. A definition that cannot be used is left out and told; `lost`: their names. */
export function readSourceDirectory(directory: string, complain: (problem: Problem) => void): { sources: Source[]; lost: string[] } {
  let entries: Dirent[];
  try {
    entries = readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    complain({ service: '', file: directory, value: textOf(error), expected: 'a directory that can be read', remedy: `look at it: ls -ld ${directory}` });
    return { sources: [], lost: [directory] };
  }
  const names = entries.filter(({ name }) => !name.startsWith('.'))
    .map(({ name }) => name).filter((name) => isDirectory(path.join(directory, name)))
    // An image that still has s6-overlay's own: n6 does what these do.
    .filter((name) => !isReserved(name)).sort();
  const sources = names.flatMap((name) => readSource(path.join(directory, name), name, complain) ?? []);
  const read = new Set(sources.map(({ name }) => name));
  return { sources, lost: names.filter((name) => !read.has(name)) };
}

function readSource(directory: string, name: string, complain: (problem: Problem) => void): Source | undefined {
  const at = (...parts: string[]): string => path.join(directory, ...parts);
  const say = (file: string, value: string | undefined, expected: string, remedy: string): void =>
    complain({ service: name, file, value, expected, remedy });
  if (/\n/.test(name)) {
    say(directory, name, 'a name of one line', 'rename it');
    return undefined;
  }
  const kind = kindOf(at('type'), name, say);
  if (kind === undefined) return undefined;
  const needs = listed(at('dependencies.d'), at('dependencies'), say).filter((need) => !isReserved(need));
  const contents = listed(at('contents.d'), at('contents'), say).filter((member) => !isReserved(member));
  const oneshot = kind === 'oneshot' && !isBuiltIn(name);
  const up = oneshot ? commandIn(at('up'), say, true) : NOTHING;
  const down = oneshot ? commandIn(at('down'), say, false) : NOTHING;
  if (!up.usable || !down.usable) return undefined;
  if (kind === 'longrun' && !isFile(at('run'))) {
    say(at('run'), undefined, 'a file: what a longrun runs', `there is none; create it, or remove ${directory}`);
    return undefined;
  }
  return {
    name, kind, directory, needs, contents, up: up.command, down: down.command,
    essential: isThere(at('flag-essential')) || isThere(at('essential')),
    timeoutUp: milliseconds(at('timeout-up'), say),
    timeoutDown: milliseconds(at('timeout-down'), say),
    producerFor: lines(at('producer-for'))?.[0],
    consumerFor: lines(at('consumer-for')) ?? [],
    pipelineName: lines(at('pipeline-name'))?.[0],
  };
}

type Say = (file: string, value: string | undefined, expected: string, remedy: string) => void;

/** `user` and `user2` carry no type in any image (corpus 2.4): they are bundles. */
function kindOf(file: string, name: string, say: Say): NodeKind | undefined {
  if (isBuiltIn(name)) return 'bundle';
  const text = read(file);
  const word = text?.replace(/\n$/, '');
  const kind = KINDS.find((known) => known === word);
  if (kind !== undefined) return kind;
  const near = word === undefined ? undefined : nearest(word, KINDS);
  say(file, word?.slice(0, 60), KINDS.join(', ').replace(/, (?=[a-z]+$)/, ' or '),
    near === undefined ? `write one of them: echo longrun >${file}` : `did you mean "${near}"? echo ${near} >${file}`);
  return undefined;
}

/** One file for each name in a directory; in older images one name in a line of a file. Both together count. */
function listed(directory: string, file: string, say: Say): string[] {
  let found: string[] = [];
  try {
    found = readdirSync(directory).filter((name) => !name.startsWith('.')).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') say(directory, textOf(error), 'a directory with a file for each name', 'make it one');
  }
  return [...found, ...(lines(file) ?? [])];
}

/** Lines without blanks around them, comments and empty ones left out; undefined: no such file. */
function lines(file: string): string[] | undefined {
  return read(file)?.split('\n').map((line) => line.replace(/#.*/, '').trim()).filter((line) => line !== '');
}

type Command = Readonly<{ command: CommandLine; usable: boolean }>;
const NOTHING: Command = { command: undefined, usable: true };

function commandIn(file: string, say: Say, required: boolean): Command {
  const text = read(file);
  if (text === undefined) {
    if (!required && !isThere(file)) return NOTHING;
    say(file, isThere(file) ? 'what cannot be read' : undefined, 'a command line', `write one: echo /path/of/the/script >${file}`);
    return { command: undefined, usable: false };
  }
  const { command, usable, problems } = readCommandLine(text);
  for (const { line, value, expected, remedy } of problems) say(`${file}:${line}`, value, expected, remedy);
  return { command, usable };
}

function milliseconds(file: string, say: Say): number | undefined {
  const text = read(file)?.split('\n', 1)[0];
  if (text === undefined) return undefined;
  if (/^\d{1,10}$/.test(text)) return Number(text) === 0 ? undefined : Number(text);
  say(file, text.slice(0, 60), 'a number of milliseconds', `write it like this: echo 5000 >${file} (until then: none)`);
  return undefined;
}

function read(file: string): string | undefined {
  try {
    // A FIFO or a device would hold PID 1 for ever.
    return statSync(file).isFile() ? readFileSync(file, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}

const isThere = (file: string): boolean => stat(file) !== undefined;
const isFile = (file: string): boolean => stat(file)?.isFile() === true;
const isDirectory = (file: string): boolean => stat(file)?.isDirectory() === true;

function stat(file: string): ReturnType<typeof statSync> | undefined {
  try {
    return statSync(file);
  } catch {
    return undefined;
  }
}

const textOf = (error: unknown): string => {
  const { code } = error as NodeJS.ErrnoException;
  return code === undefined ? String(error) : errnoText(code);
};
