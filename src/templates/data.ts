/** What a template sees: members by its filter, services, the environment, files, values of its own. */
import { readFile, stat } from 'node:fs/promises';
import type { Member } from '../core/members.ts';
import { errnoText } from '../core/messages.ts';
import { readSmallText } from '../servicedir/yaml/file.ts';
import { readText } from '../servicedir/yaml/written.ts';
import type { MemberFilter, TemplateDefinition } from './definition.ts';
import type { Data } from './helpers.ts';
import { toData } from './keys.ts';
import type { Root } from './strict.ts';

/** A service as templates see it. */
export type ServiceView = Readonly<{
  name: string;
  state: string;
  /** One that runs once has none. `port` undefined: it has none. */
  instances: readonly Readonly<{ name: string; number: number; port: number | undefined; state: string }>[];
}>;

export type Sources = Readonly<{
  members(): readonly Member[];
  services(): readonly ServiceView[];
  environment(): Readonly<Record<string, string>>;
}>;

export type Gathered = Readonly<{
  data: Readonly<Record<Root, Data>>;
  members: number;
  /** Names, as JSON, of those that would be there if they were called otherwise. */
  strange: readonly string[];
}>;

/** Of a data file in JSON; one in YAML is read as other YAML is. */
const LARGEST_JSON = 4 * 1024 * 1024;

/** Something that a person gave as data cannot be read: one sentence. */
export class DataError extends Error {}

/** Rejects with DataError. */
export async function gather(template: TemplateDefinition, sources: Sources, uses: ReadonlySet<Root>): Promise<Gathered> {
  const { chosen, strange } = choose(sources.members(), template.members);
  const files: Record<string, Data> = {};
  if (uses.has('files')) for (const [name, file] of template.files) files[name] = await readDataFile(file);
  const services = uses.has('services') ? sources.services() : [];
  return {
    members: chosen.length,
    strange,
    data: {
      members: chosen.map(({ name, address, port, role, tags, status }) =>
        ({ name, address, role, tags: { ...tags }, status, ...(port === undefined ? {} : { port }) })),
      services: Object.fromEntries(services.map(({ name, state, instances }) => [name, {
        name, state, instances: instances.map(({ port, ...rest }) => ({ ...rest, ...(port === undefined ? {} : { port }) })),
      }])),
      env: uses.has('env') ? { ...sources.environment() } : {},
      files,
      values: template.values,
      template: { name: template.name, source: template.source, destination: template.destination },
    },
  };
}

const PLAIN_NAME = /^[\p{L}\p{N}._:@%+~-]+$/u;
const CONTROL = /[\0-\x1f\x7f-\x9f\u2028\u2029]/;

/** What members say of themselves comes over the network: a line break in it would be a line of the file. */
export function choose(members: readonly Member[], { roles, statuses, tags, anyName }: MemberFilter): { chosen: Member[]; strange: string[] } {
  const wanted = members.filter((member) => statuses.includes(member.status) && (roles === undefined || roles.includes(member.role))
    && [...tags].every(([name, value]) => Object.hasOwn(member.tags, name) && member.tags[name] === value));
  const isPlain = ({ name, address, role, tags: own }: Member): boolean =>
    ![name, address, role, ...Object.entries(own).flat()].some((text) => CONTROL.test(text))
    && (anyName || (PLAIN_NAME.test(name) && PLAIN_NAME.test(address)));
  return { chosen: wanted.filter(isPlain), strange: wanted.filter((member) => !isPlain(member)).map(({ name }) => JSON.stringify(name.slice(0, 60))) };
}

async function readDataFile(file: string): Promise<Data> {
  return file.endsWith('.json') ? readJson(file) : readYaml(file);
}

async function readJson(file: string): Promise<Data> {
  let content: string;
  try {
    const found = await stat(file);
    if (!found.isFile()) throw new DataError(`expected ${file} to be a regular file; look at it: ls -ld ${file}`);
    if (found.size > LARGEST_JSON) throw new DataError(`expected ${file} to have at most ${LARGEST_JSON / 2 ** 20} MiB, it has ${found.size} bytes; split it`);
    content = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError(`cannot read ${file}: ${errnoText((error as NodeJS.ErrnoException).code ?? String(error))}; look at it: ls -l ${file}`);
  }
  try {
    return JSON.parse(content) as Data;
  } catch (error) {
    throw new DataError(`expected JSON in ${file}: ${String((error as Error).message).replace(/[\0-\x1f]/g, ' ').slice(0, 160)}; correct it`);
  }
}

function readYaml(file: string): Data {
  const content = readSmallText(file, file);
  if (!('text' in content)) throw new DataError(`expected ${file} to be ${content.expected}, got ${content.value ?? 'nothing'}; ${content.remedy}`);
  const { written, flaws: [flaw] } = readText(content.text);
  if (flaw !== undefined) throw new DataError(`expected ${flaw.expected} in ${file}:${flaw.line}; ${flaw.remedy}`);
  return written === undefined ? null : toData(written);
}
