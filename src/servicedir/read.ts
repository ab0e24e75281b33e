import type { BigIntStats } from 'node:fs';
import path from 'node:path';
import { DEFAULTS, type Definition } from '../core/definition.ts';
import { isLogger, loggerOf } from '../core/scan.ts';
import { errnoText, type Problem } from '../core/messages.ts';
import { beginningOf, firstLine } from './beginning.ts';
import { FILES, type ServiceFile, type ValueFile } from './files.ts';
import { asNamed, type Find } from './find.ts';
import { lookAt, type Look } from './look.ts';
import { scriptProblem, type Interpreters } from './script.ts';
import { otherKind, type Wrong } from './wrong.ts';

export type ReadResult = { definition: Definition; problems: Problem[] };

/**
 * Reads a service directory in s6's form (spec 1.1). Never throws: whatever is wrong in it is told at once as problems,
 * and s6's default stands for what cannot be understood. `interpreters` may be shared by the services of one look;
 * `find`: for a directory of an image, whose links lead inside the image.
 */
export function readServiceDirectory(directory: string, name: string, interpreters: Interpreters = new Map(), find: Find = asNamed): ReadResult {
  const fields: Fields = { ...DEFAULTS, name, directory: path.resolve(directory), fingerprint: '' };
  const problems: Problem[] = [];
  const complain = (file: string, wrong: Wrong | undefined): void => {
    if (wrong !== undefined) problems.push({ service: name, file, ...wrong });
  };
  let look: Look;
  try {
    look = lookAt(fields.directory, find);
  } catch (error) {
    complain(fields.directory, unreadable(error, fields.directory));
    return { definition: fields, problems };
  }
  fields.fingerprint = look.fingerprint;
  if (isLogger(name)) fields.stdinPipe = name;
  for (const [entry, file] of LISTED) {
    const place = `${fields.directory}/${entry}`;
    if (look.found.has(entry)) complain(place, readFile(fields, file, place, look.found.get(entry), { interpreters, find }));
    else if (file.kind === 'script' && file.required) complain(place, missing(fields.directory));
  }
  return { definition: fields, problems };
}

type Reading = Readonly<{ interpreters: Interpreters; find: Find }>;
type Fields = { -readonly [K in keyof Definition]: Definition[K] };

/** Taken apart once: a scan asks for every service. */
const LISTED: readonly (readonly [string, ServiceFile])[] = Object.entries(FILES);

function readFile(fields: Fields, file: ServiceFile, place: string, stats: BigIntStats | undefined, { interpreters, find }: Reading): Wrong | undefined {
  switch (file.kind) {
    case 'script': {
      const wrong = scriptProblem(place, stats, interpreters, find);
      // s6 would try and fail after each death and go on as if there were none (spec 1.3.6): the same, but said once.
      if (file.field !== undefined) fields[file.field] = wrong === undefined;
      return wrong;
    }
    case 'presence':
      fields[file.field] = stats !== undefined;
      return undefined;
    case 'value':
      return readValue(fields, file, place, stats, find);
    case 'directory':
      return undefined;
    case 'logger':
      if (stats?.isDirectory() === true) fields.stdoutPipe = loggerOf(fields.name);
      return undefined;
  }
}

function readValue(fields: Fields, file: ValueFile, place: string, stats: BigIntStats | undefined, find: Find): Wrong | undefined {
  const { expected, example, field } = file;
  const fallback = `(until then: ${DEFAULTS[field] ?? 'none'})`;
  const other = otherKind(stats);
  const content = other === undefined ? beginningOf(find(place)) : undefined;
  if (other === undefined && content === undefined) {
    return { value: 'a file that cannot be read', expected, remedy: `allow it: chmod a+r ${place} ${fallback}` };
  }
  const line = content === undefined ? undefined : firstLine(content);
  const parsed = line === undefined ? undefined : file.parse(line);
  if (parsed === undefined) {
    return { value: other ?? line?.slice(0, 60), expected, remedy: `write it like this: echo ${example} >${place} ${fallback}` };
  }
  // files.ts checks that what a file's parser gives is what its field holds.
  (fields as Record<string, unknown>)[field] = parsed.value;
  return undefined;
}

const missing = (directory: string): Wrong =>
  ({ value: undefined, expected: 'an executable file', remedy: `there is none; create it, or remove ${directory}` });

function unreadable(error: unknown, directory: string): Wrong {
  const { code = String(error) } = error as NodeJS.ErrnoException;
  return { value: errnoText(code), expected: 'a directory that can be read', remedy: `look at it: ls -ld ${directory}` };
}
