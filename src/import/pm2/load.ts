/** An ecosystem file of pm2, read: JSON, YAML, or a program that Node has to run to know what it says. */
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { isNode, LineCounter, parseDocument } from 'yaml';
import type { Problem } from '../../core/messages.ts';
import { unreadable } from '../sentences.ts';

type Where = readonly (string | number)[];

export type Loaded = Readonly<{
  value: unknown;
  /** FILE, with the line of what is there where that is known. */
  place(where: Where): string;
  problems: readonly Problem[];
}>;

/** The form by the end of the name, as pm2 has it. */
export function load(file: string): Loaded {
  const [ending = ''] = /\.[a-z]+$/i.exec(file) ?? [];
  const nothing = (...problems: Problem[]): Loaded => ({ value: undefined, place: () => file, problems });
  const wrong = (value: string | undefined, expected: string, remedy: string): Loaded => nothing({ service: '', file, value, expected, remedy });
  try {
    const stats = statSync(file);
    if (!stats.isFile()) return wrong(stats.isDirectory() ? 'a directory' : 'no regular file', 'an ecosystem file', `name the file: ls ${file}`);
    if (stats.size > LARGEST) return wrong(`${stats.size} bytes`, `at most ${LARGEST} bytes`, 'is it the right file?');
    if (['.js', '.cjs', '.mjs'].includes(ending)) return execute(file, wrong);
    if (!['.json', '.yaml', '.yml'].includes(ending)) return wrong(ending, 'a name that ends in .js, .cjs, .mjs, .json, .yaml or .yml', 'rename it');
    const text = readFileSync(file, 'utf8');
    return parse(file, ending === '.json' ? withoutComments(text) : text);
  } catch (error) {
    return nothing(unreadable(file, error, 'an ecosystem file that can be read'));
  }
}

const LARGEST = 4 * 2 ** 20;

/** JSON is YAML, and pm2's JSON is JavaScript: names without quotes and a last comma are read, too. */
function parse(file: string, text: string): Loaded {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false, uniqueKeys: false });
  const problems = document.errors.slice(0, 10).map(({ message, pos: [start] }): Problem => ({
    service: '', file: `${file}:${counter.linePos(start).line}`, value: undefined,
    expected: `what JSON or YAML is made of (${message.split('\n')[0]})`, remedy: 'correct it',
  }));
  const place = (where: Where): string => {
    for (let length = where.length; length > 0; length--) {
      const node = document.getIn(where.slice(0, length), true);
      if (isNode(node) && node.range !== undefined && node.range !== null) return `${file}:${counter.linePos(node.range[0]).line}`;
    }
    return file;
  };
  return { value: problems.length > 0 ? undefined : document.toJS(), place, problems };
}

/** As long as they were, so that lines stay lines. */
const withoutComments = (text: string): string =>
  text.replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\/\/[^\n]*|\/\*[^]*?\*\//g, (all) => (all.startsWith('/') ? all.replace(/[^\n]/g, ' ') : all));

/** It is the user's own program, and pm2 would run it, too. What it prints is not part of what is imported. */
function execute(file: string, wrong: (value: string | undefined, expected: string, remedy: string) => Loaded): Loaded {
  const { output, error, signal } = spawnSync(process.execPath, ['-e', PROGRAM, '--', file], {
    stdio: ['ignore', 2, 2, 'pipe'], timeout: PATIENCE, killSignal: 'SIGKILL', maxBuffer: LARGEST,
  });
  const remedy = `try it: node -p 'require(${JSON.stringify(file)})'`;
  if (error !== undefined || signal !== null) {
    return wrong(undefined, `a program that tells its apps in ${PATIENCE / 1000} s (${error?.message ?? signal})`, remedy);
  }
  const text = output?.[3]?.toString() ?? '';
  const answer = (text === '' ? { failed: 'it ended by itself' } : JSON.parse(text)) as { failed?: string; value?: unknown };
  if (answer.failed !== undefined) return wrong(answer.failed.slice(0, 200), 'a module that exports { apps: [...] }', remedy);
  return { value: answer.value, place: () => file, problems: [] };
}

const PATIENCE = 30_000;
/** Its descriptor 3 is for the answer alone. */
const PROGRAM = `
const tell = (answer) => { require('fs').writeFileSync(3, JSON.stringify(answer)); process.exit(0); };
import(require('url').pathToFileURL(process.argv[1]).href)
  .then((module) => tell({ value: module.default ?? module }))
  .catch((error) => tell({ failed: String(error && error.message || error) }));
`;
