/** Reads `templates.d`: the same for the supervisor and for `svc check`. Never throws. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { errnoText, type Problem } from '../core/messages.ts';
import { asNamed, type Find } from '../servicedir/find.ts';
import { readSmallText } from '../servicedir/yaml/file.ts';
import { readText } from '../servicedir/yaml/written.ts';
import { toDefinition, type TemplateDefinition } from './definition.ts';
import { compile, type Compiled } from './handlebars.ts';
import { TEMPLATE_SHAPE } from './keys.ts';
import { TemplateError } from './strict.ts';

export type TemplatesRead = Readonly<{
  /** In order of names. */
  templates: readonly TemplateDefinition[];
  problems: readonly Problem[];
  /** Files that were looked at. */
  looked: number;
}>;

const ENDING = '.yaml';
const OTHER_ENDING = /\.ya?ml$/i;
const MOST_PROBLEMS = 50;

/** `directory` as its user calls it; `find`: where files of an image are. A directory that is not there has no templates. */
export function readTemplates(directory: string, find: Find = asNamed): TemplatesRead {
  const problems: Problem[] = [];
  let names: string[];
  try {
    names = readdirSync(find(directory)).filter((name) => OTHER_ENDING.test(name) && !name.startsWith('.')).sort();
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return { templates: [], problems: [], looked: 0 };
    const remedy = `look at it: ls -ld ${directory}`;
    problems.push({ service: '', file: directory, value: errnoText(code), expected: 'a directory that can be read', remedy });
    return { templates: [], problems, looked: 0 };
  }
  const templates: TemplateDefinition[] = [];
  const taken = new Map<string, string>();
  for (const name of names) {
    const file = path.join(directory, name);
    if (!name.endsWith(ENDING)) {
      const remedy = `rename it: mv ${file} ${file.replace(OTHER_ENDING, ENDING)}`;
      problems.push({ service: '', file, value: name, expected: 'a name that ends with .yaml', remedy });
      continue;
    }
    const read = readTemplate(file, path.basename(name, ENDING), find);
    problems.push(...read.problems);
    if (read.template === undefined) continue;
    const { destination } = read.template;
    const other = taken.get(destination);
    if (other === undefined) {
      taken.set(destination, name);
      templates.push(read.template);
    } else {
      problems.push({
        service: '', file, value: destination, expected: 'a destination that no other template has',
        remedy: `${other} makes that file, too; take one of them away`,
      });
    }
  }
  return { templates, problems, looked: names.length };
}

/** With a problem that it cannot be without, `template` is undefined. */
function readTemplate(file: string, name: string, find: Find): { template: TemplateDefinition | undefined; problems: Problem[] } {
  const problems: Problem[] = [];
  const lines = new Map<string, number>();
  const complain = (line: number | undefined, value: string | undefined, expected: string, remedy: string): void => {
    if (problems.length >= MOST_PROBLEMS) return;
    problems.push({ service: '', file: line === undefined ? file : `${file}:${line}`, value, expected: plain(expected), remedy: plain(remedy) });
  };
  const content = readSmallText(find(file), file);
  if (!('text' in content)) {
    complain(content.line, content.value, content.expected, content.remedy);
    return { template: undefined, problems };
  }
  const { written, flaws } = readText(content.text);
  for (const { line, value, expected, remedy } of flaws) complain(line, value, expected, remedy);
  if (written === undefined || written.kind === 'nothing') {
    if (flaws.length === 0) complain(undefined, 'nothing', 'a mapping with the keys source and destination', 'write them');
    return { template: undefined, problems };
  }
  const yaml = TEMPLATE_SHAPE.read(written, { path: '', complain, note: (key, line) => void lines.set(key, line) });
  // What is half understood would make a file that nobody meant.
  if (yaml === undefined || problems.length > 0) return { template: undefined, problems };
  const tell = (key: string, value: string | undefined, expected: string, remedy: string): void =>
    complain(lines.get(key) ?? lines.get(key.split('.')[0]!), value, expected, remedy);
  const template = toDefinition(yaml, name, file, tell);
  return { template: problems.length > 0 ? undefined : template, problems };
}

/** A template's text, compiled; `before` where that is of the same text. Throws TemplateError, in line 0 where the file itself is wrong. */
export function loadSource(source: string, find: Find = asNamed, before?: Compiled): Compiled {
  const content = readSmallText(find(source), source);
  if ('text' in content) return before?.text === content.text ? before : compile(content.text);
  throw new TemplateError(content.line ?? 0, `expected ${content.expected}${content.value === undefined ? '' : `, got ${content.value}`}; ${content.remedy}`);
}

/** What is wrong with the sources of templates, for `svc check`. */
export function sourceProblems(templates: readonly TemplateDefinition[], find: Find = asNamed): Problem[] {
  return templates.flatMap(({ source }): Problem[] => {
    try {
      loadSource(source, find);
      return [];
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      const [expected = '', remedy = 'correct it'] = error.message.replace(/^expected /, '').split(/; (.*)/s);
      return [{ service: '', file: error.line === 0 ? source : `${source}:${error.line}`, value: undefined, expected: plain(expected), remedy: plain(remedy) }];
    }
  });
}

/** What a person wrote may be in a sentence, and must not break a line of the log. */
const plain = (sentence: string): string => sentence.replace(/[\0-\x1f\x7f-\x9f\u2028\u2029]/g, ' ');
