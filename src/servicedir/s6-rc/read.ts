/** One directory of s6-rc sources, read: what each definition says, and all that is wrong with it, at once (spec 5). */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { ALONE, type Node, type NodeKind } from '../../core/graph.ts';
import { errnoText, nearest, type Problem } from '../../core/messages.ts';
import { asNamed, type Find } from '../find.ts';
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

/**
 * Never throws. A definition that cannot be used is left out and told; `lost`: their names. `find`: for a directory of an
 * image, whose links lead inside the image.
 */
export function readSourceDirectory(
  directory: string, complain: (problem: Problem) => void, find: Find = asNamed,
): { sources: Source[]; lost: string[] } {
  const files = filesBy(find);
  let entries: string[];
  try {
    entries = files.names(directory);
  } catch (error) {
    complain({ service: '', file: directory, value: textOf(error), expected: 'a directory that can be read', remedy: `look at it: ls -ld ${directory}` });
    return { sources: [], lost: [directory] };
  }
  const names = entries.filter((name) => !name.startsWith('.') && files.stat(path.join(directory, name))?.isDirectory() === true)
    // An image that still has s6-overlay's own: n6 does what these do.
    .filter((name) => !isReserved(name)).sort();
  const sources = names.flatMap((name) => readSource(files, path.join(directory, name), name, complain) ?? []);
  const read = new Set(sources.map(({ name }) => name));
  return { sources, lost: names.filter((name) => !read.has(name)) };
}

function readSource(files: FilesBy, directory: string, name: string, complain: (problem: Problem) => void): Source | undefined {
  const at = (...parts: string[]): string => path.join(directory, ...parts);
  const say = (file: string, value: string | undefined, expected: string, remedy: string): void =>
    complain({ service: name, file, value, expected, remedy });
  if (/\n/.test(name)) {
    say(directory, name, 'a name of one line', 'rename it');
    return undefined;
  }
  const kind = kindOf(files, at('type'), name, say);
  if (kind === undefined) return undefined;
  const needs = listed(files, at('dependencies.d'), at('dependencies'), say).filter((need) => !isReserved(need));
  const contents = listed(files, at('contents.d'), at('contents'), say).filter((member) => !isReserved(member));
  const oneshot = kind === 'oneshot' && !isBuiltIn(name);
  const up = oneshot ? commandIn(files, at('up'), say, true) : NOTHING;
  const down = oneshot ? commandIn(files, at('down'), say, false) : NOTHING;
  if (!up.usable || !down.usable) return undefined;
  if (kind === 'longrun' && files.stat(at('run'))?.isFile() !== true) {
    say(at('run'), undefined, 'a file: what a longrun runs', `there is none; create it, or remove ${directory}`);
    return undefined;
  }
  return {
    ...ALONE, name, kind, directory, needs, contents, up: up.command, down: down.command,
    essential: files.stat(at('flag-essential')) !== undefined || files.stat(at('essential')) !== undefined,
    timeoutUp: milliseconds(files, at('timeout-up'), say),
    timeoutDown: milliseconds(files, at('timeout-down'), say),
    producerFor: lines(files, at('producer-for'))?.[0],
    consumerFor: lines(files, at('consumer-for')) ?? [],
    pipelineName: lines(files, at('pipeline-name'))?.[0],
  };
}

type Say = (file: string, value: string | undefined, expected: string, remedy: string) => void;

/** `user` and `user2` carry no type in any image (corpus 2.4): they are bundles. */
function kindOf(files: FilesBy, file: string, name: string, say: Say): NodeKind | undefined {
  if (isBuiltIn(name)) return 'bundle';
  const text = files.read(file);
  const word = text?.replace(/\n$/, '');
  const kind = KINDS.find((known) => known === word);
  if (kind !== undefined) return kind;
  const near = word === undefined ? undefined : nearest(word, KINDS);
  say(file, word?.slice(0, 60), KINDS.join(', ').replace(/, (?=[a-z]+$)/, ' or '),
    near === undefined ? `write one of them: echo longrun >${file}` : `did you mean "${near}"? echo ${near} >${file}`);
  return undefined;
}

/** One file for each name in a directory; in older images one name in a line of a file. Both together count. */
function listed(files: FilesBy, directory: string, file: string, say: Say): string[] {
  let found: string[] = [];
  try {
    found = files.names(directory).filter((name) => !name.startsWith('.')).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') say(directory, textOf(error), 'a directory with a file for each name', 'make it one');
  }
  return [...found, ...(lines(files, file) ?? [])];
}

/** Lines without blanks around them, comments and empty ones left out; undefined: no such file. */
function lines(files: FilesBy, file: string): string[] | undefined {
  return files.read(file)?.split('\n').map((line) => line.replace(/#.*/, '').trim()).filter((line) => line !== '');
}

type Command = Readonly<{ command: CommandLine; usable: boolean }>;
const NOTHING: Command = { command: undefined, usable: true };

function commandIn(files: FilesBy, file: string, say: Say, required: boolean): Command {
  const text = files.read(file);
  if (text === undefined) {
    const isThere = files.stat(file) !== undefined;
    if (!required && !isThere) return NOTHING;
    say(file, isThere ? 'what cannot be read' : undefined, 'a command line', `write one: echo /path/of/the/script >${file}`);
    return { command: undefined, usable: false };
  }
  const { command, usable, problems } = readCommandLine(text);
  for (const { line, value, expected, remedy } of problems) say(`${file}:${line}`, value, expected, remedy);
  return { command, usable };
}

function milliseconds(files: FilesBy, file: string, say: Say): number | undefined {
  const text = files.read(file)?.split('\n', 1)[0];
  if (text === undefined) return undefined;
  if (/^\d{1,10}$/.test(text)) return Number(text) === 0 ? undefined : Number(text);
  say(file, text.slice(0, 60), 'a number of milliseconds', `write it like this: echo 5000 >${file} (until then: none)`);
  return undefined;
}

type FilesBy = ReturnType<typeof filesBy>;

function filesBy(find: Find) {
  return {
    /** Throws the errno. */
    names: (directory: string): string[] => readdirSync(find(directory)),
    /** undefined for what cannot be read. */
    read(file: string): string | undefined {
      const place = find(file);
      try {
        // A FIFO or a device would hold PID 1 for ever.
        return statSync(place).isFile() ? readFileSync(place, 'utf8') : undefined;
      } catch {
        return undefined;
      }
    },
    stat(file: string): ReturnType<typeof statSync> | undefined {
      try {
        return statSync(find(file));
      } catch {
        return undefined;
      }
    },
  };
}

const textOf = (error: unknown): string => {
  const { code } = error as NodeJS.ErrnoException;
  return code === undefined ? String(error) : errnoText(code);
};
