import type { BigIntStats } from 'node:fs';
import path from 'node:path';
import { DEFAULTS, type Definition } from '../core/definition.ts';
import type { Policy } from '../core/policy.ts';
import { isLogger, loggerOf } from '../core/scan.ts';
import { errnoText, type Problem } from '../core/messages.ts';
import { beginningOf, firstLine } from './beginning.ts';
import { FILES, type ServiceFile, type ValueFile } from './files.ts';
import { asNamed, type Find } from './find.ts';
import { lookAt, type Look } from './look.ts';
import { scriptProblem, type Interpreters } from './script.ts';
import { otherKind, type Wrong } from './wrong.ts';
import { YAML_FILE, type YamlPort } from './yaml/port.ts';

export type ReadResult = {
  definition: Definition;
  problems: Problem[];
  /** Its `service.yaml` waits for the reader to be loaded: what is read is not what it will be. */
  deferred: boolean;
  /** Why its `enabled-if` leaves it out; undefined: it does not. */
  disabled: string | undefined;
  /** `FILE:LINE` of a key of its `service.yaml`. */
  place(key: string): string;
};

export type ReadOptions = Readonly<{
  /** May be shared by the services of one look. */
  interpreters?: Interpreters;
  /** For a directory of an image, whose links lead inside the image. */
  find?: Find;
  yaml?: YamlPort | undefined;
  /** Names of files that are told to conflict with keys, and are not in the directory any more. */
  gone?: readonly string[];
}>;

/**
 * Reads a service directory in s6's form (spec 1.1), and its `service.yaml`. Never throws: whatever is wrong in it is told at
 * once as problems; s6's default stands for what cannot be understood, and a mistake in the yaml is in `policy.faults`.
 */
export function readServiceDirectory(directory: string, name: string, options: ReadOptions = {}): ReadResult {
  const { interpreters = new Map<string, boolean>(), find = asNamed, yaml = {}, gone = [] } = options;
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
    return { definition: fields, problems, deferred: false, disabled: undefined, place: () => fields.directory };
  }
  fields.fingerprint = look.fingerprint;
  if (isLogger(name)) fields.stdinPipe = name;
  const hasYaml = look.found.has(YAML_FILE);
  const answer = hasYaml ? yaml.read?.({ service: name, directory: fields.directory, present: new Set([...look.found.keys(), ...gone]), find }) : undefined;
  if (answer !== undefined) takePolicy(fields, answer.policy);
  else if (hasYaml) yaml.wanted?.();
  const hasCommand = (fields.policy.up ?? fields.policy.launch.command) !== undefined || fields.policy.faults.length > 0;
  for (const [entry, file] of LISTED) {
    const place = `${fields.directory}/${entry}`;
    if (look.found.has(entry)) complain(place, readFile(fields, file, place, look.found.get(entry), { interpreters, find }));
    else if (file.kind === 'script' && file.required && !hasCommand) complain(place, missing(fields.directory));
  }
  problems.push(...answer?.problems ?? []);
  return {
    definition: fields, problems, deferred: hasYaml && answer === undefined, disabled: answer?.disabled,
    place: answer?.place ?? (() => fields.directory),
  };
}

function takePolicy(fields: Fields, policy: Policy): void {
  fields.policy = policy;
  if (policy.ready?.by === 'fd') fields.notificationDescriptor = policy.ready.descriptor;
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
    case 'yaml':
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
